"""Who gets a lead: the first rule that matches decides and says why.

Deciding takes turns, so it runs inside an action: ``decide`` locks the rules and writes whose turn
it was, so that two workers never give the same turn twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Team, User
from conditions.compile import compile_q
from conditions.describe import describe
from conditions.errors import ConditionError
from conditions.registry import Snapshot
from conditions.tree import Node, parse
from handoff.authority import may_work
from handoff.models import Absence, AssignmentRule, Strategy
from handoff.queries import absences, loads, reps_by_team
from leads.conditions import LEADS
from leads.models import Lead

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets one lead, by which rule, and why in every language; a team alone is its pool."""

    to_user: User | None
    to_team: Team | None
    rule: AssignmentRule | None
    reason: Texts


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a rule puts one lead; ``stand_in_for`` is who is away."""

    user: User | None = None
    stand_in_for: Absence | None = None


def in_every_language(sentence: Callable[[], str]) -> Texts:
    """Return what ``sentence`` says in each language of the pages, by language code."""
    texts = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            texts[code] = sentence()
    return texts


def decide(leads: Sequence[Lead], *, as_of: datetime) -> dict[int, Decision]:
    """Return who gets each lead; leads that no rule can place are left out.

    Somebody who looks after the lead already keeps it. Otherwise the first rule decides that
    matches and has somebody to give to: a rule whose person is away without deputy, or whose team
    is away, gives way to the next one.
    """
    away = absences(as_of)
    decisions = {
        lead.pk: Decision(lead.owner, None, None, in_every_language(_keeps))
        for lead in leads
        if lead.owner is not None and may_work(lead.owner) and lead.owner_id not in away
    }
    waiting = [lead for lead in leads if lead.pk not in decisions]
    if not waiting:
        return decisions
    rules = list(AssignmentRule.objects.filter(is_active=True).order_by("pk").select_for_update())
    desk = _Desk(rules, away)
    snapshot = LEADS.snapshot()
    for rule in sorted(rules, key=lambda rule: (rule.position, rule.pk)):
        node = readable(rule, snapshot)
        if node is not None and waiting:
            decisions |= desk.place(rule, node, waiting, as_of=as_of)
            waiting = [lead for lead in waiting if lead.pk not in decisions]
    AssignmentRule.objects.bulk_update(rules, ["last_user"])
    return decisions


def readable(rule: AssignmentRule, snapshot: Snapshot) -> Node | None:
    """Return the condition of a rule, or None when a field that it uses is gone."""
    try:
        return parse(rule.where, snapshot)
    except ConditionError:
        return None


def _keeps() -> str:
    return _("Looks after this lead already")


class _Desk:
    """Gives the leads of one run to people, with the turns and the numbers of that run."""

    def __init__(self, rules: Sequence[AssignmentRule], away: dict[int, Absence]) -> None:
        self.away = away
        people = User.objects.in_bulk([r.target_user_id for r in rules if r.target_user_id])
        self.people = {pk: person for pk, person in people.items() if may_work(person)}
        self.teams = Team.objects.in_bulk([r.target_team_id for r in rules if r.target_team_id])
        reps = reps_by_team(self.teams)
        self.present = {
            team_id: [person for person in reps[team_id] if person.pk not in away]
            for team_id in reps
        }
        self.loads: dict[int, int] = {}

    def place(
        self, rule: AssignmentRule, node: Node, leads: Sequence[Lead], *, as_of: datetime
    ) -> dict[int, Decision]:
        """Return the decisions of one rule for those of ``leads`` that it matches."""
        matching = set(
            Lead.objects.filter(compile_q(node, as_of=as_of), pk__in=[lead.pk for lead in leads])
            .order_by()
            .values_list("pk", flat=True)
        )
        decisions = {}
        for lead in leads:
            placed = self._next(rule) if lead.pk in matching else None
            if placed is not None:
                team = self.teams.get(rule.target_team_id or 0)
                texts = in_every_language(lambda placed=placed: _sentence(rule, node, placed))  # type: ignore[misc]
                decisions[lead.pk] = Decision(placed.user, team, rule, texts)
        return decisions

    def _next(self, rule: AssignmentRule) -> Placed | None:
        if rule.strategy == Strategy.PERSON:
            return self._person(rule.target_user_id)
        if rule.target_team_id is None:
            return None
        present = self.present[rule.target_team_id]
        if rule.strategy == Strategy.POOL or not present:
            return Placed() if present else None
        if rule.strategy == Strategy.ROUND_ROBIN:
            # The next one after whoever had the last turn, even when that one has left or is away.
            last = rule.last_user_id or 0
            user = next((person for person in present if person.pk > last), present[0])
            rule.last_user = user
            return Placed(user)
        return Placed(self._least_loaded(present))

    def _person(self, user_id: int | None) -> Placed | None:
        person = self.people.get(user_id or 0)
        absence = self.away.get(user_id or 0)
        if person is None or absence is None:
            return Placed(person) if person else None
        deputy = absence.deputy
        if deputy is None or not may_work(deputy) or deputy.pk in self.away:
            return None
        return Placed(deputy, absence)

    def _least_loaded(self, present: Sequence[User]) -> User:
        unknown = [person.pk for person in present if person.pk not in self.loads]
        if unknown:
            self.loads.update(loads(unknown))
        user = min(present, key=lambda person: (self.loads[person.pk], person.pk))
        self.loads[user.pk] += 1
        return user


def _sentence(rule: AssignmentRule, node: Node, placed: Placed) -> str:
    """Return for example: Rule “South”: Postal code starts with “8” → Team South, in turn."""
    if placed.stand_in_for is not None:
        who = _("{deputy}, because {person} is away until {day}").format(
            deputy=placed.user,
            person=placed.stand_in_for.user,
            day=date_format(placed.stand_in_for.until_on),
        )
    elif rule.strategy == Strategy.PERSON:
        who = str(placed.user)
    else:
        who = f"{rule.target_team}, {rule.get_strategy_display()}"
    text = _("Rule “{rule}”: {condition} → {target}").format(
        rule=rule.name, condition=describe(node), target=who
    )
    return f"{text} ({rule.reason})" if rule.reason else text
