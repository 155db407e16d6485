from datetime import date

import pytest

from accounts.action import writing
from accounts.rights import Role
from handoff.actions.offers import assign_mqls
from handoff.authority import ASSIGNER
from handoff.models import Absence, DueHandoff, Handoff
from handoff.ticks import assign
from leads.actions.consent import Declaration, record_consents
from leads.actions.lifecycle import change_stage
from leads.models import Activity
from leads.stages import Stage
from tests.factories import EVERYTHING, NOW, make_activity, make_lead, make_user
from tests.handoff.factories import make_mql, make_rule

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


@pytest.mark.requirement("S18")
def test_a_lead_that_becomes_mql_is_with_a_rep_after_one_tick(rep, team):
    make_rule(target_team=team)
    lead = make_mql(stage=Stage.LEAD)

    change_stage([lead.pk], to=Stage.MQL, by=EVERYTHING, as_of=NOW)
    done = assign(NOW)

    lead.refresh_from_db()
    assert (done, lead.owner) == (1, rep)
    assert Handoff.objects.get().origin == "rule"
    assert DueHandoff.objects.count() == 0


@pytest.mark.case("J04")
@pytest.mark.case("J06")
def test_two_ticks_and_the_same_work_again_assign_once(rep, team):
    make_rule(target_team=team)
    lead = make_mql(stage=Stage.LEAD)
    change_stage([lead.pk], to=Stage.MQL, by=EVERYTHING, as_of=NOW)

    first, second = assign(NOW), assign(NOW)
    for _ in range(5):
        run(lead)

    assert (first, second) == (1, 0)
    assert Handoff.objects.count() == 1
    assert Activity.objects.filter(kind="handoff.offered").count() == 1


def test_the_first_rule_that_matches_decides(rep, stranger, team):
    make_rule("Germany", position=1, where=GERMAN, target_team=team)
    make_rule("Rest", position=2, target_team=stranger.team)
    german, other = make_mql(country="DE"), make_mql(country="CH")

    handoffs = run(german, other)

    assert owners(handoffs) == [rep, stranger]
    assert [handoff.rule.name for handoff in handoffs] == ["Germany", "Rest"]


def test_the_position_orders_the_rules_and_not_their_age(rep, stranger, team):
    make_rule("Old", position=2, target_team=stranger.team)
    make_rule("New", position=1, target_team=team)

    assert owners(run(make_mql())) == [rep]


def test_in_turn_everybody_gets_the_same_number(team):
    people = [make_user(Role.SALES_REP, team=team) for _ in range(3)]
    make_rule(target_team=team)

    first = run(*[make_mql() for _ in range(4)])
    second = run(*[make_mql() for _ in range(5)])

    assert owners(first) == [*people, people[0]]
    assert owners(second) == [people[1], people[2], *people]


def test_the_manager_of_the_team_is_not_in_the_turn(manager, rep, team):
    make_rule(target_team=team)

    assert owners(run(make_mql(), make_mql())) == [rep, rep]


def test_the_turn_goes_on_when_the_last_one_has_left(team):
    first, second, third = (make_user(Role.SALES_REP, team=team) for _ in range(3))
    make_rule(target_team=team, last_user=second)
    with writing("scene"):
        type(second).objects.filter(pk=second.pk).update(is_active=False)

    assert owners(run(make_mql(), make_mql())) == [third, first]


def test_whoever_has_the_fewest_leads_gets_the_next(team):
    busy, free = (make_user(Role.SALES_REP, team=team) for _ in range(2))
    for _ in range(2):
        make_lead(stage=Stage.SQL, owner=busy, team=team)
    make_rule(target_team=team, strategy="least_loaded")

    assert owners(run(*[make_mql() for _ in range(4)])) == [free, free, busy, free]


def test_a_rule_can_give_to_the_pool_of_a_team(rep, team):
    make_rule(target_team=team, strategy="pool")

    (handoff,) = run(make_mql())

    assert (handoff.to_user, handoff.to_team, handoff.lead.owner_id) == (None, team, None)


def test_a_rule_can_name_a_person(stranger):
    make_rule("Key accounts", target_user=stranger, strategy="person", reason="Knows them all")

    (handoff,) = run(make_mql())

    assert handoff.to_user == stranger
    assert handoff.assignment_reason["en"] == (
        "Rule “Key accounts”: everyone → Sven Fremd (Knows them all)"
    )


def test_somebody_who_is_away_gets_nothing(team):
    here, gone = (make_user(Role.SALES_REP, team=team) for _ in range(2))
    away(gone)
    make_rule(target_team=team)

    assert owners(run(make_mql(), make_mql())) == [here, here]


@pytest.mark.parametrize(
    ("from_on", "until_on", "is_away"),
    [
        (date(2026, 11, 2), date(2026, 11, 2), True),
        (date(2026, 11, 1), date(2026, 11, 1), False),
        (date(2026, 11, 3), date(2026, 11, 9), False),
    ],
)
def test_the_first_and_the_last_day_of_an_absence_count(team, from_on, until_on, is_away):
    person, other = (make_user(Role.SALES_REP, team=team) for _ in range(2))
    away(person, from_on=from_on, until_on=until_on)
    make_rule(target_team=team)

    assert owners(run(make_mql())) == [other if is_away else person]


def test_the_deputy_takes_the_leads_of_somebody_who_is_away(rep, stranger):
    away(rep, deputy=stranger)
    make_rule("Rita", target_user=rep, strategy="person")

    (handoff,) = run(make_mql())

    assert handoff.to_user == stranger
    assert handoff.assignment_reason["en"] == (
        "Rule “Rita”: everyone → Sven Fremd, because Rita Vertrieb is away until Nov. 12, 2026"
    )


def test_a_rule_whose_person_is_away_gives_way_to_the_next(rep, stranger):
    away(rep)
    make_rule("Rita", position=1, target_user=rep, strategy="person")
    make_rule("Rest", position=2, target_user=stranger, strategy="person")

    assert owners(run(make_mql())) == [stranger]


def test_whoever_looks_after_a_lead_keeps_it(rep, stranger):
    make_rule(target_team=stranger.team)

    (handoff,) = run(make_mql(owner=rep, team=rep.team))

    assert (handoff.to_user, handoff.assignment_reason["en"]) == (
        rep,
        "Looks after this lead already",
    )


def test_a_rule_whose_field_is_gone_is_passed_over(rep, stranger, team):
    make_rule(
        "Broken", position=1, where={"field": "gone", "op": "is", "value": 1}, target_team=team
    )
    make_rule("Rest", position=2, target_team=stranger.team)

    assert owners(run(make_mql())) == [stranger]


def test_an_inactive_rule_decides_nothing(team, rep):
    make_rule(target_team=team, is_active=False)

    assert run(make_mql()) == []


@pytest.mark.requirement("S92")
def test_an_incomplete_lead_is_held_back_and_its_history_says_why(rep, team):
    make_rule(target_team=team)
    lead = make_mql(is_complete=False)

    run(lead)
    run(lead)

    assert Handoff.objects.count() == 0
    held = Activity.objects.get(kind="handoff.held_back")
    assert held.data == {"missing": ["interest", "consent", "events"]}


def test_a_held_back_lead_is_handed_over_when_the_consent_arrives(rep, team):
    make_rule(target_team=team)
    lead = make_lead(stage=Stage.LEAD)
    make_activity(lead, "note.added", data={"content": "Whitepaper"})
    change_stage([lead.pk], to=Stage.MQL, by=EVERYTHING, as_of=NOW)
    assign(NOW)

    consent = Declaration(lead.pk, "marketing", "phone", "granted", NOW)
    record_consents([consent], by=EVERYTHING, as_of=NOW)
    assign(NOW)

    assert Handoff.objects.get().to_user == rep
