"""When somebody can be booked: weekly hours in the own time zone, without holidays and absences."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ground.errors import DomainError
from handoff.business_time import public_holidays
from handoff.models import Absence, Agreement, Availability
from handoff.queries import agreement_in_force

END_OF_DAY = "24:00"
_TIME = re.compile(r"^(?:[01]\d|2[0-3]):[0-5]\d$")
MOST_STRETCHES = 4

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """When one person works: ``hours`` as in ``Availability``, ``away`` first and last days."""

    hours: Mapping[str, Sequence[Sequence[str]]]
    zone: ZoneInfo
    region: str = ""
    away: Sequence[tuple[date, date]] = field(default_factory=list)

    def windows(self, start: datetime, end: datetime) -> Iterator[Window]:
        """Yield the stretches between ``start`` and ``end`` in order, in UTC, not cut to them."""
        day = start.astimezone(self.zone).date() - timedelta(days=1)
        last = end.astimezone(self.zone).date()
        while day <= last:
            for window in self._of_day(day):
                if window[1] > start and window[0] < end:
                    yield window
            day += timedelta(days=1)

    def _of_day(self, day: date) -> Iterator[Window]:
        if day in public_holidays(self.region, day.year):
            return
        if any(first <= day <= until for first, until in self.away):
            return
        for opens, closes in self.hours.get(str(day.weekday()), ()):
            window = self._moment(day, opens, fold=0), self._moment(day, closes, fold=1)
            # Hours that the clock skips in spring are no time at all.
            if window[0] < window[1]:
                yield window

    def _moment(self, day: date, text: str, *, fold: int) -> datetime:
        """Return a wall-clock time of ``day`` in UTC.

        Of an hour that comes twice a stretch has both; one that is skipped counts as the one after.
        """
        if text == END_OF_DAY:
            return datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)
        wall = datetime.combine(day, time.fromisoformat(text), self.zone)
        return wall.replace(fold=fold if _comes_twice(wall) else 0).astimezone(UTC)


def _comes_twice(wall: datetime) -> bool:
    offsets = wall.replace(fold=0).utcoffset(), wall.replace(fold=1).utcoffset()
    return bool(offsets[0] and offsets[1] is not None and offsets[0] > offsets[1])


def usual_hours(agreement: Agreement) -> dict[str, list[list[str]]]:
    """Return the hours of the agreement as ``Availability`` keeps them."""
    closes = agreement.closes_at.strftime("%H:%M")
    stretch = [agreement.opens_at.strftime("%H:%M"), END_OF_DAY if closes == "00:00" else closes]
    return {str(weekday): [stretch] for weekday in sorted(agreement.weekdays)}


def hours_of(users: Collection[User], *, start: datetime, end: datetime) -> dict[int, WeeklyHours]:
    """Return the hours of each of ``users`` by id, with the absences between two moments."""
    agreement = agreement_in_force()
    own = {row.user_id: row for row in Availability.objects.filter(user__in=users)}
    away: dict[int, list[tuple[date, date]]] = {}
    # A day more on both sides: the days of an absence are those of the person.
    first, last = (start - timedelta(days=1)).date(), (end + timedelta(days=1)).date()
    for row in Absence.objects.filter(user__in=users, until_on__gte=first, from_on__lte=last):
        away.setdefault(row.user_id, []).append((row.from_on, row.until_on))
    found = {}
    for user in users:
        mine = own.get(user.pk)
        found[user.pk] = WeeklyHours(
            mine.hours if mine else usual_hours(agreement),
            ZoneInfo(mine.time_zone if mine else agreement.time_zone),
            mine.region if mine else agreement.region,
            away.get(user.pk, []),
        )
    return found


def clean_hours(hours: Any) -> dict[str, list[list[str]]]:
    """Return weekly hours in order; raises ``DomainError`` (``hours_unreadable``, …)."""
    found: dict[str, list[list[str]]] = {}
    for weekday in map(str, range(7)):
        stretches = sorted(list(map(str, stretch)) for stretch in (hours.get(weekday) or []))
        if len(stretches) > MOST_STRETCHES:
            raise DomainError(
                "hours_many", _("Enter at most four times a day."), field=f"day_{weekday}"
            )
        before = ""
        for stretch in stretches:
            _check_stretch(stretch, before, f"day_{weekday}")
            before = stretch[1]
        if stretches:
            found[weekday] = stretches
    return found


def _check_stretch(stretch: Sequence[str], before: str, name: str) -> None:
    if len(stretch) != 2 or not all(
        _TIME.match(text) or (text == END_OF_DAY and place) for place, text in enumerate(stretch)
    ):
        raise DomainError(
            "hours_unreadable", _("Write times like 09:00-12:30, 13:30-17:00."), field=name
        )
    if stretch[0] >= stretch[1]:
        raise DomainError("hours_order", _("Each time must end after it begins."), field=name)
    if stretch[0] < before:
        raise DomainError("hours_overlap", _("These times overlap."), field=name)
