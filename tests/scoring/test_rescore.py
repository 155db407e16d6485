from datetime import timedelta

import pytest

from accounts.action import writing
from ground.errors import NotAllowedError
from leads.actions.consent import Declaration, record_consents
from leads.models import FieldDefinition, Lead
from leads.stages import Stage
from scoring.actions.rescoring import Rescored, rescore
from scoring.models import Score, ScoreChange
from tests.factories import EVERYTHING, NOW, make_field, make_lead
from tests.scoring.scene import (
    GERMAN,
    VISITED,
    activity_rule,
    fit_rule,
    happen,
    make_active,
    make_draft,
    points,
    rescored,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.mark.requirement("S80")
def test_fit_and_engagement_add_up_to_the_score():
    make_active(GERMAN, activity_rule(7))
    lead = make_lead(country="DE")
    happen(lead)

    rescored(lead)

    assert points(lead) == (20, 7, 27)


def test_the_caps_of_the_axes_and_of_the_score_hold():
    make_active(fit_rule(80, {"everyone": True}), activity_rule(90), fit_cap=60, engagement_cap=70)
    lead = make_lead()
    happen(lead)

    rescored(lead)

    assert points(lead) == (60, 70, 100)


def test_a_condition_rule_of_engagement_counts_once():
    often = {"field": "activity_count", "op": "at_least", "value": 2, "params": {"kind": VISITED}}
    make_active({**fit_rule(15, often), "axis": "engagement"})
    lead = make_lead()
    for _n in range(3):
        happen(lead)

    rescored(lead)

    assert points(lead) == (0, 15, 15)


@pytest.mark.requirement("S80")
@pytest.mark.parametrize(
    ("country", "visits", "grade"), [("DE", 4, "A1"), ("DE", 2, "A3"), ("AT", 0, "D4")]
)
def test_the_grade_tells_both_axes(country, visits, grade):
    make_active(
        GERMAN, activity_rule(10), grade_a=20, grade_b=15, level_1=40, level_2=30, level_3=5
    )
    lead = make_lead(country=country)
    for _n in range(visits):
        happen(lead)

    rescored(lead)

    assert Lead.objects.get().grade == grade


@pytest.mark.requirement("S05")
@pytest.mark.parametrize(
    ("stage", "visits", "age", "temperature"),
    [
        (Stage.LEAD, 6, 0, "hot"),
        (Stage.LEAD, 6, 14, "hot"),
        (Stage.LEAD, 6, 15, "warm"),
        (Stage.LEAD, 3, 0, "warm"),
        (Stage.LEAD, 2, 0, "cold"),
        (Stage.LEAD, 6, 61, "cold"),
        (Stage.SQL, 0, 0, "hot"),
        (Stage.MQL, 0, 0, "warm"),
    ],
)
def test_the_temperature_follows_from_stage_score_and_recency(stage, visits, age, temperature):
    limits = {"hot_score": 60, "hot_days": 14, "warm_score": 30, "warm_days": 60}
    make_active(activity_rule(10), engagement_cap=100, mql_threshold=100, **limits)
    at = NOW - age * DAY
    lead = make_lead(stage=stage, as_of=at)
    for _n in range(visits):
        happen(lead, at=at)

    rescored(lead)

    assert Lead.objects.get().temperature == temperature


def test_the_second_time_nothing_is_written():
    make_active(GERMAN, activity_rule(7))
    leads = [make_lead(country="DE"), make_lead()]
    happen(leads[0])

    first, second = rescored(*leads), rescored(*leads, as_of=NOW + timedelta(hours=1))

    assert first == Rescored(leads=2, changed=2, mqls=0)
    assert second == Rescored(leads=2, changed=0, mqls=0)
    assert {score.as_of for score in Score.objects.all()} == {NOW}
    assert ScoreChange.objects.count() == 1


def test_every_change_is_kept_with_its_reason():
    version = make_active(activity_rule(40, half_life_days=10))
    lead = make_lead()
    happen(lead)
    rescored(lead)
    rescore([lead.pk], as_of=NOW + 10 * DAY, by=EVERYTHING, reason="decay")

    changes = ScoreChange.objects.order_by("at").values_list(
        "version", "from_total", "to_total", "reason"
    )
    assert list(changes) == [(version.pk, 0, 40, "request"), (version.pk, 40, 20, "decay")]


@pytest.mark.requirement("S74")
def test_the_score_keeps_the_version_that_gave_it():
    make_active(activity_rule(10))
    lead = make_lead()
    happen(lead)
    rescored(lead)
    second = make_active(activity_rule(15))

    rescored(lead)

    assert Score.objects.get().version_id == second.pk
    change = ScoreChange.objects.latest("id")
    assert (change.from_total, change.to_total, change.reason) == (10, 15, "version")
    assert change.version.active_from <= change.at


def test_a_draft_touches_no_score():
    make_draft(GERMAN)
    lead = make_lead(country="DE")

    done = rescored(lead)

    assert done == Rescored()
    assert Score.objects.count() == 0


def test_a_second_model_scores_beside_the_main_one():
    make_active(activity_rule(10))
    make_active(activity_rule(3), name="Partners")
    lead = make_lead()
    happen(lead)

    rescored(lead)

    assert points(lead) == (0, 10, 10)
    assert Score.objects.get(model__name="Partners").total == 3


def test_who_objects_is_not_judged_any_more():
    make_active(GERMAN, activity_rule(10))
    lead = make_lead(country="DE")
    happen(lead)
    rescored(lead)
    no = Declaration(lead.pk, "profiling", "web", "objected", NOW)
    record_consents([no], by=EVERYTHING, as_of=NOW)

    rescored(lead)

    assert points(lead) == (0, 0, 0)
    assert Lead.objects.get().grade == ""


def test_leads_in_the_bin_are_left_out():
    make_active(GERMAN)
    lead = make_lead(country="DE", deleted_at=NOW)

    assert rescored(lead) == Rescored()
    assert rescore(None, as_of=NOW, by=EVERYTHING) == Rescored()


def test_a_rule_that_can_no_longer_be_read_gives_nothing_and_stops_nobody():
    make_field("size", "number")
    big = fit_rule(30, {"field": "custom.size", "op": "at_least", "value": 10})
    make_active(big, GERMAN)
    with writing("scene"):
        FieldDefinition.objects.all().delete()
    lead = make_lead(country="DE")

    rescored(lead)

    assert points(lead) == (20, 0, 20)


def test_rescoring_needs_the_right_to_manage_scoring(rep, actor):
    make_active(GERMAN)
    lead = make_lead(country="DE")

    with pytest.raises(NotAllowedError):
        rescore([lead.pk], as_of=NOW, by=actor(rep))

    assert Score.objects.count() == 0


@pytest.mark.parametrize("size", [1, 30])
def test_the_number_of_queries_does_not_grow_with_the_leads(size, django_assert_num_queries):
    make_active(GERMAN, activity_rule(7, half_life_days=10))
    leads = [make_lead(country="DE") for _n in range(size)]
    for lead in leads:
        happen(lead)

    with django_assert_num_queries(7):
        done = rescored(*leads)

    assert done.changed == size
