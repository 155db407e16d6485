from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from conditions.forms import ConditionField
from leads.conditions import LEADS
from leads.models import Segment, SegmentGroup, SegmentKind


class SegmentForm(forms.Form):
    """A segment with a condition, or a list, which has none.

    ``version`` is that of the segment when the form was opened.
    """

    name = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)
    where = ConditionField(subject=LEADS, label=_("Which leads"))
    keeps_members = forms.BooleanField(
        label=_("Keep who enters and leaves, and the size of each day"),
        required=False,
        help_text=_("Segments of a group and those from which a sequence starts do so anyway."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        segment: Segment | None = None,
        actor: Actor,
        kind: str = SegmentKind.LIVE,
        **kwargs: Any,
    ) -> None:
        self.segment, self.kind = segment, segment.kind if segment else kind
        names = ("name", "description", "where", "keeps_members", "version")
        initial = {name: getattr(segment, name) for name in names} if segment else {}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.fields["where"].rights = actor.rights  # type: ignore[attr-defined]
        if self.is_list:
            del self.fields["where"], self.fields["keeps_members"]

    @property
    def is_list(self) -> bool:
        """Whether it is about a list that is kept by hand."""
        return self.kind == SegmentKind.LIST


class GroupForm(forms.Form):
    """A group and its segments, in the order in which they take leads."""

    name = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)

    def __init__(self, *args: Any, group: SegmentGroup | None = None, **kwargs: Any) -> None:
        inside = group.in_order if group else []
        initial: dict[str, Any] = {f"segment_{n}": s.pk for n, s in enumerate(inside, start=1)}
        if group:
            initial |= {"name": group.name, "description": group.description}
        super().__init__(*args, **{"initial": initial, **kwargs})
        free = Segment.objects.filter(kind=SegmentKind.LIVE).filter(Q(group=None) | Q(group=group))
        for number in range(1, max(4, len(inside) + 2) + 1):
            self.fields[f"segment_{number}"] = forms.ModelChoiceField(
                free, label=_("Place %(number)d") % {"number": number}, required=False
            )

    def values(self) -> dict[str, Any]:
        """Return what ``save_group`` asks for; places that were left empty do not count."""
        data = self.cleaned_data
        chosen = [value for name, value in data.items() if name.startswith("segment_") and value]
        return {"name": data["name"], "description": data["description"], "segments": chosen}
