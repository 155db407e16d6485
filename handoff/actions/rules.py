"""The assignment rules, in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.audit import record as audit
from accounts.changes import assign
from accounts.models import Team, User
from accounts.rights import Right
from conditions.tree import to_json
from ground.errors import DomainError
from handoff.authority import may_work
from handoff.events import RULE_CHANGED, RULE_CREATED, RULE_DELETED
from handoff.models import AssignmentRule, Strategy
from leads.conditions import lead_condition
from leads.normalise import clean_text

# Rules are few; one lock keeps names and positions straight.
_LOCK = 7_366_170_266


@dataclass(frozen=True, slots=True)
class RuleInput:
    """What somebody says about a rule; ``where`` is condition JSON."""

    name: str
    where: Mapping[str, Any]
    strategy: str
    target_user: User | None = None
    target_team: Team | None = None
    reason: str = ""
    is_active: bool = True


@action
def create_rule(rule: RuleInput, *, by: Actor, as_of: datetime) -> AssignmentRule:
    """Add a rule at the end. Raises ``DomainError`` as ``change_rule`` does."""
    values = _checked(rule, None, by)
    last = AssignmentRule.objects.aggregate(last=Max("position"))["last"] or 0
    created = AssignmentRule.objects.create(**values, position=last + 1)
    audit(RULE_CREATED, by=by, as_of=as_of, about=created, data=_told(values))
    return created


@action
def change_rule(
    rule: AssignmentRule, to: RuleInput, *, by: Actor, as_of: datetime
) -> AssignmentRule:
    """Change what a rule says; an equal rule is not written.

    Raises ``ConditionError`` for a condition that cannot be read and ``DomainError``:
    ``rule_name``, ``rule_name_taken``, ``rule_target`` for a target that does not fit the
    strategy, ``target_cannot_work``.
    """
    values = _checked(to, rule, by)
    row = AssignmentRule.objects.select_for_update().get(pk=rule.pk)
    changed = assign(row, values)
    if changed:
        row.save(update_fields=sorted(name.removesuffix("_id") for name in changed))
        audit(RULE_CHANGED, by=by, as_of=as_of, about=row, data={"changed": changed})
    return row


@action
def delete_rule(rule: AssignmentRule, *, by: Actor, as_of: datetime) -> None:
    """Delete a rule; hand-overs keep the sentence that it gave them."""
    by.require(Right.ASSIGNMENT_MANAGE)
    _lock()
    row = AssignmentRule.objects.filter(pk=rule.pk).first()
    if row is not None:
        audit(RULE_DELETED, by=by, as_of=as_of, about=row, data={"name": row.name})
        row.delete()


@action
def order_rules(rule_ids: Sequence[int], *, by: Actor, as_of: datetime) -> None:
    """Put the rules into this order; rules that are not named come after them."""
    by.require(Right.ASSIGNMENT_MANAGE)
    _lock()
    rules = {rule.pk: rule for rule in AssignmentRule.objects.all()}
    named = [rules.pop(key) for key in dict.fromkeys(rule_ids) if key in rules]
    moved = []
    for position, rule in enumerate([*named, *rules.values()], start=1):
        if rule.position != position:
            rule.position = position
            moved.append(rule)
    if moved:
        AssignmentRule.objects.bulk_update(moved, ["position"])
        names = [rule.name for rule in named]
        audit(RULE_CHANGED, by=by, as_of=as_of, data={"order": names})


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _checked(rule: RuleInput, known: AssignmentRule | None, by: Actor) -> dict[str, Any]:
    by.require(Right.ASSIGNMENT_MANAGE)
    _lock()
    name = clean_text(rule.name, limit=100)
    if not name:
        raise DomainError("rule_name", _("Give the rule a name."), field="name")
    others = AssignmentRule.objects.filter(name=name)
    if known is not None:
        others = others.exclude(pk=known.pk)
    if others.exists():
        raise DomainError("rule_name_taken", _("There is a rule of this name."), field="name")
    node = lead_condition(rule.where, actor=by, is_personal=False)
    _check_target(rule)
    by_person = rule.strategy == Strategy.PERSON
    return {
        "name": name,
        "where": to_json(node),
        "strategy": rule.strategy,
        "target_user_id": rule.target_user.pk if rule.target_user and by_person else None,
        "target_team_id": rule.target_team.pk if rule.target_team and not by_person else None,
        "reason": clean_text(rule.reason, limit=200),
        "is_active": rule.is_active,
    }


def _check_target(rule: RuleInput) -> None:
    if rule.strategy not in Strategy.values:
        raise DomainError("rule_target", _("Say who gets the leads."), field="strategy")
    if rule.strategy == Strategy.PERSON:
        if rule.target_user is None:
            raise DomainError("rule_target", _("Choose a person."), field="target_user")
        if not may_work(rule.target_user):
            raise DomainError(
                "target_cannot_work", _("This person cannot take leads."), field="target_user"
            )
    elif rule.target_team is None:
        raise DomainError("rule_target", _("Choose a team."), field="target_team")


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "")}
