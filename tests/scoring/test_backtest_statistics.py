"""The formulas against values that are printed elsewhere or counted by hand."""

from itertools import product

import pytest

from scoring.backtest.statistics import (
    Interval,
    area_under_curve,
    compare_areas,
    difference,
    mean,
    wilson,
)


def rounded(found: Interval, places: int = 4) -> tuple[float, ...]:
    return tuple(round(value, places) for value in (found.value, found.low, found.high))


def by_score(scores: list[int], places: int = 11) -> list[int]:
    return [scores.count(score) for score in range(places)]


@pytest.mark.requirement("S86")
def test_shares_have_the_limits_of_wilson():
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    assert rounded(wilson(81, 263)) == (0.308, 0.2553, 0.3662)
    assert rounded(wilson(15, 148)) == (0.1014, 0.0624, 0.1605)
    assert rounded(wilson(0, 20)) == (0.0, 0.0, 0.1611)
    assert rounded(wilson(1, 29)) == (0.0345, 0.0061, 0.1718)
    assert wilson(0, 0) is None


def test_two_shares_differ_by_the_limits_of_newcombe():
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
    assert rounded(difference((56, 70), (48, 80))) == (0.2, 0.0524, 0.3339)
    assert rounded(difference((9, 10), (3, 10))) == (0.6, 0.1705, 0.809)
    assert difference((1, 2), (0, 0)) is None


def test_the_area_is_how_often_the_good_one_is_higher():
    good, bad = [8, 6, 6, 3], [6, 5, 2, 2, 1, 0]
    pairs = [(x > y) + (x == y) / 2 for x, y in product(good, bad)]

    found = area_under_curve(by_score(good), by_score(bad))

    assert found.value == pytest.approx(sum(pairs) / len(pairs))
    assert area_under_curve(by_score([5]), by_score([])) is None


def test_the_interval_of_the_area_is_that_of_delong():
    good, bad = [8, 6, 6, 3], [6, 5, 2, 2, 1, 0]
    placed = [[(x > y) + (x == y) / 2 for y in bad] for x in good]
    rows = [sum(row) / 6 for row in placed]
    columns = [sum(row[n] for row in placed) / 4 for n in range(6)]
    area = sum(rows) / 4
    variance = sum((v - area) ** 2 for v in rows) / 3 / 4
    variance += sum((v - area) ** 2 for v in columns) / 5 / 6

    found = area_under_curve(by_score(good), by_score(bad))

    half = 1.959964 * variance**0.5
    assert found.low == pytest.approx(area - half)
    assert found.high == pytest.approx(min(1, area + half))


def test_two_areas_on_the_same_leads_are_compared_in_pairs():
    same = {(8, 8): [3, 1], (2, 2): [1, 4]}
    good, bad = [(9, 5), (8, 7), (7, 2), (6, 6), (9, 4)], [(1, 5), (2, 3), (3, 6), (2, 7), (6, 1)]
    joint: dict[tuple[int, int], list[int]] = {}
    for kind, pairs in enumerate((good, bad)):
        for pair in pairs:
            joint.setdefault(pair, [0, 0])[kind] += 1

    found = compare_areas(joint, 11)
    first = area_under_curve(by_score([a for a, _ in good]), by_score([a for a, _ in bad]))
    second = area_under_curve(by_score([b for _, b in good]), by_score([b for _, b in bad]))

    assert found.value == pytest.approx(first.value - second.value)
    assert found.is_sure
    assert (compare_areas(same, 11).value, compare_areas(same, 11).p) == (0, 1.0)
    assert compare_areas({(1, 1): [0, 5]}, 11) is None


def test_an_average_has_limits_from_its_spread():
    amounts = [10.0, 12.0, 14.0, 16.0]
    squares = sum(amount**2 for amount in amounts)

    assert rounded(mean(4, sum(amounts), squares)) == (13.0, 10.4697, 15.5303)
    assert mean(1, 7, 49) == Interval(7, 7, 7)
    assert mean(0, 0, 0) is None
