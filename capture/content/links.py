"""The link under which one person fetches one piece of content.

It names the submission that it was given for, is signed, and ends after ``LIFE``. Nothing is stored
for it, so that it can be given while the database is away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

LIFE = timedelta(days=14)
_SALT = "capture.content"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link permits: one piece of content for whoever sent one submission."""

    content: UUID
    submission: UUID


class ExpiredError(Exception):
    """The link is ours, but too old; ``ticket`` is what it permitted."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__("expired")
        self.ticket = ticket


def content_link(ticket: Ticket, *, as_of: datetime) -> str:
    """Return the absolute address for ``ticket``, given out at ``as_of``."""
    value = [ticket.content.hex, ticket.submission.hex, int(as_of.timestamp())]
    token = signing.dumps(value, salt=_SALT, compress=False)
    return f"{settings.BASE_URL}{reverse('content_page', args=[token])}"


def read_link(token: str, *, as_of: datetime) -> Ticket | None:
    """Return what ``token`` permits, None for one that is not ours; raises ``ExpiredError``."""
    try:
        content, submission, given = signing.loads(token, salt=_SALT)
        ticket = Ticket(UUID(hex=content), UUID(hex=submission))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
    if as_of.timestamp() > given + LIFE.total_seconds():
        raise ExpiredError(ticket)
    return ticket
