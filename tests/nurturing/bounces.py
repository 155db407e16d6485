"""Mails that went out within an hour, and reports that they came back."""

import uuid
from datetime import datetime, timedelta

from accounts.action import writing
from capture.connectors.told import MailReport, ReportKind
from nurturing.actions.incoming import take_report
from nurturing.actors import REPORTS
from nurturing.models import Message
from tests.factories import NOW
from tests.nurturing.scene import make_reader

SOURCE, OTHER = uuid.uuid4(), uuid.uuid4()


def make_sent(count: int, *, at: datetime = NOW) -> list[Message]:
    """Return ``count`` mails that went out five minutes before ``at``, to a lead each."""
    return [_sent(make_reader(), at) for _number in range(count)]


def make_many_sent(count: int, *, at: datetime = NOW) -> None:
    """Have ``count`` more mails gone out, all to one lead."""
    lead = make_reader()
    rows = [_row(lead, at) for _number in range(count)]
    with writing("scene"):
        Message.objects.bulk_create(rows)


def _sent(lead, at: datetime) -> Message:
    row = _row(lead, at)
    with writing("scene"):
        row.save()
    return row


def _row(lead, at: datetime) -> Message:
    return Message(
        kind="sequence",
        lead=lead,
        to_address=lead.email,
        message_id=f"<{uuid.uuid4()}@muster.example>",
        state="sent",
        subject="Hello",
        due_at=at,
        created_at=at,
        claimed_at=at - timedelta(minutes=5),
    )


def report(message: Message, *, source=SOURCE, at: datetime = NOW, is_hard: bool = True) -> str:
    """Tell that ``message`` came back; returns what was made of it."""
    told = MailReport(ReportKind.BOUNCE, [message.message_id], is_hard, "550 5.1.1 unknown")
    return take_report(told, source, by=REPORTS, as_of=at)


def complain(message: Message, *, source=SOURCE, at: datetime = NOW) -> str:
    told = MailReport(ReportKind.COMPLAINT, [message.message_id])
    return take_report(told, source, by=REPORTS, as_of=at)
