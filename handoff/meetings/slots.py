"""Which times are free: computed from hours, meetings and calendars each time somebody looks."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from accounts.models import User
from accounts.rights import Role
from accounts.zones import known_zones
from handoff.authority import WORKING_ROLES
from handoff.meetings.hours import Window, hours_of
from handoff.models import BusyTime, Hosting, Meeting, MeetingState, MeetingType

# What is around a slot is looked at too: the longest buffers and meetings.
_AROUND = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked, and the ids of those who are free then."""

    starts_at: datetime
    host_ids: tuple[int, ...]


class Free:
    """Times that are taken, merged and sorted, so that each question is one look."""

    def __init__(self, taken: Collection[Window]) -> None:
        self.starts: list[datetime] = []
        self.ends: list[datetime] = []
        for start, end in sorted(taken):
            if self.ends and start <= self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], end)
            else:
                self.starts.append(start)
                self.ends.append(end)

    def has(self, start: datetime, end: datetime) -> bool:
        """Say whether nothing is between ``start`` and ``end``; touching is no overlap."""
        place = bisect_right(self.starts, start) - 1
        if place >= 0 and self.ends[place] > start:
            return False
        return place + 1 >= len(self.starts) or self.starts[place + 1] >= end


def hosts_of(kind: MeetingType) -> QuerySet[User]:
    """Return the people who can hold meetings of ``kind`` at present, in a fixed order."""
    people = User.objects.filter(is_active=True, role__in=WORKING_ROLES)
    if kind.hosting == Hosting.PERSON:
        return people.filter(pk=kind.host_id or 0)
    # Managers of a team lead it; who meets leads are its reps, unless it has none.
    reps = people.filter(team=kind.team_id, role=Role.SALES_REP)
    return (reps if reps.exists() else people.filter(team=kind.team_id)).order_by("pk")


def bookable(kind: MeetingType, as_of: datetime) -> Window:
    """Return between which moments meetings of ``kind`` can begin."""
    return (
        as_of + timedelta(minutes=kind.notice_minutes),
        as_of + timedelta(days=kind.ahead_days),
    )


def taken_times(
    users: Collection[User], *, start: datetime, end: datetime, without: Meeting | None = None
) -> dict[int, Free]:
    """Return when each of ``users`` is not free, by id: meetings with buffers, and calendars.

    ``without`` is a meeting that is to be moved and does not stand in its own way.
    """
    taken: dict[int, list[Window]] = {user.pk: [] for user in users}
    around = start - _AROUND, end + _AROUND
    meetings = Meeting.objects.blocking().filter(
        host__in=users, blocked_from__lt=around[1], blocked_until__gt=around[0]
    )
    if without is not None:
        meetings = meetings.exclude(pk=without.pk)
    for host, *window in meetings.values_list("host_id", "blocked_from", "blocked_until"):
        taken[host].append((window[0], window[1]))
    busy = BusyTime.objects.filter(
        calendar__user__in=users, starts_at__lt=around[1], ends_at__gt=around[0]
    )
    for host, *window in busy.values_list("calendar__user_id", "starts_at", "ends_at"):
        taken[host].append((window[0], window[1]))
    return {user_id: Free(windows) for user_id, windows in taken.items()}


def free_slots(
    kind: MeetingType,
    users: Sequence[User],
    *,
    start: datetime,
    end: datetime,
    as_of: datetime,
    without: Meeting | None = None,
) -> list[Slot]:
    """Return the slots that begin from ``start`` until before ``end``, in order; four queries.

    Never earlier or later than ``kind`` allows at ``as_of``.
    """
    first, last = bookable(kind, as_of)
    start, end = max(start, first), min(end, last)
    if start >= end or not users:
        return []
    hours = hours_of(users, start=start, end=end)
    free = taken_times(users, start=start, end=end, without=without)
    found: dict[datetime, list[int]] = {}
    for user in users:
        for window in hours[user.pk].windows(start, end):
            for at in _begins(kind, window, start, end):
                if _is_free(kind, free[user.pk], at):
                    found.setdefault(at, []).append(user.pk)
    return [Slot(at, tuple(dict.fromkeys(found[at]))) for at in sorted(found)]


def _begins(
    kind: MeetingType, window: Window, start: datetime, end: datetime
) -> Iterator[datetime]:
    """Yield the begins of slots in a stretch of working time, from its beginning on."""
    step = timedelta(minutes=kind.grid_minutes)
    at = window[0]
    if at < start:
        at += step * -(-(start - at) // step)
    while at + kind.length <= window[1] and at < end:
        yield at
        at += step


def blocked(kind: MeetingType, at: datetime) -> Window:
    """Return from when until when a meeting of ``kind`` at ``at`` takes its host."""
    before, after = timedelta(minutes=kind.buffer_before), timedelta(minutes=kind.buffer_after)
    return at - before, at + kind.length + after


def _is_free(kind: MeetingType, free: Free, at: datetime) -> bool:
    return free.has(*blocked(kind, at))


def free_hosts(
    kind: MeetingType,
    users: Sequence[User],
    at: datetime,
    *,
    as_of: datetime,
    without: Meeting | None = None,
) -> list[User]:
    """Return who is free for a meeting of ``kind`` at ``at``, whoever has the fewest first.

    Equals come in the order in which they were last booked.
    """
    just_after = at + timedelta(microseconds=1)
    slots = free_slots(kind, users, start=at, end=just_after, as_of=as_of, without=without)
    ids = slots[0].host_ids if slots and slots[0].starts_at == at else ()
    free = [user for user in users if user.pk in ids]
    return sorted(free, key=_by_load(free, as_of))


def _by_load(users: Sequence[User], as_of: datetime) -> Any:
    coming = Q(state=MeetingState.BOOKED, starts_at__gt=as_of) | Q(state=MeetingState.PENDING)
    rows = (
        Meeting.objects.filter(coming, host__in=users)
        .order_by()
        .values_list("host_id")
        .annotate(number=Count("pk"))
    )
    counts = dict(rows)
    last = Meeting.objects.filter(host__in=users).order_by().values_list("host_id")
    newest = dict(last.annotate(newest=Max("pk")))
    return lambda user: (counts.get(user.pk, 0), newest.get(user.pk, 0), user.pk)


def parse_moment(text: str) -> datetime | None:
    """Read a moment with its offset, as the slots of the page carry it; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def clean_zone(name: str, otherwise: str) -> str:
    """Return the name of a time zone that is known, ``otherwise`` for any other."""
    return name if name in known_zones() else otherwise
