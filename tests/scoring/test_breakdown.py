from datetime import timedelta
from decimal import Decimal

import pytest

from leads.actions.consent import Declaration, record_consents
from leads.actions.lifecycle import change_stage
from leads.models import Lead
from leads.stages import Stage
from scoring.breakdown import breakdown
from scoring.models import ModelVersion
from tests.factories import EVERYTHING, NOW, make_lead
from tests.scoring.scene import (
    DOWNLOADED,
    GERMAN,
    LEFT,
    activity_rule,
    fit_rule,
    happen,
    make_active,
    make_draft,
    rescored,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
VISIT = activity_rule(8, name_en="Visit", half_life_days=10, cap=12)


def shown(rows):
    return [(row.spec.name, row.points) for row in rows]


@pytest.mark.requirement("S80")
def test_the_rows_of_both_axes_add_up_to_the_score():
    make_active(GERMAN, VISIT, activity_rule(-3, LEFT, name_en="Left"))
    lead = make_lead(country="DE")
    for age in (0, 10, 30):
        happen(lead, at=NOW - age * DAY)
    happen(lead, LEFT)
    rescored(lead)

    why = breakdown(lead.pk, as_of=NOW)

    assert (why.label, why.total) == ("Standard v1", Lead.objects.get().score)
    assert shown(why.fit.rows) == [("From Germany", 20)]
    assert shown(why.engagement.rows) == [("Visit", 12), ("Left", -3)]
    assert (why.fit.points, why.engagement.points, why.limited) == (20, 9, 0)


def test_every_point_leads_back_to_its_activities():
    make_active(VISIT)
    lead = make_lead()
    activities = [happen(lead, at=NOW - age * DAY) for age in (0, 10, 30)]

    (row,) = breakdown(lead.pk, as_of=NOW).engagement.rows

    assert [(p.activity_id, p.at, p.points) for p in row.pieces] == [
        (activities[0].pk, NOW, Decimal("8.00")),
        (activities[1].pk, NOW - 10 * DAY, Decimal("4.00")),
        (activities[2].pk, NOW - 30 * DAY, Decimal("1.00")),
    ]
    assert (row.raw, row.points, row.is_capped) == (Decimal("13.00"), 12, True)
    assert row.sentence == "“Visited a page” every time; halves every 10 days; at most 12 points"


def test_of_many_activities_the_older_ones_are_summed_up():
    make_active(activity_rule(1))
    lead = make_lead()
    for minute in range(23):
        happen(lead, at=NOW - timedelta(minutes=minute))

    (row,) = breakdown(lead.pk, as_of=NOW).engagement.rows

    assert (len(row.pieces), row.more, row.more_points) == (20, 3, Decimal(3))


def test_what_the_limits_of_axis_and_score_take_is_a_row_of_its_own():
    make_active(fit_rule(70, {"everyone": True}), activity_rule(90), fit_cap=60, engagement_cap=80)
    lead = make_lead()
    happen(lead)

    why = breakdown(lead.pk, as_of=NOW)

    assert (why.fit.limited, why.fit.points) == (-10, 60)
    assert (why.engagement.limited, why.engagement.points) == (-10, 80)
    assert (why.limited, why.total) == (-40, 100)


def test_an_axis_below_zero_is_lifted_to_zero():
    make_active(fit_rule(-30, {"everyone": True}), activity_rule(5))
    lead = make_lead()
    happen(lead)

    why = breakdown(lead.pk, as_of=NOW)

    assert (why.fit.limited, why.fit.points, why.total) == (30, 0, 5)


def test_what_is_missing_is_told_with_the_rules_that_would_help():
    rules = (GERMAN, fit_rule(-9, {"field": "country", "op": "is", "value": "US"}), VISIT)
    make_active(*rules, mql_threshold=30, min_fit=15)
    lead = make_lead(country="AT")
    happen(lead)
    rescored(lead)

    missing = breakdown(lead.pk, as_of=NOW).missing

    assert (missing.points, missing.fit, missing.given_back_at) == (22, 15, None)
    assert [(hint.name, hint.points) for hint in missing.hints] == [
        ("From Germany", 20),
        ("Visit", 4),
    ]


def test_an_axis_that_is_full_offers_nothing_more():
    make_active(activity_rule(10, name_en="Visit"), engagement_cap=10)
    lead = make_lead()
    happen(lead)

    assert breakdown(lead.pk, as_of=NOW).missing.hints == ()


def test_who_was_given_back_is_told_to_wait_for_something_new():
    make_active(GERMAN, VISIT, mql_threshold=20)
    lead = make_lead(country="DE")
    happen(lead)
    rescored(lead)
    back = NOW + timedelta(minutes=5)
    change_stage([lead.pk], to=Stage.LEAD, by=EVERYTHING, as_of=back)

    waiting = breakdown(lead.pk, as_of=back).missing.given_back_at
    happen(lead, at=NOW + timedelta(minutes=6))
    afterwards = breakdown(lead.pk, as_of=NOW + timedelta(minutes=7)).missing.given_back_at

    assert (waiting, afterwards) == (back, None)


@pytest.mark.parametrize("stage", [Stage.MQL, Stage.SQL, Stage.CUSTOMER])
def test_nothing_is_missing_for_who_is_there_already(stage):
    make_active(GERMAN)
    lead = make_lead(stage=stage)

    assert breakdown(lead.pk, as_of=NOW).missing is None


def test_what_changed_since_last_week_and_the_last_changes_are_told():
    make_active(GERMAN, VISIT)
    lead = make_lead(country="DE", as_of=NOW - 20 * DAY)
    happen(lead, at=NOW - 10 * DAY)
    rescored(lead, as_of=NOW - 10 * DAY)
    happen(lead)
    rescored(lead)

    why = breakdown(lead.pk, as_of=NOW)

    assert [(row.spec.name, row.change) for row in why.engagement.rows] == [("Visit", 5)]
    assert [(c.from_total, c.to_total) for c in why.changes] == [(28, 32), (0, 28)]


def test_a_past_moment_can_be_explained():
    make_active(VISIT)
    lead = make_lead(as_of=NOW - 20 * DAY)
    happen(lead, at=NOW - 10 * DAY)
    happen(lead)

    assert [breakdown(lead.pk, as_of=NOW - age * DAY).total for age in (11, 10, 0)] == [0, 8, 12]


def test_a_draft_can_be_tried_on_a_lead():
    make_active(GERMAN)
    draft = make_draft(activity_rule(7, DOWNLOADED, name_en="Download"))
    lead = make_lead(country="DE")
    happen(lead, DOWNLOADED)

    why = breakdown(lead.pk, as_of=NOW, version=draft)

    assert (why.label, why.total, shown(why.engagement.rows)) == (
        "Standard v2",
        7,
        [("Download", 7)],
    )
    assert ModelVersion.objects.get(pk=draft.pk).state == "draft"


@pytest.mark.requirement("S05")
def test_the_temperature_comes_with_its_rule():
    make_active(GERMAN, VISIT, warm_score=20, warm_days=30)
    lead = make_lead(country="DE")

    why = breakdown(lead.pk, as_of=NOW)

    assert (why.temperature, why.temperature_rule) == (
        "warm",
        "a score of 20 or more or the stage MQL, SQL or Opportunity,"
        " and active in the last 30 days",
    )


def test_who_objected_is_not_judged():
    make_active(GERMAN)
    lead = make_lead(country="DE")
    no = Declaration(lead.pk, "profiling", "web", "objected", NOW)
    record_consents([no], by=EVERYTHING, as_of=NOW)

    why = breakdown(lead.pk, as_of=NOW)

    assert (why.is_objected, why.total, why.missing) == (True, 0, None)


def test_without_an_active_version_there_is_nothing_to_explain():
    make_draft(GERMAN)

    assert breakdown(make_lead().pk, as_of=NOW) is None


def test_a_breakdown_takes_a_fixed_number_of_queries(django_assert_num_queries):
    make_active(GERMAN, VISIT)
    lead = make_lead(country="DE")
    for _n in range(30):
        happen(lead)

    with django_assert_num_queries(7):
        breakdown(lead.pk, as_of=NOW)
