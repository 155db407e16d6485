"""Sequences, their mails and what runs through them."""

import uuid
from typing import Any

from accounts.action import writing
from accounts.models import User
from nurturing.actions.enrolment import enrol_leads
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.actions.sequences import NewSequence, activate_sequences, create_sequences
from nurturing.actions.topics import save_topic
from nurturing.drafts import Draft, MailStep
from nurturing.models import BounceAlarm, Message
from tests.connectors.scene import make_connection
from tests.factories import EVERYTHING, NOW, make_lead
from tests.nurturing.scene import mail, make_organisation, make_reader
from tests.rights.world import World, url_object


def _sequence() -> Any:
    """A draft with one mail, called m1, in two languages."""
    make_organisation()
    text = mail("m1").texts["en"]
    draft = Draft(steps=(MailStep("m1", {"en": text, "de": text}),))
    new = NewSequence(name=f"Folge {uuid.uuid4()}", draft=draft)
    return create_sequences([new], by=EVERYTHING, as_of=NOW)[0]


@url_object("sequence")
def sequence(world: World) -> Any:
    return _sequence().public_id


@url_object("sequence_with_lead")
def sequence_with_lead(world: World) -> Any:
    """A sequence, and a lead that everybody sees to try it on."""
    make_lead()
    return _sequence().public_id


@url_object("sequence_step")
def sequence_step(world: World) -> str:
    return "m1"


@url_object("running_sequence")
def running_sequence(world: World) -> Any:
    return activate_sequences([_sequence().pk], by=EVERYTHING, as_of=NOW)[0].public_id


@url_object("topic")
def topic(world: World) -> Any:
    name = f"Thema {uuid.uuid4()}"
    return save_topic(None, label_de=name, label_en=name, is_active=True, by=EVERYTHING).public_id


def _enrolment(world: World, who: User, place: str) -> Any:
    owner = world.owner(who, place)
    lead = make_reader(owner=owner, team=owner.team)
    sequence = activate_sequences([_sequence().pk], by=EVERYTHING, as_of=NOW)[0]
    return enrol_leads([lead.pk], sequence, by=EVERYTHING, as_of=NOW)[0]


@url_object("enrolment")
def enrolment(world: World, who: User, place: str) -> Any:
    return _enrolment(world, who, place).public_id


@url_object("message")
def message(world: World, who: User, place: str) -> Any:
    """A mail in doubt to a lead."""
    run = _enrolment(world, who, place)
    new = NewMessage(kind="sequence", lead=run.lead, enrolment=run, step=run.next_step)
    (queued,) = queue_messages([new], by=EVERYTHING, as_of=NOW)
    with writing("scene"):
        Message.objects.filter(pk=queued.pk).update(state="unknown", claimed_at=NOW)
    return queued.public_id


@url_object("bounce_alarm")
def bounce_alarm(world: World) -> Any:
    """An alarm of a connection that told of too many mails that came back."""
    return _alarm().public_id


@url_object("bounce_source")
def bounce_source(world: World) -> str:
    return str(_alarm().source)


def _alarm() -> BounceAlarm:
    row = BounceAlarm(
        source=make_connection("mailevents").public_id,
        since=NOW,
        raised_at=NOW,
        bounced=13,
        sent=240,
    )
    with writing("scene"):
        row.save()
    return row
