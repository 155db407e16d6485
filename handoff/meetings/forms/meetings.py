from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.models import User
from ground.forms import DateTimeInput
from handoff.forms.people import PersonField, workers
from handoff.models import MeetingState, MeetingType

HALF = {"data-width": "half"}


class TypeField(forms.ModelChoiceField):
    """One type of meeting, by the public id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=MeetingType.objects.none(), to_field_name="public_id", **kwargs)


class MeetingForm(forms.Form):
    """A meeting that a colleague makes for a lead."""

    kind = TypeField(label=_("Type"), widget=forms.Select(attrs=HALF))
    host = PersonField(label=_("Who holds it"), widget=forms.Select(attrs=HALF))
    starts_at = forms.DateTimeField(label=_("When"), widget=DateTimeInput(attrs=HALF))
    note = forms.CharField(
        label=_("Note for the host"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: QuerySet[MeetingType] = MeetingType.objects.filter(is_active=True)
        self.fields["kind"].queryset = kinds  # type: ignore[attr-defined]
        self.fields["host"].queryset = workers(actor)  # type: ignore[attr-defined]
        self.fields["host"].initial = user.public_id


class ShiftForm(forms.Form):
    """Another time for a meeting."""

    starts_at = forms.DateTimeField(label=_("New time"), widget=DateTimeInput())


class CallOffForm(forms.Form):
    """Why a meeting will not take place."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=300,
        help_text=_("For colleagues; the guest is not told."),
    )


class OutcomeForm(forms.Form):
    """How a meeting ended."""

    outcome = forms.ChoiceField(
        choices=[(state.value, state.label) for state in (MeetingState.HELD, MeetingState.MISSED)]
    )
