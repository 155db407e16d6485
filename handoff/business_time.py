"""Time in which somebody is at work, by which the clock of the agreement runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

# A week with one open minute still ends: ten minutes are due within ten weeks of looking.
_HORIZON_DAYS = 3660


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When an organisation works.

    ``weekdays`` are 0 (Monday) to 6, ``opens`` and ``closes`` wall-clock times in ``zone``;
    midnight as ``closes`` is the end of the day. ``region`` is a country with an optional state
    (``DE-BY``) whose public holidays are closed, "" for none.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo
    region: str = ""

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError("At least one weekday from 0 to 6 is needed.")
        if self.closes != time(0) and self.closes <= self.opens:
            raise ValueError("The day must close after it opens.")

    def is_open(self, moment: datetime) -> bool:
        """Say whether somebody is at work at ``moment``."""
        window = self._window(moment.astimezone(self.zone).date())
        return window is not None and window[0] <= moment < window[1]

    def next_open(self, moment: datetime) -> datetime:
        """Return ``moment`` when somebody is at work then, else the next opening, in UTC."""
        opens, _closes = next(self._windows(moment))
        return max(opens, moment.astimezone(UTC))

    def add(self, start: datetime, minutes: int) -> datetime:
        """Return the moment at which ``minutes`` of work have passed since ``start``, in UTC.

        Real minutes count: the night in which the clock is put back has one more hour.
        """
        left = timedelta(minutes=minutes)
        for opens, closes in self._windows(start):
            begin = max(opens, start.astimezone(UTC))
            if begin + left <= closes:
                return begin + left
            left -= closes - begin
        raise ValueError("No working time within ten years.")

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the whole minutes of work between two moments; 0 when ``end`` is earlier."""
        total = timedelta()
        for opens, closes in self._windows(start):
            if opens >= end:
                break
            total += max(timedelta(), min(closes, end) - max(opens, start))
        return total // timedelta(minutes=1)

    def _windows(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the stretches of work that end after ``start``, in order."""
        first = start.astimezone(self.zone).date()
        for days in range(_HORIZON_DAYS):
            window = self._window(first + timedelta(days=days))
            if window is not None and window[1] > start:
                yield window

    def _window(self, day: date) -> tuple[datetime, datetime] | None:
        if day.weekday() not in self.weekdays or day in public_holidays(self.region, day.year):
            return None
        last = day + timedelta(days=1) if self.closes == time(0) else day
        opens = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
        # Of an hour that comes twice, the later end counts; of one that is skipped, the one after.
        closes = datetime.combine(last, self.closes, self.zone)
        return opens, max(closes.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


@lru_cache(maxsize=256)
def public_holidays(region: str, year: int) -> frozenset[date]:
    """Return the public holidays of ``region`` (``DE``, ``DE-BY``) in ``year``."""
    if not region:
        return frozenset()
    country, _sign, state = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=state or None, years=year))
