"""A version tried on the past: what is counted, and that it is counted once."""

from datetime import UTC, date, timedelta

import pytest
from django.db.models import Count

from accounts.action import writing
from accounts.actor import user_actor
from accounts.rights import Role
from ground.errors import ConflictError, DomainError, NotAllowedError
from leads.models import Activity, StageChange
from scoring.actions import backtesting
from scoring.actions.backtesting import (
    NewBacktest,
    continue_backtest,
    request_backtest,
    stop_backtest,
)
from scoring.actions.drafts import change_limits, discard_draft
from scoring.backtest.figures import difference_of, how_sure, moves_of, reports_of
from scoring.models import Backtest, DueBacktest, Score, ScoreChange
from tests.factories import EVERYTHING, NOW, make_user
from tests.scoring.past import STEPS, WEEK, before, move, past_lead, tried, won
from tests.scoring.scene import GERMAN, activity_rule, fit_rule, happen, make_draft

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S82")]
VISIT = activity_rule(10)


def scene():
    """Four leads with 0, 10, 20 and 30 points by the third step; the best two buy, one late."""
    leads = [past_lead() for _n in range(4)]
    for number, lead in enumerate(leads):
        for _n in range(number):
            happen(lead, at=before(2))
    won(leads[3], before(4))
    won(leads[2], before(4) + timedelta(days=200))
    return leads


@pytest.mark.requirement("S87")
def test_leads_are_counted_at_their_highest_score_with_what_became_of_them():
    draft = make_draft(VISIT, mql_threshold=20, min_fit=0)
    scene()

    (report,) = reports_of(tried(draft))

    assert (report.leads, report.good, report.area.value) == (4, 1, 1.0)
    assert [(b.low, b.leads, b.good, b.lift) for b in report.bands if b.leads] == [
        (0, 1, 0, 0.0),
        (10, 1, 0, 0.0),
        (20, 1, 0, 0.0),
        (30, 1, 1, 4.0),
    ]
    own = report.own
    assert (own.points, own.leads, own.good, own.per_week) == (20, 2, 1, 0.5)
    assert (own.precision.value, own.recall.value) == (0.5, 1.0)
    assert report.weeks == [
        (date(2026, 7, 13), 0),
        (date(2026, 7, 20), 2),
        (date(2026, 7, 27), 0),
        (date(2026, 8, 3), 0),
    ]


def test_what_a_lead_did_after_it_had_turned_out_well_does_not_count():
    draft = make_draft(VISIT, min_fit=0)
    lead = past_lead()
    happen(lead, at=before(1))
    won(lead, before(2))
    for _n in range(3):
        happen(lead, at=before(3))

    (report,) = reports_of(tried(draft))

    assert [(band.low, band.good) for band in report.bands if band.leads] == [(10, 1)]
    assert [row.leads for row in report.thresholds if row.points in (10, 20)] == [1, 0]


def test_the_stock_of_the_first_week_is_no_arrival():
    draft = make_draft(VISIT, min_fit=0, mql_threshold=10)
    early, later = past_lead(), past_lead()
    happen(early, at=before(0))
    happen(later, at=before(1))

    (report,) = reports_of(tried(draft))

    assert (report.own.leads, report.own.per_week) == (2, 0.25)


def test_a_threshold_needs_the_fit_of_an_mql():
    draft = make_draft({**GERMAN, "points": 10}, VISIT, mql_threshold=20, min_fit=10)
    for country in ("DE", "AT"):
        lead = past_lead(country=country)
        for _n in range(2):
            happen(lead, at=before(1))

    (report,) = reports_of(tried(draft))

    assert [(row.points, row.leads) for row in report.thresholds if 20 <= row.points <= 35] == [
        (20, 1),
        (25, 1),
        (30, 1),
        (35, 0),
    ]


def test_a_capacity_says_from_which_threshold_sales_can_keep_up():
    draft = make_draft(VISIT, min_fit=0)
    scene()

    (report,) = reports_of(tried(draft))

    assert [report.fits(weekly) for weekly in (0.75, 0.7, 0.5, 0.25, 0)] == [0, 11, 11, 21, 31]


def test_becoming_sql_counts_up_to_the_horizon():
    draft = make_draft(VISIT, min_fit=0)
    soon, late, too_late = (past_lead() for _n in range(3))
    move(soon, "sql", before(3))
    end = STEPS[4].at.astimezone(UTC) + timedelta(days=90)
    move(late, "sql", end)
    move(too_late, "sql", end + timedelta(minutes=1))

    (report,) = reports_of(tried(draft, outcome="sql"))

    assert (report.leads, report.good) == (3, 2)


def test_two_versions_are_compared_on_the_same_leads():
    old = make_draft(VISIT, min_fit=0, mql_threshold=20)
    with writing("scene"):
        type(old).objects.filter(pk=old.pk).update(state="retired")
    leads = scene()
    new = make_draft({**VISIT, "points": 5}, fit_rule(6, {"everyone": True}), min_fit=0)
    change_limits(new.pk, {"mql_threshold": 20}, by=EVERYTHING, as_of=NOW)

    backtest = tried(type(new).objects.get(pk=new.pk), against_id=old.pk)

    moves = moves_of(backtest)
    assert (moves.up, moves.down, moves.same) == (2, 2, 0)
    assert (moves.crossed_up, moves.crossed_down) == (0, 1)
    assert backtest.figures["movers_up"] == [[leads[0].pk, 6, 0], [leads[1].pk, 11, 10]]
    assert backtest.figures["movers_down"] == [[leads[3].pk, 21, 30], [leads[2].pk, 16, 20]]
    assert (difference_of(backtest).value, difference_of(backtest).p) == (0, 1.0)


def test_counting_writes_no_score_no_stage_and_no_activity():
    draft = make_draft(VISIT, min_fit=0, mql_threshold=10)
    scene()
    tables = (Score, ScoreChange, StageChange, Activity)
    counts = [table.objects.count() for table in tables]

    tried(draft)

    assert [table.objects.count() for table in tables] == counts


def test_many_slices_count_each_lead_once(monkeypatch):
    draft = make_draft(VISIT, min_fit=0)
    scene()
    whole = tried(draft).figures
    monkeypatch.setattr(backtesting, "SLICE", 1)

    sliced = tried(draft)

    assert sliced.figures == whole
    assert (sliced.done_count, sliced.lead_count, sliced.state) == (4, 4, "done")
    assert not DueBacktest.objects.exists()
    assert not continue_backtest(sliced.pk, by=EVERYTHING, as_of=NOW)
    assert Backtest.objects.get(pk=sliced.pk).figures == whole


def test_a_draft_that_is_edited_meanwhile_is_counted_anew(monkeypatch):
    monkeypatch.setattr(backtesting, "SLICE", 3)
    draft = make_draft(VISIT, min_fit=0, mql_threshold=20)
    scene()
    asked = request_backtest(draft.pk, NewBacktest("won", steps=5), by=EVERYTHING, as_of=NOW)
    assert continue_backtest(asked.pk, by=EVERYTHING, as_of=NOW)
    change_limits(draft.pk, {"engagement_cap": 5}, by=EVERYTHING, as_of=NOW + WEEK)

    while continue_backtest(asked.pk, by=EVERYTHING, as_of=NOW):
        pass

    done = Backtest.objects.get(pk=asked.pk)
    (report,) = reports_of(done)
    assert [(band.low, band.leads) for band in report.bands if band.leads] == [(0, 4)]
    assert not done.is_outdated
    change_limits(draft.pk, {"engagement_cap": 6}, by=EVERYTHING, as_of=NOW + 2 * WEEK)
    assert Backtest.objects.get(pk=asked.pk).is_outdated


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (NewBacktest("luck"), "outcome_unknown"),
        (NewBacktest("won", horizon_days=6), "horizon_invalid"),
        (NewBacktest("won", steps=157), "steps_invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, code):
    draft = make_draft(VISIT)

    with pytest.raises(DomainError) as refused:
        request_backtest(draft.pk, asked, by=EVERYTHING, as_of=NOW)

    assert refused.value.code == code
    assert not Backtest.objects.exists()


def test_a_version_of_another_model_cannot_stand_beside():
    draft, other = make_draft(VISIT), make_draft(VISIT, name="Anderes")
    asked = NewBacktest("won", against_id=other.pk)

    with pytest.raises(DomainError) as refused:
        request_backtest(draft.pk, asked, by=EVERYTHING, as_of=NOW)

    assert refused.value.code == "other_model"


def test_one_at_a_time_is_counted_until_it_is_stopped():
    draft = make_draft(VISIT)
    first = request_backtest(draft.pk, NewBacktest("won"), by=EVERYTHING, as_of=NOW)

    with pytest.raises(ConflictError) as refused:
        request_backtest(draft.pk, NewBacktest("sql"), by=EVERYTHING, as_of=NOW)
    stop_backtest(first.pk, by=EVERYTHING, as_of=NOW)
    request_backtest(draft.pk, NewBacktest("sql"), by=EVERYTHING, as_of=NOW)

    assert refused.value.code == "backtest_running"
    states = Backtest.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["failed", "running"]
    assert DueBacktest.objects.count() == 1


def test_who_neither_builds_nor_signs_may_not_have_it_counted():
    draft = make_draft(VISIT)
    rep = user_actor(make_user(Role.SALES_REP))

    with pytest.raises(NotAllowedError):
        request_backtest(draft.pk, NewBacktest("won"), by=rep, as_of=NOW)
    manager = user_actor(make_user(Role.SALES_MANAGER))
    asked = request_backtest(draft.pk, NewBacktest("won"), by=manager, as_of=NOW)

    assert (asked.created_by_id, asked.created_by_label) == (manager.user_id, manager.label)


def test_it_is_gone_with_its_model_and_only_so_many_are_kept(monkeypatch):
    monkeypatch.setattr(backtesting, "KEPT", 1)
    draft = make_draft(VISIT)
    for _n in range(3):
        tried(draft)
    kept = Backtest.objects.aggregate(number=Count("pk"))["number"]

    discard_draft(draft.pk, by=EVERYTHING, as_of=NOW)

    assert (kept, Backtest.objects.count()) == (2, 0)


@pytest.mark.requirement("S86")
def test_few_cases_are_told_to_say_nothing_or_little():
    assert [how_sure(good, 500) for good in (0, 9, 10, 99, 100, 495)] == [
        "nothing",
        "nothing",
        "little",
        "little",
        "",
        "nothing",
    ]
