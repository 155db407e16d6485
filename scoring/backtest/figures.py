"""What the counts of a backtest say: worked out anew whenever somebody looks, never stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from scoring.backtest.statistics import (
    ENOUGH,
    FEW,
    Difference,
    Interval,
    area_under_curve,
    compare_areas,
    wilson,
)
from scoring.backtest.tally import PLACES, Run, Tally
from scoring.models import Backtest, ModelVersion

BAND = 10
EVERY = 5


@dataclass(frozen=True, slots=True)
class Band:
    """The leads whose score lies from ``low`` to ``high``, and how many turned out well.

    ``lift`` is how many times as often as all leads together.
    """

    low: int
    high: int
    leads: int
    good: int
    rate: Interval | None
    lift: float | None = None

    @property
    def label(self) -> str:
        """The band as it is shown."""
        return f"{self.low}–{self.high}"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a threshold would have done: who reached it with enough fit, and who of them was good.

    ``precision`` is the share of good ones among those; ``recall`` the share of all good leads that
    reached it. ``per_week`` are the leads that newly reached it, on average.
    """

    points: int
    leads: int
    good: int
    precision: Interval | None
    recall: Interval | None
    per_week: float
    is_own: bool


RowT = TypeVar("RowT", Band, Threshold)


@dataclass(frozen=True, slots=True)
class Report:
    """How one version did; ``curve`` has (false alarms, found) for each threshold, as shares."""

    version: ModelVersion
    leads: int
    good: int
    rate: Interval | None
    area: Interval | None
    bands: list[Band]
    thresholds: list[Threshold]
    curve: list[tuple[float, float]]
    weeks: list[tuple[date, int]]
    per_week: list[float]

    @property
    def own(self) -> Threshold:
        """The row of the threshold of the version itself."""
        return next(row for row in self.thresholds if row.is_own)

    def fits(self, capacity: float) -> int | None:
        """Return from which threshold on at most ``capacity`` leads a week are sent, or None.

        Very low ones may send few again: everybody had reached them when the time began.
        """
        busy = [points for points, number in enumerate(self.per_week) if number > capacity]
        lowest = max(busy, default=-1) + 1
        return lowest if lowest < PLACES else None


@dataclass(frozen=True, slots=True)
class Moves:
    """How the leads stand by the first version against the second: who is higher, who lower.

    ``crossed_up`` would be MQL by the first only, ``crossed_down`` by the second only.
    """

    up: int
    down: int
    same: int
    crossed_up: int
    crossed_down: int


def reports_of(backtest: Backtest, *, extra: Sequence[int] = ()) -> list[Report]:
    """Return what a backtest says of each version; ``extra`` are thresholds to show, too."""
    tally = Tally.from_json(backtest.figures)
    own = {version.mql_threshold for version in backtest.versions}
    shown = sorted({*range(0, PLACES, EVERY), *own, *extra})
    return [
        _report(backtest, version, run, shown)
        for version, run in zip(backtest.versions, tally.runs, strict=True)
    ]


def _report(backtest: Backtest, version: ModelVersion, run: Run, shown: list[int]) -> Report:
    weekly = max(1, backtest.steps - 1)
    arrivals = run.reached_after_start()
    return Report(
        version=version,
        leads=run.leads,
        good=sum(run.good),
        rate=wilson(sum(run.good), run.leads),
        area=area_under_curve(run.good, run.bad),
        bands=list(bands_of(run.good, run.bad)),
        thresholds=[
            _threshold(run, points, arrivals[points] / weekly, points == version.mql_threshold)
            for points in shown
        ],
        curve=list(_curve(run)),
        weeks=_weeks(backtest.first_on, run.reached(version.mql_threshold)),
        per_week=[number / weekly for number in arrivals],
    )


def bands_of(good: Sequence[int], bad: Sequence[int]) -> Iterator[Band]:
    """Yield the bands of ten points from the numbers of good and bad leads by score."""
    everybody = wilson(sum(good), sum(good) + sum(bad))
    for low in range(0, 100, BAND):
        high = 100 if low + BAND >= 100 else low + BAND - 1
        goods = sum(good[low : high + 1])
        leads = goods + sum(bad[low : high + 1])
        rate = wilson(goods, leads)
        lift = rate.value / everybody.value if rate and everybody and everybody.value else None
        yield Band(low, high, leads, goods, rate, lift)


def _threshold(run: Run, points: int, per_week: float, is_own: bool) -> Threshold:
    good = sum(run.ready_good[points:])
    leads = good + sum(run.ready_bad[points:])
    return Threshold(
        points,
        leads,
        good,
        wilson(good, leads),
        wilson(good, sum(run.good)),
        per_week,
        is_own,
    )


def _curve(run: Run) -> Iterator[tuple[float, float]]:
    goods, bads = sum(run.good), sum(run.bad)
    if not goods or not bads:
        return
    for points in range(PLACES, -1, -1):
        yield sum(run.bad[points:]) / bads, sum(run.good[points:]) / goods


def found_at(curve: Sequence[tuple[float, float]], share: float) -> float | None:
    """Return how much of the good is found with so many false alarms, between two thresholds."""
    for (x, y), (next_x, next_y) in pairwise(curve):
        if x <= share <= next_x and next_x > x:
            return y + (next_y - y) * (share - x) / (next_x - x)
    return curve[-1][1] if curve else None


def _weeks(first: date, numbers: Sequence[int]) -> list[tuple[date, int]]:
    return [(first + timedelta(weeks=week), number) for week, number in enumerate(numbers) if week]


def _joint(backtest: Backtest) -> Mapping[tuple[int, int], Sequence[int]]:
    pairs = backtest.figures["joint"]
    return {(int(a), int(b)): n for key, n in pairs.items() for a, b in [key.split(",")]}


def side_by_side(tables: Sequence[Sequence[RowT]]) -> list[tuple[RowT, ...]]:
    """Return the rows of the versions beside one another, without those that nobody is in."""
    return [row for row in zip(*tables, strict=True) if any(part.leads for part in row)]


def difference_of(backtest: Backtest) -> Difference | None:
    """Return by how much the version tells leads apart better than the one beside it."""
    return compare_areas(_joint(backtest), PLACES) if backtest.against else None


def moves_of(backtest: Backtest) -> Moves | None:
    """Return how the leads stand by the version against the one beside it."""
    if backtest.against is None:
        return None
    first, second = (version.mql_threshold for version in backtest.versions)
    up = down = same = crossed_up = crossed_down = 0
    for (a, b), numbers in _joint(backtest).items():
        leads = sum(numbers)
        up += leads * (a > b)
        down += leads * (a < b)
        same += leads * (a == b)
        crossed_up += leads * (a >= first and b < second)
        crossed_down += leads * (a < first and b >= second)
    return Moves(up, down, same, crossed_up, crossed_down)


def how_sure(good: int, leads: int) -> str:
    """Return how much figures say that rest on so many leads: nothing, little, or "" for enough."""
    least = min(good, leads - good)
    if least < FEW:
        return "nothing"
    return "little" if least < ENOUGH else ""
