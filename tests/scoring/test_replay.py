"""Scores of the past: nothing looks ahead, and they are those of the one evaluator."""

import random
from datetime import timedelta

import pytest

from accounts.action import writing
from leads.actions.consent import Declaration, record_consents
from leads.actions.segments import save_segment
from leads.models import Lead
from scoring.compiled import asks_for_time, compile_ruleset
from scoring.rulesets import load_rulesets
from tests.factories import EVERYTHING, make_field
from tests.scoring import past
from tests.scoring.past import STEPS, before, move, past_lead, seats
from tests.scoring.scene import (
    DOWNLOADED,
    GERMAN,
    LEFT,
    activity_rule,
    fit_rule,
    happen,
    make_draft,
    totals,
)

pytestmark = pytest.mark.django_db
EACH = activity_rule(10)


def test_a_lead_is_worth_what_it_had_done_by_each_step():
    draft = make_draft(GERMAN, EACH)
    lead = past_lead(country="DE")
    happen(lead, at=before(1))
    happen(lead, at=before(3))

    assert past.totals(draft, lead) == {0: 20, 1: 30, 2: 30, 3: 40, 4: 40}


@pytest.mark.requirement("S87")
def test_what_happened_later_or_was_recorded_later_does_not_count_yet():
    often = {"field": "activity_count", "op": "at_least", "value": 1}
    asked = {**often, "params": {"kind": DOWNLOADED}}
    draft = make_draft(EACH, fit_rule(7, asked))
    lead = past_lead()
    happen(lead, at=before(2))
    happen(lead, DOWNLOADED, at=before(1), recorded_at=before(4))
    happen(lead, at=before(1), recorded_at=before(3))

    assert past.totals(draft, lead) == {0: 0, 1: 0, 2: 10, 3: 20, 4: 27}


def test_only_leads_that_were_there_and_with_marketing_are_looked_at():
    draft = make_draft(fit_rule(20, {"everyone": True}))
    late, sold, again, gone = (past_lead(since=s) for s in (2, 0, 0, 0))
    move(sold, "sql", before(2))
    move(again, "sql", before(1))
    move(again, "lead", before(3))
    with writing("scene"):
        Lead.objects.filter(pk=gone.pk).update(deleted_at=before(4))

    found = seats(draft, late, sold, again, gone)

    assert [seat and seat.steps for seat in found] == [[2, 3, 4], [0, 1], [0, 3, 4], None]


def test_who_objected_to_being_judged_is_left_out():
    draft = make_draft(GERMAN)
    lead = past_lead(country="DE")
    no = Declaration(lead.pk, "profiling", "web", "objected", before(4))
    record_consents([no], by=EVERYTHING, as_of=before(4))

    assert seats(draft, lead) == [None]


def test_rules_that_know_how_it_ended_give_nothing():
    ended = {"field": "stage", "op": "is", "value": "customer"}
    segment = save_segment(None, name="Kunden", where=ended, by=EVERYTHING, as_of=before(0))
    inside = {"field": "segment", "op": "is", "value": str(segment.public_id)}
    draft = make_draft(GERMAN, fit_rule(50, ended), fit_rule(9, {"not": inside}))
    lead = past_lead(country="DE")
    move(lead, "customer", before(3))

    assert past.totals(draft, lead) == {0: 20, 1: 20, 2: 20}


def test_a_replay_gives_what_the_chain_gives_at_each_moment():
    rules = [
        GERMAN,
        activity_rule(7, half_life_days=9, cap=30),
        activity_rule(-3, LEFT, half_life_days=14),
        activity_rule(11, DOWNLOADED, counting="first", half_life_days=20),
        activity_rule(4, DOWNLOADED, counting="first"),
        activity_rule(5, DOWNLOADED, counting="distinct", distinct_by="scene_content"),
        activity_rule(2, counting="distinct", distinct_by="day", half_life_days=30),
        fit_rule(6, {"field": "created_at", "op": "in_last_days", "value": 21}),
    ]
    dice = random.Random(7)
    leads = [past_lead(country=dice.choice(["DE", "AT"])) for _n in range(12)]
    for lead in leads:
        for _n in range(dice.randrange(12)):
            at = before(dice.randrange(5), hours=dice.randrange(1, 900))
            kind = dice.choice(["scene.visited", DOWNLOADED, LEFT])
            data = {"content": dice.choice("abc"), "path": "/"}
            later = at + timedelta(hours=dice.choice([0, 0, 200]))
            happen(lead, kind, at=at, recorded_at=later, data=data)

    for draft in (make_draft(*rules, engagement_cap=60), make_draft(*rules[:-1], name="Ohne Zeit")):
        (ruleset,) = load_rulesets([draft])
        replayed = seats(draft, *leads)
        for number, step in enumerate(STEPS):
            compiled = compile_ruleset(ruleset, as_of=step.at, known_at=step.at)
            expected = totals(compiled, *leads)
            assert [seat.totals[number] for seat in replayed if seat] == expected
        assert len({total for seat in replayed if seat for total in seat.totals}) > 20


def test_own_fields_alone_do_not_ask_for_the_time():
    make_field("employees", "number")
    many = {"field": "custom.employees", "op": "at_least", "value": 50}
    young = {"field": "created_at", "op": "in_last_days", "value": 7}
    plain, timed = make_draft(fit_rule(5, many)), make_draft(fit_rule(5, young), name="Zeit")

    rulesets = load_rulesets([plain, timed])

    assert [asks_for_time(ruleset, as_of=STEPS[0].at) for ruleset in rulesets] == [False, True]
