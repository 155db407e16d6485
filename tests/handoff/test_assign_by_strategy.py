from datetime import date, timedelta

import pytest

from accounts.action import writing
from accounts.actor import user_actor
from ground.due import drain
from handoff.actions.answers import reject_handoffs, return_handoffs
from handoff.actions.offers import assign_mqls
from handoff.authority import ASSIGNER
from handoff.models import Absence, AssignmentRule, DueHandoff, Handoff
from handoff.ticks import assign, sweep
from leads.actions.lifecycle import change_stage
from leads.models import Lead
from leads.stages import Stage
from tests.factories import EVERYTHING, NOW
from tests.handoff.factories import make_mql, make_offer, make_rule

pytestmark = pytest.mark.django_db

GERMAN = {"field": "country", "op": "is", "value": "DE"}


def run(*leads, as_of=NOW):
    return assign_mqls([lead.pk for lead in leads], by=ASSIGNER, as_of=as_of)


def owners(handoffs):
    return [handoff.to_user for handoff in handoffs]


def away(person, **overrides):
    values = {"from_on": date(2026, 11, 1), "until_on": date(2026, 11, 12), **overrides}
    with writing("scene"):
        return Absence.objects.create(user=person, **values)


def test_the_sweep_finds_held_back_leads_once_a_rule_is_there(rep, team):
    lead = make_mql()
    run(lead)
    make_rule(target_team=team)

    found = sweep(NOW)
    assign(NOW)

    assert found == 1
    assert Handoff.objects.get().to_user == rep
    assert sweep(NOW) == 0


def test_imported_mqls_are_not_swept_up(rep, team):
    make_rule(target_team=team)
    make_mql()

    assert sweep(NOW) == 0


def test_what_was_returned_waits_for_the_manager(rep, team):
    make_rule(target_team=team)
    (handoff,) = run(make_mql())
    return_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)

    assert run(handoff.lead) == []
    assert sweep(NOW) == 0


def test_a_lead_that_was_too_early_is_handed_over_when_it_is_mql_again(rep, team):
    make_rule(target_team=team)
    handoff = make_offer(rep)
    reject_handoffs([handoff.pk], reason="too_early", by=user_actor(rep), as_of=NOW)
    later = NOW + timedelta(days=30)

    change_stage([handoff.lead_id], to=Stage.MQL, by=EVERYTHING, as_of=later)
    assign(later)

    assert Handoff.objects.open().get().offered_at == later
    assert Handoff.objects.count() == 2


def test_one_bad_lead_does_not_hold_up_the_others(rep, team):
    make_rule(target_team=team)
    leads = [make_mql(stage=Stage.LEAD) for _ in range(3)]
    change_stage([lead.pk for lead in leads], to=Stage.MQL, by=EVERYTHING, as_of=NOW)

    def work(rows):
        if any(row.lead_id == leads[1].pk for row in rows):
            raise ValueError("poison")
        assign_mqls([row.lead_id for row in rows], by=ASSIGNER, as_of=NOW)

    result = drain(DueHandoff, work, as_of=NOW)

    assert (result.done, result.failed) == (2, 1)
    assert Lead.objects.filter(owner=rep).count() == 2
    assert DueHandoff.objects.get().attempts == 1


def test_leads_that_are_no_mql_any_more_are_left_alone(rep, team):
    make_rule(target_team=team)
    lead = make_mql(stage=Stage.LEAD)

    assert run(lead) == []


def test_the_number_of_queries_does_not_grow(rep, team, queries):
    make_rule(target_team=team)
    one, many = make_mql(), [make_mql() for _ in range(15)]

    first = queries(lambda: run(one))
    second = queries(lambda: run(*many))

    assert first == second
    assert Handoff.objects.count() == 16
    assert AssignmentRule.objects.get().last_user == rep
