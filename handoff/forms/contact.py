"""A contact with a lead: outcome, note and next step in one form."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ground import days
from ground.forms import DateTimeInput
from handoff.actions.contacts import Contact, NextStep
from handoff.models import CallDirection, CallOutcome, TaskKind
from handoff.queries import agreement_in_force


@dataclass(frozen=True, slots=True)
class Step:
    """One of the usual next steps, with the key that chooses it."""

    value: str
    label: Promise
    key: str
    kind: str
    days: int


STEPS = (
    Step("call_tomorrow", _("Call tomorrow"), "t", TaskKind.CALL, 1),
    Step("call_3_days", _("Call in 3 days"), "d", TaskKind.CALL, 3),
    Step("call_week", _("Call in a week"), "w", TaskKind.CALL, 7),
    Step("call_month", _("Call in a month"), "m", TaskKind.CALL, 30),
    Step("mail", _("Send an e-mail"), "e", TaskKind.MAIL, 0),
    Step("meeting", _("Arrange a meeting"), "b", TaskKind.MEETING, 1),
)
NO_STEP = "none"
NO_STEP_KEY = "o"
STEP_BY_VALUE = {step.value: step for step in STEPS}


def step_time(step: Step, as_of: datetime) -> datetime:
    """Return when a usual next step is due: in working time, the first hour of its day."""
    hours = agreement_in_force().hours
    if step.days == 0:
        return hours.add(as_of, 60)
    return hours.next_open(days.start_of(days.day_of(as_of) + timedelta(days=step.days)))


class ContactForm(forms.Form):
    """How a call ended, what was said and what comes next."""

    contact_id = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("How did the call end?"), choices=CallOutcome.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    next_step = forms.ChoiceField(
        label=_("What comes next?"),
        choices=[
            *((step.value, step.label) for step in STEPS),
            (NO_STEP, _("Nothing for now")),
        ],
        widget=forms.RadioSelect,
    )
    next_at = forms.DateTimeField(
        label=_("At another time"),
        required=False,
        widget=DateTimeInput(attrs={"data-width": "half"}),
    )
    direction = forms.ChoiceField(
        label=_("Who called?"),
        choices=CallDirection.choices,
        initial=CallDirection.OUTBOUND,
        required=False,
        widget=forms.Select(attrs={"data-width": "half"}),
    )
    duration_minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=0,
        max_value=600,
        required=False,
        widget=forms.NumberInput(attrs={"data-width": "half"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("contact_id", uuid.uuid4())
        super().__init__(*args, **kwargs)

    def contact(self, lead_id: int, as_of: datetime) -> Contact:
        """Return what was typed in as a contact."""
        data = self.cleaned_data
        return Contact(
            lead_id,
            data["outcome"],
            note=data["note"],
            next_step=self._next_step(as_of),
            direction=data["direction"] or CallDirection.OUTBOUND,
            duration_minutes=data["duration_minutes"],
            contact_id=data["contact_id"],
        )

    def _next_step(self, as_of: datetime) -> NextStep | None:
        step = STEP_BY_VALUE.get(self.cleaned_data["next_step"])
        if step is None:
            return None
        return NextStep(step.kind, self.cleaned_data["next_at"] or step_time(step, as_of))

    def clean_next_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["next_at"]
        if at is not None and at < timezone.now() - timedelta(minutes=5):
            raise forms.ValidationError(_("Choose a time in the future."))
        return at


def keys_of(form: ContactForm) -> dict[str, list[tuple[Any, str]]]:
    """Return the choices of outcome and next step with the keys that choose them."""
    keys = {step.value: step.key for step in STEPS}
    return {
        "outcomes": [(radio, str(number)) for number, radio in enumerate(form["outcome"], start=1)],
        "steps": [
            (radio, keys.get(str(radio.data["value"]), NO_STEP_KEY)) for radio in form["next_step"]
        ],
    }
