"""The days of the organisation: in one time zone, whoever looks and wherever the server stands.

What counts days (conditions, scores, figures, reports, deadlines, files without a zone) asks here.
What is shown to a person is shown in that person's zone.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from functools import partial
from time import monotonic
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

# Another process may have changed it; reading it each time would cost every compiled condition a
# query.
KEPT_SECONDS = 60


class _Zone:
    """The zone as it was last read, and where to read it."""

    def __init__(self) -> None:
        self.read: Callable[[], str] = lambda: settings.TIME_ZONE
        self.known: ZoneInfo | None = None
        self.read_at = 0.0

    def get(self) -> ZoneInfo:
        """Return the zone, read at most a minute ago."""
        if self.known is None or monotonic() - self.read_at > KEPT_SECONDS:
            self.known, self.read_at = ZoneInfo(self.read()), monotonic()
        return self.known


_zone = _Zone()


def read_zone_from(read: Callable[[], str]) -> None:
    """Let ``read`` say in which time zone the organisation is."""
    _zone.read = read


def forget() -> None:
    """Read the zone anew at its next use; whoever changes it calls this in the transaction."""
    _zone.known = None
    # Somebody may read in between what was before.
    transaction.on_commit(partial(setattr, _zone, "known", None))


def assume(zone: ZoneInfo) -> None:
    """Take ``zone`` for that of the organisation until it is read again."""
    _zone.known, _zone.read_at = zone, monotonic()


def zone() -> ZoneInfo:
    """Return the time zone in which the organisation counts its days."""
    return _zone.get()


def day_of(moment: datetime) -> date:
    """Return the day that it is for the organisation at ``moment``."""
    return moment.astimezone(zone()).date()


def today() -> date:
    """Return the day that it is for the organisation now; for pages and forms."""
    return day_of(timezone.now())


def start_of(day: date) -> datetime:
    """Return the moment at which ``day`` begins for the organisation."""
    return datetime.combine(day, time(), zone())
