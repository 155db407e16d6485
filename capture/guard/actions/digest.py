"""A mail each week about what is held, for who wants it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from accounts.action import action
from accounts.actor import Actor, user_actor
from accounts.models import User
from accounts.rights import Right
from capture.guard.held import Held, held_now
from capture.guard.models import DigestReader
from ground import days

EVERY = timedelta(days=7)
AT_HOUR, MONDAY = time(8), 0


@dataclass(frozen=True, slots=True)
class Digest:
    """What one person is told: how much is held, and on which day."""

    user: User
    held: Held
    day: str


_listeners: list[Callable[[Digest, datetime], None]] = []


def when_due(tell: Callable[[Digest, datetime], None]) -> None:
    """Call ``tell`` in the transaction in which a digest is due; nothing held, nothing told."""
    _listeners.append(tell)


@action
def want_digest(user: User, *, wanted: bool, by: Actor, as_of: datetime) -> None:
    """Begin or end to tell ``user`` each Monday what is held."""
    by.require(Right.SUBMISSIONS_READ)
    if wanted:
        rows = [DigestReader(user=user, next_at=next_monday(as_of))]
        DigestReader.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        DigestReader.objects.filter(user=user).delete()


@action
def send_digests(*, by: Actor, as_of: datetime) -> int:
    """Tell everybody whose digest is due; returns how many. Each is told once, whatever is killed.

    Who may not read submissions any more is told nothing and is forgotten.
    """
    due = DigestReader.objects.filter(next_at__lte=as_of).select_related("user").order_by("pk")
    rows = list(due.select_for_update(of=("self",), skip_locked=True))
    held = held_now()
    count = 0
    for row in rows:
        if not row.user.is_active or not user_actor(row.user).may(Right.SUBMISSIONS_READ):
            row.delete()
            continue
        if held.total:
            digest = Digest(row.user, held, days.day_of(as_of).isoformat())
            for tell in _listeners:
                tell(digest, as_of)
            count += 1
        row.next_at = next_monday(as_of)
        row.save(update_fields=["next_at"])
    return count


def next_monday(as_of: datetime) -> datetime:
    """Return the next Monday morning in the time zone of the organisation, after ``as_of``."""
    today = days.day_of(as_of)
    monday = today + timedelta(days=(MONDAY - today.weekday()) % 7 or 7)
    return datetime.combine(monday, AT_HOUR, tzinfo=days.zone())
