from datetime import timedelta

import pytest

from leads.models import Lead
from scoring.compiled import compile_ruleset
from scoring.rulesets import load_rulesets
from tests.factories import NOW, make_lead
from tests.scoring.scene import (
    DOWNLOADED,
    GERMAN,
    LEFT,
    VISITED,
    activity_rule,
    fit_rule,
    happen,
    make_active,
    points,
    rescored,
    totals,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("counting", "expected"),
    [
        ({"counting": "each"}, 12),
        ({"counting": "first"}, 3),
        ({"counting": "distinct", "distinct_by": "scene_content"}, 6),
        ({"counting": "distinct", "distinct_by": "day"}, 9),
        ({"counting": "each", "cap": 10}, 10),
        ({"counting": "each", "detail": "scene_content", "detail_value": "a"}, 9),
    ],
)
def test_each_way_of_counting(counting, expected):
    make_active(activity_rule(3, DOWNLOADED, **counting))
    lead = make_lead()
    for days, content in ((0, "a"), (0, "a"), (1, "a"), (2, "b")):
        happen(lead, DOWNLOADED, at=NOW - days * DAY, data={"content": content})
    happen(lead, VISITED)

    rescored(lead)

    assert points(lead) == (0, expected, expected)


def test_a_detail_that_is_the_beginning_of_a_page_counts_the_pages_below():
    make_active(activity_rule(3, detail="scene_path", detail_value="/preise"))
    lead = make_lead()
    for path in ("/preise", "/preise/pro", "/ueber-uns"):
        happen(lead, data={"path": path})

    rescored(lead)

    assert points(lead) == (0, 6, 6)


@pytest.mark.parametrize(
    ("age", "expected"), [(0, 40), (10, 20), (20, 10), (30, 5), (5, 28), (70, 0)]
)
def test_points_halve_every_half_life(age, expected):
    make_active(activity_rule(40, half_life_days=10))
    lead = make_lead()
    happen(lead, at=NOW - age * DAY)

    rescored(lead)

    assert points(lead) == (0, expected, expected)


@pytest.mark.parametrize(
    ("counting", "expected"),
    [
        ({"counting": "each"}, 35),
        ({"counting": "first"}, 5),
        ({"counting": "distinct", "distinct_by": "scene_content"}, 25),
        ({"counting": "distinct", "distinct_by": "day"}, 35),
    ],
)
def test_decay_counts_from_the_time_that_counts(counting, expected):
    make_active(activity_rule(20, DOWNLOADED, half_life_days=10, **counting))
    lead = make_lead()
    for age, content in ((20, "a"), (10, "a"), (0, "b")):
        happen(lead, DOWNLOADED, at=NOW - age * DAY, data={"content": content})

    rescored(lead)

    assert points(lead) == (0, expected, expected)


def test_an_age_is_counted_in_days_of_the_organisation():
    make_active(activity_rule(40, half_life_days=1))
    lead = make_lead(as_of=NOW - 3 * DAY)
    just_before_midnight = NOW.replace(day=1, hour=22, minute=59)
    happen(lead, at=just_before_midnight)

    rescored(lead, as_of=NOW.replace(day=1, hour=23, minute=1))

    assert points(lead) == (0, 20, 20)


def test_half_a_point_is_rounded_up_once_for_a_rule_and_not_for_each_activity():
    make_active(activity_rule(1, half_life_days=10))
    once, thrice = make_lead(), make_lead()
    for lead in (once, thrice, thrice, thrice):
        happen(lead, at=NOW - 10 * DAY)

    rescored(once, thrice)

    assert points(once) == (0, 1, 1)
    assert points(thrice) == (0, 2, 2)


def test_negative_points_take_away_but_never_below_zero():
    rival = fit_rule(-30, {"field": "email", "op": "ends_with", "value": "@rival.example"})
    make_active(GERMAN, rival, activity_rule(10), activity_rule(-4, LEFT, cap=6))
    lead = make_lead(country="DE", email="ada@rival.example")
    happen(lead)
    for _n in range(2):
        happen(lead, LEFT)

    rescored(lead)

    assert points(lead) == (0, 4, 4)


@pytest.mark.case("R10")
def test_what_machines_did_never_counts():
    make_active(activity_rule(10))
    lead = make_lead()
    happen(lead, is_machine=True)

    rescored(lead)

    assert points(lead) == (0, 0, 0)


def test_the_past_and_the_future_can_be_looked_at():
    make_active(activity_rule(40, half_life_days=10))
    lead = make_lead(as_of=NOW - 40 * DAY)
    happen(lead, at=NOW - 20 * DAY)
    happen(lead, at=NOW)

    seen = []
    for as_of in (NOW - 21 * DAY, NOW - 20 * DAY, NOW - 10 * DAY, NOW, NOW + 10 * DAY):
        rescored(lead, as_of=as_of)
        seen.append(points(lead)[1])

    assert seen == [0, 40, 20, 50, 25]


def test_a_backtest_does_not_know_what_was_recorded_later():
    version = make_active(activity_rule(40))
    lead = make_lead(as_of=NOW - 40 * DAY)
    happen(lead, at=NOW - 20 * DAY, recorded_at=NOW)
    (ruleset,) = load_rulesets([version])

    seen = [
        totals(compile_ruleset(ruleset, as_of=NOW - 10 * DAY, known_at=known_at), lead)
        for known_at in (None, NOW - 10 * DAY)
    ]

    assert seen == [[40], [0]]


def test_the_temperature_of_the_past_does_not_know_of_later_touches():
    make_active(activity_rule(40), warm_score=30, warm_days=10, hot_days=10)
    lead = make_lead(as_of=NOW - 40 * DAY)
    happen(lead, at=NOW - 30 * DAY)
    happen(lead, at=NOW)

    rescored(lead, as_of=NOW - 15 * DAY)
    past = Lead.objects.get().temperature
    rescored(lead)

    assert (past, Lead.objects.get().temperature) == ("cold", "warm")
