"""Asking the calendars of people when they are not free; the servers are asked without any lock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ground.errors import PermanentError, RetryableError
from ground.outside import fetch
from ground.seal import SealBrokenError, unseal
from handoff.calendars.busy import UnreadableError, Window, busy_times
from handoff.calendars.caldav import Account, LoginRefusedError, NoCalendarError, read_events
from handoff.meetings.ics import uid_of
from handoff.models import Availability, CalendarKind, HostCalendar, Meeting

log = structlog.get_logger(__name__)

# As far as any meeting can be booked ahead, and some more for moving.
BEHIND, AHEAD = timedelta(days=2), timedelta(days=190)
LIMIT = 8 * 1024 * 1024

FAILURES: dict[str, Promise] = {
    "login": _("The server does not take user name and password."),
    "no_calendar": _("There is no calendar at this address."),
    "not_allowed": _("This address may not be asked, or the server sends us elsewhere."),
    "away": _("The server did not answer in time."),
    "unreadable": _("What the server sends is no calendar."),
    "sealed": _("The password cannot be opened with the key of this installation: enter it anew."),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a calendar told: its busy times, or the ``FAILURES`` why there are none."""

    times: Sequence[Window] = field(default_factory=list)
    failure: str = ""


def read_calendar(calendar: HostCalendar, *, as_of: datetime) -> Reading:
    """Return when its owner is not free, between ``BEHIND`` and ``AHEAD`` of ``as_of``.

    Our own meetings that were written there do not count: they count already.
    """
    start, end = as_of - BEHIND, as_of + AHEAD
    own = Meeting.objects.filter(entries__calendar=calendar, ends_at__gt=start)
    without = frozenset(uid_of(str(key)) for key in own.values_list("public_id", flat=True))
    zone = ZoneInfo(_zone_of(calendar))
    try:
        texts = _texts(calendar, start, end)
        times: set[Window] = set()
        for text in texts:
            times.update(busy_times(text, start=start, end=end, zone=zone, without=without))
        return Reading(sorted(times))
    except (SealBrokenError, UnreadableError, PermanentError, RetryableError) as error:
        log.warning("calendar_not_read", calendar=calendar.pk, error=type(error).__name__)
        return Reading(failure=failure_of(error))


def failure_of(error: Exception) -> str:
    """Return the key of ``FAILURES`` that says what ``error`` means."""
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (SealBrokenError, "sealed"),
        (UnreadableError, "unreadable"),
        (LoginRefusedError, "login"),
        (NoCalendarError, "no_calendar"),
        (RetryableError, "away"),
    )
    return next((key for kind, key in kinds if isinstance(error, kind)), "not_allowed")


def account_of(calendar: HostCalendar) -> Account:
    """Return with which words a server is asked; raises ``SealBrokenError``."""
    password = unseal(calendar.password) if calendar.password else ""
    return Account(unseal(calendar.address), calendar.username, password)


def _zone_of(calendar: HostCalendar) -> str:
    own = Availability.objects.filter(user=calendar.user_id).values_list("time_zone", flat=True)
    return own.first() or calendar.user.time_zone


def _texts(calendar: HostCalendar, start: datetime, end: datetime) -> list[bytes]:
    if calendar.kind == CalendarKind.CALDAV:
        return read_events(account_of(calendar), start=start, end=end)
    return [read_address(unseal(calendar.address))]


def read_address(address: str) -> bytes:
    """Return what stands at a subscribed address; raises as ``ground.outside.fetch`` does."""
    answer = fetch(address, headers={"Accept": "text/calendar"}, limit=LIMIT)
    if answer.status == 200:
        return answer.body
    if answer.status in (401, 403):
        raise LoginRefusedError(f"status {answer.status}")
    if answer.status in (404, 410):
        raise NoCalendarError(f"status {answer.status}")
    if answer.status >= 500 or answer.status in (408, 429):
        raise RetryableError(f"status {answer.status}")
    raise PermanentError(f"status {answer.status}")


def clean_address(text: str) -> tuple[str, str]:
    """Return an address to ask and its host; ``webcal`` is https. ("", "") for what is none."""
    address = text.strip()
    if address.lower().startswith("webcal://"):
        address = "https://" + address[len("webcal://") :]
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "", ""
    is_web = parts.scheme == "https" or (parts.scheme == "http" and bool(settings.ALLOWED_SERVERS))
    if not is_web or not host or parts.username is not None:
        return "", ""
    return address, host


def check_text(text: bytes) -> None:
    """Raise ``UnreadableError`` for what is no calendar."""
    now = datetime.now(UTC)
    busy_times(text, start=now, end=now + timedelta(days=1), zone=ZoneInfo("UTC"))
