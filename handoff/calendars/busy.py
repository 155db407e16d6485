"""When somebody is not free, from what a calendar says (RFC 5545)."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component, Event

# An appointment in five-minute steps over the whole window is nobody's calendar.
MOST_TIMES = 20_000
# More repetitions a day than this has no appointment.
MOST_A_DAY = 48

Window = tuple[datetime, datetime]


class UnreadableError(Exception):
    """The text is no calendar, or one that nobody can make sense of."""


def busy_times(
    data: bytes,
    *,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    without: Collection[str] = frozenset(),
) -> list[Window]:
    """Return the times between two moments at which appointments stand, in UTC, in order.

    Recurring ones count as often as they recur, without those that were left out and with those
    that were moved. What is marked as free, cancelled or declined does not count. Whole days and
    times without zone are those of ``zone``. ``without`` are UIDs that are not looked at. Raises
    ``UnreadableError``.
    """
    try:
        calendars = Calendar.from_ical(data, multiple=True)
        found: set[Window] = set()
        for calendar in calendars:
            if calendar.name != "VCALENDAR":
                raise UnreadableError("no calendar")
            found.update(_of_calendar(calendar, start, end, zone, without))
    except UnreadableError:
        raise
    # The parsers raise whatever goes wrong in them, and the text is somebody else's.
    except Exception as error:
        raise UnreadableError(type(error).__name__) from error
    if not calendars:
        raise UnreadableError("empty")
    return sorted(found)


def _of_calendar(
    calendar: Calendar, start: datetime, end: datetime, zone: ZoneInfo, without: Collection[str]
) -> Iterable[Window]:
    for event in calendar.walk("VEVENT"):
        _refuse_endless(event)
    query = recurring_ical_events.of(calendar, components=["VEVENT"], skip_bad_series=True)
    # A day more: whole days and times without zone are read in UTC there.
    around = timedelta(days=1)
    number = 0
    for event in query.between(start - around, end + around):
        number += 1
        if number > MOST_TIMES:
            raise UnreadableError("too many appointments")
        if str(event.get("UID", "")) in without or not _counts(event):
            continue
        window = _window(event, zone)
        if window[0] < window[1] and window[1] > start and window[0] < end:
            yield max(window[0], start), min(window[1], end)


def _refuse_endless(event: Component) -> None:
    """Raise ``UnreadableError`` for a series that would keep a worker busy for hours.

    SECURITY: the library lists all times of a series before it gives the first.
    """
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        often = {str(one).upper() for one in rule.get("FREQ", [])} & {"SECONDLY", "MINUTELY"}
        parts = (len(rule.get(name, [])) for name in ("BYSECOND", "BYMINUTE", "BYHOUR"))
        if often or prod(max(1, number) for number in parts) > MOST_A_DAY:
            raise UnreadableError("an appointment that is repeated all the time")


def _counts(event: Event) -> bool:
    if str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return False
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE":
        return False
    return str(event.get("STATUS", "")).upper() != "CANCELLED"


def _window(event: Event, zone: ZoneInfo) -> Window:
    begins, ends = event.start, event.end
    if not isinstance(begins, datetime) and begins == ends:
        ends = begins + timedelta(days=1)
    return _moment(begins, zone), _moment(ends, zone)


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        assert isinstance(value, date)
        value = datetime.combine(value, time(), zone)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    moment: datetime = value.astimezone(UTC)
    return moment
