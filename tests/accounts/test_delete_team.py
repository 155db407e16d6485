"""A team goes when nothing needs it any more; until then its deletion names what does."""

import pytest

from accounts.actions.teams import delete_team
from accounts.models import Team
from accounts.rights import Role
from capture.actions.forms import archive_forms
from ground.errors import DomainError
from handoff.actions.rules import RuleInput, create_rule, delete_rule
from handoff.models import AssignmentRule, Strategy
from leads.actions.segments import delete_segment, save_segment
from tests.capture.scene import make_form
from tests.factories import EVERYTHING, NOW, make_team, make_user

pytestmark = pytest.mark.django_db
BY = {"by": EVERYTHING, "as_of": NOW}


def refused(team: Team) -> str:
    with pytest.raises(DomainError) as refusal:
        delete_team(team.pk, **BY)
    assert refusal.value.code == "in_use"
    assert Team.objects.filter(pk=team.pk).exists()
    return str(refusal.value)


def is_in(team: Team) -> dict:
    return {"field": "team", "op": "is", "value": str(team.public_id)}


def test_a_team_that_a_rule_gives_leads_to_stays():
    team = make_team()
    where = {"everyone": True}
    rule = create_rule(RuleInput("South", where, Strategy.ROUND_ROBIN, target_team=team), **BY)

    assert refused(team) == "This team is used by: Assignment rule South"
    assert AssignmentRule.objects.get() == rule
    delete_rule(rule, **BY)
    delete_team(team.pk, **BY)


def test_a_team_that_conditions_name_stays():
    team, person = make_team(), make_user(Role.SALES_REP)
    segment = save_segment(None, name="Northern", where=is_in(team), **BY)
    rule = create_rule(RuleInput("By team", is_in(team), Strategy.PERSON, target_user=person), **BY)

    assert refused(team) == "This team is used by: Assignment rule By team, Segment Northern"
    delete_rule(rule, **BY)
    delete_segment(segment, **BY)
    delete_team(team.pk, **BY)


def test_a_team_that_gets_the_leads_of_a_form_stays_until_that_is_archived():
    team = make_team()
    form = make_form(team_id=team.pk)

    assert refused(team) == f"This team is used by: Form {form.name}"
    archive_forms([form.pk], **BY)
    delete_team(team.pk, **BY)
    assert Team.objects.filter(pk=team.pk).exists() is False
