"""Counting what a replay found, lead by lead; counts of chunks are added up and kept as JSON.

Each lead counts once, with the highest score that it would have had at a step while marketing had
it. It turned out well when the outcome came within the horizon after such a step; what its score
was after that does not count. The highest of many scores is the strict way: a lead that was high
for a week and came to nothing is a false alarm, however low it was afterwards.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import accumulate
from typing import Any, Self

from scoring.backtest.replay import Seats, Step

# One place for each score from 0 to 100.
PLACES = 101
MOVERS = 10
# A lead that sales takes on was looked at a week before at most.
WEEK = timedelta(days=7)
Mover = list[int]


def _zeros() -> list[int]:
    return [0] * PLACES


@dataclass(slots=True)
class Run:
    """The counts of one version, by score.

    ``good`` and ``bad`` are leads by their highest score; ``ready_good`` and ``ready_bad`` by the
    highest at which the fit was enough for MQL. ``rises`` has a row for each step: where a lead
    first reached scores, +1 at the lowest of them and -1 behind the highest. ``sent`` and ``won``
    are leads by their score when sales took them on, and those of them that turned out well.
    """

    good: list[int] = field(default_factory=_zeros)
    bad: list[int] = field(default_factory=_zeros)
    ready_good: list[int] = field(default_factory=_zeros)
    ready_bad: list[int] = field(default_factory=_zeros)
    rises: list[list[int]] = field(default_factory=list)
    sent: list[int] = field(default_factory=_zeros)
    won: list[int] = field(default_factory=_zeros)

    @classmethod
    def of(cls, steps: int) -> Self:
        """Return a run of so many steps with nothing counted."""
        return cls(rises=[[0] * (PLACES + 1) for _step in range(steps)])

    @property
    def leads(self) -> int:
        """How many leads were counted."""
        return sum(self.good) + sum(self.bad)

    def reached(self, threshold: int) -> list[int]:
        """Return for each step how many leads first reached ``threshold`` with enough fit."""
        return [sum(row[: threshold + 1]) for row in self.rises]

    def reached_after_start(self) -> list[int]:
        """Return for each threshold how many leads reached it after the first step.

        What had reached it by the first step is the stock of that day and no arrival.
        """
        sums = [sum(column) for column in zip(*self.rises[1:], strict=True)] or [0] * (PLACES + 1)
        return list(accumulate(sums))[:PLACES]


@dataclass(slots=True)
class Tally:
    """What was counted so far: a run for each version, and how both belong together.

    ``joint`` counts leads by both of their highest scores, ``"63,40": [good, bad]``; ``movers_up``
    and ``movers_down`` are the leads that differ most: lead, score by the first and the second.
    """

    runs: list[Run]
    joint: dict[str, list[int]] = field(default_factory=dict)
    movers_up: list[Mover] = field(default_factory=list)
    movers_down: list[Mover] = field(default_factory=list)

    @classmethod
    def of(cls, *, versions: int, steps: int) -> Self:
        """Return a tally with nothing counted."""
        return cls([Run.of(steps) for _version in range(versions)])

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what ``to_json`` gave."""
        return cls(
            [Run(**run) for run in data["runs"]],
            data["joint"],
            data["movers_up"],
            data["movers_down"],
        )

    def to_json(self) -> dict[str, Any]:
        """Return the counts as they are kept."""
        names = Run.__slots__
        return {
            "runs": [{name: getattr(run, name) for name in names} for run in self.runs],
            "joint": self.joint,
            "movers_up": self.movers_up,
            "movers_down": self.movers_down,
        }


@dataclass(frozen=True, slots=True)
class Watch:
    """What leads are counted against.

    ``came`` has the times of the outcome by lead and ``taken`` those at which sales took them on,
    both in order. ``min_fits`` is what each version asks of the fit of an MQL.
    """

    steps: Sequence[Step]
    horizon: timedelta
    min_fits: Sequence[int]
    came: Mapping[int, list[datetime]]
    taken: Mapping[int, list[datetime]]


def count_leads(tally: Tally, found: Sequence[Mapping[int, Seats]], watch: Watch) -> None:
    """Add the leads of one chunk to ``tally``; ``found`` is the replay of each version.

    All versions see the same seats, since these do not depend on rules.
    """
    moments = [step.at for step in watch.steps]
    movers: list[Mover] = []
    for lead, seats in found[0].items():
        times = [moments[number] for number in seats.steps]
        cut = _until_it_came(times, watch.came.get(lead, ()), watch.horizon)
        peaks = []
        for run, seen, min_fit in zip(tally.runs, found, watch.min_fits, strict=True):
            peaks.append(_count(run, seen[lead], cut, min_fit))
            _count_taken(run, seen[lead].totals, times, lead, watch)
        if len(peaks) > 1:
            pair = tally.joint.setdefault(f"{peaks[0]},{peaks[1]}", [0, 0])
            pair[0 if cut is not None else 1] += 1
            movers.append([lead, *peaks])
    tally.movers_up = _most(tally.movers_up + [m for m in movers if m[1] > m[2]], 1)
    tally.movers_down = _most(tally.movers_down + [m for m in movers if m[1] < m[2]], -1)


def _until_it_came(
    times: Sequence[datetime], came: Sequence[datetime], horizon: timedelta
) -> int | None:
    """Return how many of the steps come before the first outcome that is near enough, or None."""
    for at in came:
        before = bisect_left(times, at)
        if before and at - times[before - 1] <= horizon:
            return before
    return None


def _count(run: Run, seats: Seats, cut: int | None, min_fit: int) -> int:
    """Count one lead in one run; returns its highest score."""
    totals, fits = seats.totals[:cut], seats.fits[:cut]
    peak, ready = max(totals), -1
    for number, total, fit in zip(seats.steps, totals, fits, strict=False):
        if total > ready and fit >= min_fit:
            row = run.rises[number]
            row[ready + 1] += 1
            row[total + 1] -= 1
            ready = total
    by_score, by_ready = (run.bad, run.ready_bad) if cut is None else (run.good, run.ready_good)
    by_score[peak] += 1
    if ready >= 0:
        by_ready[ready] += 1
    return peak


def _count_taken(
    run: Run, totals: Sequence[int], times: Sequence[datetime], lead: int, watch: Watch
) -> None:
    """Count a lead at the score it had when sales first took it on during the time."""
    for at in watch.taken.get(lead, ()):
        before = bisect_left(times, at)
        if before and at - times[before - 1] <= WEEK:
            score = totals[before - 1]
            run.sent[score] += 1
            came = watch.came.get(lead, ())
            run.won[score] += any(at <= time <= at + watch.horizon for time in came)
            return


def _most(movers: list[Mover], sign: int) -> list[Mover]:
    return nlargest(MOVERS, movers, key=lambda mover: (sign * (mover[1] - mover[2]), -mover[0]))
