import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts.action import writing
from ground.ticks import TICKS, run_tick
from leads.actions.consent import Declaration, record_consents
from leads.models import Activity, Lead
from leads.stages import Stage
from scoring import due
from scoring.actions.approval import activate_version
from scoring.actions.rescoring import Rescored
from scoring.due import age_scores, ask_for_leads, drain_scores, sweep_scores
from scoring.models import DueScore, DueSweep, Score, ScoreChange
from tests.factories import EVERYTHING, NOW, make_lead
from tests.scoring.scene import (
    GERMAN,
    activity_rule,
    fit_rule,
    happen,
    make_active,
    make_draft,
    points,
    sign,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_touch_makes_the_score_due_and_the_drain_works_it_out():
    make_active(GERMAN, activity_rule(7))
    lead = make_lead(country="DE")
    happen(lead)

    done = drain_scores(NOW)

    assert done == Rescored(leads=1, changed=1, mqls=0)
    assert points(lead) == (20, 7, 27)
    assert DueScore.objects.count() == 0


def test_what_a_machine_did_asks_for_nothing():
    lead = make_lead()
    drain_scores(NOW)

    happen(lead, is_machine=True)

    assert DueScore.objects.count() == 0


def test_many_things_that_happen_are_one_due_row():
    lead = make_lead()
    for _n in range(3):
        happen(lead)

    assert DueScore.objects.get().lead_id == lead.pk


def test_an_objection_makes_the_score_due():
    make_active(GERMAN)
    lead = make_lead(country="DE")
    drain_scores(NOW)
    no = Declaration(lead.pk, "profiling", "web", "objected", NOW)
    record_consents([no], by=EVERYTHING, as_of=NOW)

    drain_scores(NOW)

    assert points(lead) == (0, 0, 0)


def test_a_change_of_stage_brings_the_temperature_up_to_date():
    make_active(GERMAN, mql_threshold=20)
    lead = make_lead(country="DE")
    drain_scores(NOW)
    before = (Lead.objects.get().stage, Lead.objects.get().temperature)

    drain_scores(NOW + timedelta(minutes=1))

    assert before == (Stage.MQL, "cold")
    assert points(lead) == (20, 0, 20)
    assert Lead.objects.get().temperature == "warm"
    assert DueScore.objects.count() == 0


@pytest.mark.case("J06")
def test_a_drain_that_runs_five_times_has_effects_once():
    make_active(GERMAN, mql_threshold=20)
    lead = make_lead(country="DE")

    for _n in range(5):
        ask_for_leads([lead.pk], as_of=NOW)
        run_tick("scoring.drain", as_of=NOW)

    assert ScoreChange.objects.count() == 1
    assert Activity.objects.filter(kind="score.threshold_crossed").count() == 1


def test_a_waiting_row_that_something_joins_counts_it_though_the_drain_began_before():
    make_active(activity_rule(7))
    lead = make_lead()
    happen(lead, at=NOW + timedelta(microseconds=1))

    drain_scores(NOW)

    assert points(lead) == (0, 7, 7)


def test_a_version_that_goes_live_while_the_drain_runs_judges_the_rest_of_it(monkeypatch):
    make_active(GERMAN)
    later = make_draft(fit_rule(50, {"field": "country", "op": "is", "value": "DE"}))
    sign(later)
    first, second = make_lead(country="DE"), make_lead(country="DE")
    rescore_by = due.rescore_by

    def go_live_after_it(versions, leads, **kwargs):
        done = rescore_by(versions, leads, **kwargs)
        activate_version(later.pk, by=EVERYTHING, as_of=NOW)
        return done

    monkeypatch.setattr(due, "CHUNK", 1)
    monkeypatch.setattr(due, "rescore_by", go_live_after_it)
    drain_scores(NOW)

    assert (points(first), points(second)) == ((20, 0, 20), (50, 0, 50))


def test_a_version_that_goes_live_judges_everybody_and_then_rests():
    version = make_active(GERMAN)
    leads = [make_lead(country="DE") for _n in range(3)]

    first = sweep_scores(NOW)
    second = sweep_scores(NOW)

    assert (first, second) == (3, 0)
    assert {points(lead) for lead in leads} == {(20, 0, 20)}
    assert {score.version_id for score in Score.objects.all()} == {version.pk}
    assert DueSweep.objects.count() == 0


def test_a_sweep_that_was_stopped_carries_on_where_it_was():
    make_active(GERMAN)
    first, second = make_lead(country="DE"), make_lead(country="DE")
    with writing("scene"):
        DueSweep.objects.update(after_id=first.pk)

    done = sweep_scores(NOW)

    assert done == 1
    assert list(Score.objects.values_list("lead", flat=True)) == [second.pk]


def test_once_a_day_the_scores_that_fade_are_worked_out_again():
    make_active(GERMAN, activity_rule(40, half_life_days=10))
    fading, steady = make_lead(), make_lead(country="DE")
    happen(fading)
    drain_scores(NOW)
    sweep_scores(NOW)
    asked = [age_scores(NOW + hours) for hours in (0 * DAY, 0.4 * DAY, DAY)]

    done = sweep_scores(NOW + 10 * DAY)

    assert asked == [1, 0, 0]
    assert done == 1
    assert points(fading) == (0, 20, 20)
    assert points(steady) == (20, 0, 20)
    assert ScoreChange.objects.latest("id").reason == "decay"


def test_a_temperature_falls_by_itself():
    make_active(GERMAN, warm_score=20, warm_days=5, hot_days=5)
    make_lead(country="DE")
    sweep_scores(NOW)
    before = Lead.objects.get().temperature
    age_scores(NOW + 6 * DAY)

    sweep_scores(NOW + 6 * DAY)

    assert (before, Lead.objects.get().temperature) == ("warm", "cold")


def test_a_rule_that_asks_for_a_time_is_looked_after_daily():
    fresh = {"field": "created_at", "op": "in_last_days", "value": 3}
    make_active(fit_rule(20, fresh), warm_score=100, hot_score=100)
    lead = make_lead()
    sweep_scores(NOW)
    before = points(lead)
    age_scores(NOW + 4 * DAY)

    done = sweep_scores(NOW + 4 * DAY)

    assert (before, points(lead), done) == ((20, 0, 20), (0, 0, 0), 1)


def test_the_clock_of_scoring():
    every = {name: TICKS[name].every.total_seconds() for name in TICKS if name[:8] == "scoring."}

    assert every == {
        "scoring.drain": 2,
        "scoring.sweep": 10,
        "scoring.age": 600,
        "scoring.backtest": 5,
    }


def last_line(capsys, *arguments):
    call_command("rescore", *arguments)
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_command_tells_what_it_did_in_its_last_line(capsys):
    make_active(GERMAN, mql_threshold=20)
    make_lead(country="DE")
    make_lead()

    everything = last_line(capsys, "--all", "--as-of", NOW.isoformat())
    again = last_line(capsys, "--all", "--as-of", NOW.isoformat())

    assert everything == {"leads": 2, "changed": 2, "mqls": 1}
    assert again == {"leads": 2, "changed": 1, "mqls": 0}


def test_without_all_the_command_works_through_what_is_due(capsys):
    make_active(GERMAN)
    make_lead(country="DE")

    first, second = (last_line(capsys, "--as-of", NOW.isoformat()) for _n in range(2))

    assert first == {"leads": 1, "changed": 1, "mqls": 0}
    assert second == {"leads": 0, "changed": 0, "mqls": 0}
    assert DueScore.objects.count() == 0
