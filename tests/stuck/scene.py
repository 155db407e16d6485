"""Makers of stuck work."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from accounts.action import writing
from accounts.models import AccountMail
from accounts.models.bookkeeping import MailKind
from ground.due import MAX_ATTEMPTS, DueRow, queues
from leads.models import Lead
from nurturing.models import Message
from scoring.models import DueScore
from tests.factories import NOW, make_lead
from tests.nurturing.scene import make_due_message, make_organisation

ERROR = "ValueError: no such thing"
PAGE = "/settings/stuck/"
RowT = TypeVar("RowT", bound=DueRow)


def nothing_due() -> None:
    """Forget all that is due: making a scene makes work of its own."""
    for queue in queues():
        queue.objects.all().delete()


def make_stuck(row: RowT, *, at: datetime = NOW, error: str = ERROR) -> RowT:
    """Set a due row aside as a drain would."""
    row.attempts, row.last_error, row.quarantined_at = MAX_ATTEMPTS, error, at
    row.save()
    return row


def make_stuck_score(lead: Lead | None = None, **values: Any) -> DueScore:
    lead = lead or make_lead()
    nothing_due()
    return make_stuck(DueScore.objects.create(lead=lead, due_at=NOW), **values)


def make_stuck_mails(number: int, *, prefix: str = "a") -> None:
    """Invitations that could not be sent, ``number`` at once."""
    AccountMail.objects.bulk_create(
        AccountMail(
            key=f"{prefix}{count}",
            kind=MailKind.INVITATION,
            email=f"{prefix}{count}@example.org",
            due_at=NOW,
            attempts=MAX_ATTEMPTS,
            last_error="ConnectionRefusedError: [Errno 111]",
            quarantined_at=NOW + timedelta(seconds=count),
        )
        for count in range(number)
    )


def make_mail(state: str = "unknown", **values: Any) -> Message:
    """A mail that is in doubt, failed or waits, and nothing else that is due."""
    make_organisation()
    message = make_due_message()
    columns = {"reason": "connection_lost", "detail": "RST", "claimed_at": NOW, "handed_at": NOW}
    with writing("scene"):
        Message.objects.filter(pk=message.pk).update(state=state, **{**columns, **values})
    nothing_due()
    message.refresh_from_db()
    return message
