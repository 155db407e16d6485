"""Makers of sequences and of leads who may be written to."""

from datetime import datetime, time, timedelta
from typing import Any

from accounts.actions.organisation import change_organisation
from ground.ticks import TICKS
from leads.actions.consent import Declaration, record_consents
from leads.models import Lead
from nurturing.actions.enrolment import enrol_leads
from nurturing.actions.sequences import NewSequence, activate_sequences, create_sequences
from nurturing.drafts import Draft, MailStep, WaitStep
from nurturing.models import Enrolment, Message, Sequence
from nurturing.times import Wait, Window
from tests.factories import EVERYTHING, NOW, make_lead

IMPRINT = {
    "name": "Muster GmbH",
    "street": "Hauptstr. 1",
    "postal_code": "10115",
    "city": "Berlin",
    "email": "info@muster.example",
    "second_contact": "030 901820",
    "sender_email": "post@muster.example",
    "sender_name": "Muster",
    "time_zone": "Europe/Berlin",
    "default_language": "en",
}
ALL_DAY = Window(days=(1, 2, 3, 4, 5, 6, 7), start=time(0), end=time(23, 59))


def make_organisation(**overrides: Any) -> None:
    change_organisation({**IMPRINT, **overrides}, by=EVERYTHING, as_of=NOW)


def make_reader(purposes: tuple[str, ...] = ("marketing",), **overrides: Any) -> Lead:
    """Create a lead who agreed to ``purposes`` by e-mail."""
    lead = make_lead(**overrides)
    give_consent(lead, *purposes)
    return lead


def give_consent(lead: Lead, *purposes: str, state: str = "granted", at: datetime = NOW) -> None:
    record_consents(
        [Declaration(lead.pk, purpose, "email", state, at) for purpose in purposes],
        by=EVERYTHING,
        as_of=at,
    )


def mail(key: str, subject: str = "Hello", html: str = "<p>News</p>") -> MailStep:
    blocks = [{"kind": "text", "html": html}, {"kind": "footer"}]
    return MailStep(key, {"en": {"subject": subject, "blocks": blocks}})


def wait(key: str, **values: Any) -> WaitStep:
    return WaitStep(key, Wait(**values))


def make_sequence(
    *steps: MailStep | WaitStep, name: str = "Welcome", as_of: datetime = NOW, **values: Any
) -> Sequence:
    """Create and activate a sequence; one mail at any hour unless told otherwise."""
    draft = Draft(steps=steps or (mail("m1"),), **{"window": ALL_DAY, **values})
    (sequence,) = create_sequences(
        [NewSequence(name=name, draft=draft)], by=EVERYTHING, as_of=as_of
    )
    (sequence,) = activate_sequences([sequence.pk], by=EVERYTHING, as_of=as_of)
    return sequence


def enrol(lead: Lead, sequence: Sequence, *, as_of: datetime = NOW) -> Enrolment:
    (enrolment,) = enrol_leads([lead.pk], sequence, by=EVERYTHING, as_of=as_of)
    return enrolment


def tick(*names: str, as_of: datetime = NOW) -> None:
    """Run ticks as the clock would, at ``as_of``."""
    for name in names:
        TICKS[f"nurturing.{name}"].run(as_of)


def run_clock(start: datetime, end: datetime, *, every: timedelta) -> None:
    """Move the clock from ``start`` to ``end`` with all ticks at each stop."""
    moment = start
    while moment <= end:
        tick("triggers", "steps", "send", as_of=moment)
        moment += every


def make_due_message(
    lead: Lead | None = None, sequence: Sequence | None = None, *, as_of: datetime = NOW
) -> Message:
    """Return a queued mail of a sequence that may be sent at ``as_of``."""
    lead = lead or make_reader()
    name = f"Sequence {Sequence.objects.count() + 1}"
    enrolment = enrol(lead, sequence or make_sequence(name=name, as_of=as_of), as_of=as_of)
    tick("steps", as_of=as_of)
    return Message.objects.get(enrolment=enrolment)


def make_draft(*steps) -> Sequence:
    draft = Draft(steps=steps or (mail("m1"), wait("w1", amount=3), mail("m2", "Second")))
    (sequence,) = create_sequences(
        [NewSequence(name="Welcome", draft=draft)], by=EVERYTHING, as_of=NOW
    )
    return sequence


def url(sequence: Sequence, rest: str = "") -> str:
    return f"/sequences/{sequence.public_id}/{rest}"
