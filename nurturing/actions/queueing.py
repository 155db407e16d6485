"""Messages come into being: one row each, in the transaction of what they follow from."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation, User
from ground.ticks import wake
from leads.models import Lead
from nurturing.compose import new_message_id
from nurturing.models import Enrolment, Message, MessageKind, MessageState, Step
from nurturing.models.messages import new_token

SEND_TICK = "nurturing.send"
# Confirmations and alerts go before personal mails, and these before sequences.
_PRIORITIES = {
    MessageKind.OPT_IN: 0,
    MessageKind.REPLY: 0,
    MessageKind.NOTIFICATION: 10,
    MessageKind.ONE_TO_ONE: 20,
    MessageKind.SEQUENCE: 100,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to be queued; fields as in ``Message``.

    ``to_address`` is for confirmation mails; the others go to their reader's present address. A
    ``skip_reason`` stores it as not sent, so that it can be seen why.
    """

    kind: str
    lead: Lead | None = None
    recipient: User | None = None
    author: User | None = None
    enrolment: Enrolment | None = None
    step: Step | None = None
    to_address: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    language: str = ""
    purpose: str = ""
    topic_id: int | None = None
    context: dict[str, Any] = field(default_factory=dict)
    dedupe_key: str | None = None
    skip_reason: str = ""


@action
def queue_messages(new: Collection[NewMessage], *, by: Actor, as_of: datetime) -> list[Message]:
    """Store messages to be sent at ``as_of``; returns their rows, in no particular order.

    A second message for the same enrolment and step, or with a known ``dedupe_key``, is dropped.
    Whether each may be sent is decided when it is claimed.
    """
    organisation = Organisation.current()
    rows = [_row(item, organisation, as_of) for item in new]
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    stored = list(Message.objects.filter(public_id__in=[row.public_id for row in rows]))
    if any(row.state == MessageState.QUEUED for row in stored):
        wake(SEND_TICK)
    return stored


def _row(item: NewMessage, organisation: Organisation, as_of: datetime) -> Message:
    public_id = uuid.uuid4()
    person = item.lead or item.recipient
    sequence = item.enrolment.sequence if item.enrolment else None
    return Message(
        public_id=public_id,
        kind=item.kind,
        lead=item.lead,
        recipient=item.recipient,
        author=item.author,
        sequence=sequence,
        enrolment=item.enrolment,
        step=item.step,
        template_version_id=item.step.template_version_id if item.step else None,
        purpose=item.purpose,
        topic_id=item.topic_id,
        to_address=item.to_address or (person.email if person else ""),
        language=item.language,
        subject=item.subject,
        text=item.text,
        html=item.html,
        message_id=new_message_id(public_id, organisation),
        token=new_token(),
        context=item.context,
        dedupe_key=item.dedupe_key,
        state=MessageState.SKIPPED if item.skip_reason else MessageState.QUEUED,
        reason=item.skip_reason,
        priority=_PRIORITIES[MessageKind(item.kind)] + (sequence.priority if sequence else 0),
        due_at=as_of,
        created_at=as_of,
        settled_at=as_of if item.skip_reason else None,
        is_sample=bool(item.lead and item.lead.is_sample),
    )
