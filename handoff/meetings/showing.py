"""Slots as the page of a type shows them: by day, in the time zone of the visitor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from handoff.meetings.slots import Slot, bookable, free_slots, hosts_of
from handoff.meetings.told import offset_of
from handoff.models import Meeting, MeetingType

DAYS_SHOWN = 7
# Offered to whoever was too late.
NEXT_SHOWN = 6


@dataclass(frozen=True, slots=True)
class ShownSlot:
    """A slot: ``value`` is what the browser sends, ``label`` its time on the visitor's clock."""

    value: str
    label: str
    day: str


@dataclass(slots=True)
class ShownDay:
    """A day of the visitor with its free slots."""

    label: str
    slots: list[ShownSlot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ShownWeek:
    """Some days with slots; ``earlier`` and ``later`` are where to look further, or None."""

    days: Sequence[ShownDay]
    earlier: date | None
    later: date | None


def possible_hosts(kind: MeetingType, only: UUID | None = None) -> list[User]:
    """Return who can hold a meeting; ``only`` is the public id of the one who is asked for."""
    hosts = hosts_of(kind)
    return list(hosts.filter(public_id=only) if only else hosts)


def show_week(
    kind: MeetingType,
    hosts: Sequence[User],
    zone: ZoneInfo,
    *,
    begins: date | None,
    as_of: datetime,
    without: Meeting | None = None,
) -> ShownWeek:
    """Return the free slots of ``DAYS_SHOWN`` days from ``begins`` on.

    Without ``begins`` from the first day that has one.
    """
    first, last = bookable(kind, as_of)
    slots = free_slots(kind, hosts, start=first, end=last, as_of=as_of, without=without)
    days = sorted({slot.starts_at.astimezone(zone).date() for slot in slots})
    if not days:
        return ShownWeek([], None, None)
    start = min(max(begins or days[0], days[0]), days[-1])
    end = start + timedelta(days=DAYS_SHOWN)
    shown = [slot for slot in slots if start <= slot.starts_at.astimezone(zone).date() < end]
    before = [day for day in days if day < start]
    earlier = max(days[0], start - timedelta(days=DAYS_SHOWN)) if before else None
    later = next((day for day in days if day >= end), None)
    return ShownWeek(_by_day(shown, zone), earlier, later)


def next_slots(
    kind: MeetingType, hosts: Sequence[User], zone: ZoneInfo, *, near: datetime, as_of: datetime
) -> list[ShownSlot]:
    """Return the free slots nearest to a time that was taken, in order."""
    first, last = bookable(kind, as_of)
    slots = free_slots(kind, hosts, start=first, end=last, as_of=as_of)
    nearest = sorted(slots, key=lambda slot: abs(slot.starts_at - near))[:NEXT_SHOWN]
    days = _by_day(sorted(nearest, key=lambda slot: slot.starts_at), zone)
    return [slot for day in days for slot in day.slots]


def _by_day(slots: Sequence[Slot], zone: ZoneInfo) -> list[ShownDay]:
    days: dict[date, ShownDay] = {}
    for slot in slots:
        local = slot.starts_at.astimezone(zone)
        day = days.setdefault(local.date(), ShownDay(day_label(local)))
        day.slots.append(show_slot(slot.starts_at, zone))
    return list(days.values())


def show_slot(at: datetime, zone: ZoneInfo) -> ShownSlot:
    """Return one moment as a slot; where an hour comes twice that day it says which one."""
    local = timezone.localtime(at, zone)
    label = date_format(local, "TIME_FORMAT")
    if _changes(local.date(), zone):
        label = f"{label} ({offset_of(local)})"
    return ShownSlot(at.isoformat(), label, day_label(local))


def day_label(local: datetime) -> str:
    """Return a day with its weekday, in the language that is active."""
    return date_format(local, "l") + ", " + date_format(local, "DATE_FORMAT")


def _changes(day: date, zone: ZoneInfo) -> bool:
    morning = datetime.combine(day, time(), zone)
    return morning.utcoffset() != datetime.combine(day, time(23, 59), zone).utcoffset()


def read_day(text: str) -> date | None:
    """Read a day of an address; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
