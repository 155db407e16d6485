from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from capture.models import Form as CaptureForm
from conditions.forms import ConditionField
from ground.forms import TimeInput
from leads.conditions import LEADS
from leads.models import ConsentPurpose
from leads.stages import FUNNEL
from nurturing.drafts import ALWAYS_EXIT, PURPOSES, TRIGGERS, Draft, TriggerKind
from nurturing.models import Sequence, Topic
from nurturing.times import WEEKDAYS, Unit, Window, ZoneOf
from nurturing.triggers import rejection_reasons

HALF = {"data-width": "half"}


class TriggerForm(forms.Form):
    """What brings leads in; the parts that do not belong to the chosen kind are ignored."""

    kind = forms.ChoiceField(
        label=_("Leads enter"), choices=list(TRIGGERS.items()), widget=forms.RadioSelect
    )
    where = ConditionField(subject=LEADS, label=_("Condition"), required=False)
    form = forms.ChoiceField(label=_("Form"), required=False)
    reasons = forms.MultipleChoiceField(
        label=_("Reasons of the rejection"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means every reason."),
    )

    def __init__(self, *args: Any, draft: Draft, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": dict(draft.trigger), **kwargs})
        self.fields["where"].rights = actor.rights  # type: ignore[attr-defined]
        names = CaptureForm.objects.order_by("name").values_list("public_id", "name")
        choices = [("", _("Choose a form")), *((str(key), name) for key, name in names)]
        self.fields["form"].choices = choices  # type: ignore[attr-defined]
        self.fields["reasons"].choices = rejection_reasons()  # type: ignore[attr-defined]

    @property
    def trigger(self) -> dict[str, Any]:
        """The trigger as a draft keeps it."""
        data = self.cleaned_data
        match data["kind"]:
            case TriggerKind.CONDITION:
                return {"kind": data["kind"], "where": data["where"]}
            case TriggerKind.FORM:
                return {"kind": data["kind"], "form": data["form"]}
            case TriggerKind.REJECTION:
                return {"kind": data["kind"], "reasons": data["reasons"]}
        return {"kind": data["kind"]}


class ExitsForm(forms.Form):
    """When leads leave early, beside what always ends a run."""

    exit_stages = forms.MultipleChoiceField(
        label=_("Also leave at these stages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(stage.value, stage.label) for stage in FUNNEL if stage not in ALWAYS_EXIT],
    )
    goal = ConditionField(
        subject=LEADS,
        label=_("Goal"),
        required=False,
        help_text=_("Whoever meets this condition has reached the goal and gets no more mails."),
    )

    def __init__(self, *args: Any, draft: Draft, actor: Actor, **kwargs: Any) -> None:
        initial = {"exit_stages": list(draft.exit_stages), "goal": draft.goal}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.fields["goal"].rights = actor.rights  # type: ignore[attr-defined]


class SettingsForm(forms.Form):
    """Name, consent, topic and hours of a sequence."""

    name = forms.CharField(label=_("Name"), max_length=150)
    purpose = forms.ChoiceField(
        label=_("Consent that these mails need"),
        choices=[(purpose, ConsentPurpose(purpose).label) for purpose in PURPOSES],
        widget=forms.Select(attrs=HALF),
    )
    topic = forms.ChoiceField(
        label=_("Topic"),
        required=False,
        widget=forms.Select(attrs=HALF),
        help_text=_("Readers can unsubscribe from a topic without leaving everything else."),
    )
    days = forms.TypedMultipleChoiceField(
        label=_("Send on"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    start = forms.TimeField(label=_("From"), widget=TimeInput(attrs=HALF))
    end = forms.TimeField(label=_("Until"), widget=TimeInput(attrs=HALF))
    zone = forms.ChoiceField(
        label=_("By the clock of"),
        choices=[
            (ZoneOf.LEAD.value, _("the lead, where its time zone is known")),
            (ZoneOf.ORGANISATION.value, _("our organisation")),
        ],
    )
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=0,
        max_value=99,
        help_text=_("Of two mails to one lead on one day the lower number goes first."),
    )

    def __init__(self, *args: Any, draft: Draft, sequence: Sequence, **kwargs: Any) -> None:
        initial = {
            "name": sequence.name,
            "priority": sequence.priority,
            "purpose": draft.purpose,
            "topic": draft.topic,
            "days": list(draft.window.days),
            "start": draft.window.start,
            "end": draft.window.end,
            "zone": draft.window.zone,
        }
        super().__init__(*args, **{"initial": initial, **kwargs})
        topics = [(str(topic.public_id), topic.label) for topic in Topic.objects.all()]
        self.fields["topic"].choices = [("", _("None")), *topics]  # type: ignore[attr-defined]

    @property
    def window(self) -> Window:
        """The hours as a draft keeps them."""
        data = self.cleaned_data
        return Window(tuple(sorted(data["days"])), data["start"], data["end"], data["zone"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        if start and end and start >= end:
            self.add_error("end", _("The end must lie after the start."))
        return data


class WaitForm(forms.Form):
    """How long to wait; what is left out does not count."""

    amount = forms.IntegerField(label=_("Wait"), min_value=0, max_value=9999, required=False)
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    weekday = forms.TypedChoiceField(
        label=_("until"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", _("any day")), *WEEKDAYS.items()],
    )
    at = forms.TimeField(label=_("at"), required=False, widget=TimeInput())

    @property
    def wait(self) -> Mapping[str, Any]:
        """The wait as ``Wait.read`` takes it."""
        data = self.cleaned_data
        at = data["at"].strftime("%H:%M") if data["at"] else ""
        return {**data, "amount": data["amount"] or 0, "at": at}
