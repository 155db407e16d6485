"""How sure a figure is that rests on so many leads; each formula with where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt

# Two-sided 95 % of the normal distribution.
Z = 1.959964
# Fewer events than that do not carry a verdict on a model: Vergouwe et al., J Clin Epidemiol 58
# (2005) 475-483, and Collins et al., Stat Med 35 (2016) 214-226, ask for 100 of each kind.
ENOUGH = 100
# Below that not even the order of two groups can be told.
FEW = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the limits of its 95 % confidence interval."""

    value: float
    low: float
    high: float


def wilson(part: int, whole: int) -> Interval | None:
    """Return the share ``part`` of ``whole``, None for a share of nothing.

    The score interval of Wilson, JASA 22 (1927) 209-212, which holds with few cases, too, and stays
    between 0 and 1.
    """
    if not whole:
        return None
    share, square = part / whole, Z * Z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = Z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    half /= 1 + square / whole
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def difference(first: tuple[int, int], second: tuple[int, int]) -> Interval | None:
    """Return by how much the first share (part, whole) is above the second; None without cases.

    Method 10 of Newcombe, Stat Med 17 (1998) 873-890: the limits of both Wilson intervals together.
    """
    one, two = wilson(*first), wilson(*second)
    if one is None or two is None:
        return None
    value = one.value - two.value
    low = value - sqrt((one.value - one.low) ** 2 + (two.high - two.value) ** 2)
    high = value + sqrt((one.high - one.value) ** 2 + (two.value - two.low) ** 2)
    return Interval(value, low, high)


def mean(count: int, total: float, squares: float) -> Interval | None:
    """Return the average of ``count`` amounts from their sum and the sum of their squares.

    The interval takes averages for normal, which holds for a few dozen amounts; one amount alone
    has none, and its limits are itself.
    """
    if not count:
        return None
    average = total / count
    if count == 1:
        return Interval(average, average, average)
    variance = max(0.0, (squares - total * average) / (count - 1))
    half = Z * sqrt(variance / count)
    return Interval(average, max(0.0, average - half), average + half)


@dataclass(frozen=True, slots=True)
class _Places:
    """How much of the other kind lies below each score, ties by half; and how it is spread."""

    above_bad: list[float]
    below_good: list[float]
    area: float


def _places(good: Sequence[int], bad: Sequence[int]) -> _Places:
    goods, bads = sum(good), sum(bad)
    above_bad, below_good = [], []
    bad_below, good_below = 0, 0
    for g, b in zip(good, bad, strict=True):
        above_bad.append((bad_below + b / 2) / bads)
        below_good.append((goods - good_below - g / 2) / goods)
        bad_below += b
        good_below += g
    area = sum(g * share for g, share in zip(good, above_bad, strict=True)) / goods
    return _Places(above_bad, below_good, area)


def _spread(counts: Sequence[int], shares: Sequence[float], area: float) -> float:
    """Return the variance of the shares of one kind, divided by how many there are."""
    number = sum(counts)
    if number < 2:
        return 0.0
    squares = sum(n * (share - area) ** 2 for n, share in zip(counts, shares, strict=True))
    return squares / (number - 1) / number


def area_under_curve(good: Sequence[int], bad: Sequence[int]) -> Interval | None:
    """Return the AUC from the numbers of good and bad leads by score; None where one kind lacks.

    It is how often a lead that turned out well had the higher score than one that did not. The
    interval is that of DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837-845; each lead
    may stand in it once only.
    """
    if not sum(good) or not sum(bad):
        return None
    places = _places(good, bad)
    half = Z * sqrt(
        _spread(good, places.above_bad, places.area) + _spread(bad, places.below_good, places.area)
    )
    return Interval(places.area, max(0.0, places.area - half), min(1.0, places.area + half))


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much the first AUC is above the second, with its interval and chance of error."""

    value: float
    low: float
    high: float
    p: float

    @property
    def is_sure(self) -> bool:
        """Whether chance alone would hardly make such a difference (5 %)."""
        return self.p < 0.05


def compare_areas(joint: Mapping[tuple[int, int], Sequence[int]], places: int) -> Difference | None:
    """Return the difference of two AUC on the same leads, by the paired test of DeLong (1988).

    ``joint`` has the numbers of good and bad leads by both scores, which are below ``places``.
    """
    counts = [[[0] * places for _kind in range(2)] for _version in range(2)]
    for scores, numbers in joint.items():
        for version, score in enumerate(scores):
            for kind, number in enumerate(numbers):
                counts[version][kind][score] += number
    if not sum(counts[0][0]) or not sum(counts[0][1]):
        return None
    first, second = (_places(good, bad) for good, bad in counts)
    variance = 0.0
    for kind in range(2):
        number = sum(counts[0][kind])
        if number < 2:
            continue
        a, b = (p.below_good if kind else p.above_bad for p in (first, second))
        squares = sum(
            n[kind] * ((a[x] - first.area) - (b[y] - second.area)) ** 2
            for (x, y), n in joint.items()
        )
        variance += squares / (number - 1) / number
    value, half = first.area - second.area, Z * sqrt(variance)
    p = erfc(abs(value) / sqrt(variance) / sqrt(2)) if variance else float(value == 0)
    return Difference(value, value - half, value + half, p)
