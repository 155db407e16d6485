from datetime import date, time

import pytest

from accounts.actor import user_actor
from accounts.models import AuditEntry
from conditions.errors import ConditionError
from ground.errors import DomainError, NotAllowedError
from handoff.actions.agreements import agree, delete_absence, note_absence
from handoff.actions.rules import (
    RuleInput,
    change_rule,
    create_rule,
    delete_rule,
    order_rules,
)
from handoff.models import Absence, Agreement, AssignmentRule
from handoff.queries import agreement_in_force
from leads.actions.segments import save_segment
from leads.conditions import segment_usages
from tests.factories import EVERYTHING, NOW
from tests.handoff.factories import EVERYONE, make_agreement, make_rule

pytestmark = pytest.mark.django_db


def test_a_new_agreement_replaces_the_old_one_and_is_provable(manager):
    make_agreement()

    agree({"accept_minutes": 30, "remind_minutes": 10}, by=user_actor(manager), as_of=NOW)

    rows = Agreement.objects.order_by("version").values_list("version", "is_active")
    assert list(rows) == [(1, False), (2, True)]
    assert agreement_in_force().accept_minutes == 30
    changed = AuditEntry.objects.get(event="agreement.changed").data["changed"]
    assert changed == {"accept_minutes": [240, 30], "remind_minutes": [60, 10]}


def test_the_same_terms_make_no_new_version(manager):
    make_agreement()

    agree({"accept_minutes": 240}, by=user_actor(manager), as_of=NOW)

    assert Agreement.objects.count() == 1


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"accept_minutes": 0, "remind_minutes": 0}, "accept_minutes"),
        ({"accept_minutes": 60, "remind_minutes": 60}, "remind_minutes"),
        ({"weekdays": []}, "weekdays"),
        ({"opens_at": time(17), "closes_at": time(9)}, "closes_at"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"required_parts": ["everything"]}, "required_parts"),
        ({"region": "XX"}, "region"),
        ({"next_step_days": 0}, "next_step_days"),
    ],
)
def test_impossible_terms_are_refused(manager, terms, field):
    make_agreement()

    with pytest.raises(DomainError) as refusal:
        agree(terms, by=user_actor(manager), as_of=NOW)

    assert refusal.value.field == field
    assert Agreement.objects.get().is_active


@pytest.mark.case("Z08")
def test_reps_and_marketers_do_not_change_the_agreement_or_the_rules(rep, marketer, team):
    rule = make_rule(target_team=team)
    changed = RuleInput("Other", EVERYONE, "pool", target_team=team)

    for person in (rep, marketer):
        by = user_actor(person)
        with pytest.raises(NotAllowedError):
            agree({"accept_minutes": 30}, by=by, as_of=NOW)
        with pytest.raises(NotAllowedError):
            change_rule(rule, changed, by=by, as_of=NOW)
        with pytest.raises(NotAllowedError):
            delete_rule(rule, by=by, as_of=NOW)

    rule.refresh_from_db()
    assert (rule.name, Agreement.objects.count()) == ("Everybody", 0)


def test_rules_are_added_at_the_end_and_can_be_put_in_order(manager, team):
    names = ["A", "B", "C"]
    made = [
        create_rule(
            RuleInput(name, EVERYONE, "round_robin", target_team=team),
            by=user_actor(manager),
            as_of=NOW,
        )
        for name in names
    ]

    order_rules([made[2].pk, made[0].pk], by=user_actor(manager), as_of=NOW)

    assert list(AssignmentRule.objects.values_list("name", flat=True)) == ["C", "A", "B"]
    assert AuditEntry.objects.filter(event="assignment_rule.created").count() == 3


def test_an_equal_rule_is_not_written(manager, team):
    rule = make_rule(target_team=team)

    change_rule(
        rule,
        RuleInput("Everybody", EVERYONE, "round_robin", target_team=team),
        by=user_actor(manager),
        as_of=NOW,
    )

    assert not AuditEntry.objects.filter(event="assignment_rule.changed").exists()


def test_a_rule_that_changes_its_strategy_forgets_the_other_target(manager, rep, team):
    rule = make_rule(target_team=team)

    change_rule(
        rule,
        RuleInput("Rita", EVERYONE, "person", target_user=rep, target_team=team),
        by=user_actor(manager),
        as_of=NOW,
    )

    rule.refresh_from_db()
    assert (rule.target_user, rule.target_team) == (rep, None)


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "Everybody"}, "name"),
        ({"strategy": "dice"}, "strategy"),
        ({"strategy": "person"}, "target_user"),
        ({"strategy": "pool", "target_team": None}, "target_team"),
    ],
)
def test_an_impossible_rule_is_refused(manager, team, overrides, field):
    make_rule(target_team=team)
    values = {"name": "New", "where": EVERYONE, "strategy": "pool", "target_team": team}

    with pytest.raises(DomainError) as refusal:
        create_rule(RuleInput(**(values | overrides)), by=user_actor(manager), as_of=NOW)

    assert refusal.value.field == field
    assert AssignmentRule.objects.count() == 1


def test_a_condition_that_cannot_be_read_is_refused_with_its_place(manager, team):
    rule = RuleInput("New", {"all": [{"field": "nope"}]}, "pool", target_team=team)

    with pytest.raises(ConditionError) as refusal:
        create_rule(rule, by=user_actor(manager), as_of=NOW)

    assert refusal.value.field == "where.all[0].field"


def test_people_note_their_own_absence_and_managers_that_of_the_team(rep, manager, stranger):
    first, last = date(2026, 12, 1), date(2026, 12, 24)

    note_absence(rep, first, last, by=user_actor(rep), as_of=NOW)
    absence = note_absence(rep, first, last, deputy=manager, by=user_actor(manager), as_of=NOW)
    with pytest.raises(NotAllowedError):
        note_absence(rep, first, last, by=user_actor(stranger), as_of=NOW)

    assert Absence.objects.get() == absence
    assert absence.deputy == manager
    delete_absence(absence, by=user_actor(rep), as_of=NOW)
    assert Absence.objects.count() == 0


def test_an_absence_does_not_end_before_it_begins(rep):
    with pytest.raises(DomainError) as refusal:
        note_absence(rep, date(2026, 12, 2), date(2026, 12, 1), by=user_actor(rep), as_of=NOW)

    assert refusal.value.field == "until_on"


def test_a_segment_knows_the_assignment_rules_that_use_it(team):
    segment = save_segment(
        None,
        name="Inland",
        where={"field": "country", "op": "is", "value": "DE"},
        by=EVERYTHING,
        as_of=NOW,
    )
    where = {"field": "segment", "op": "is", "value": str(segment.public_id)}
    make_rule("Germany", target_team=team, where=where)

    (usage,) = segment_usages(segment)

    assert (usage.kind, usage.name) == ("Assignment rule", "Germany")
