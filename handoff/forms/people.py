"""Fields in which people and teams are chosen."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.actor import Actor
from accounts.models import Team, User
from accounts.rights import LeadScope
from handoff.authority import WORKING_ROLES


def workers(actor: Actor) -> QuerySet[User]:
    """Return the people to whom ``actor`` may give something to do: all, the own team, or self."""
    people = User.objects.filter(is_active=True, role__in=WORKING_ROLES)
    if actor.lead_scope == LeadScope.ALL:
        return people
    if actor.team_id is not None:
        return people.filter(team_id=actor.team_id)
    return people.filter(pk=actor.user_id) if actor.user_id is not None else people.none()


def teams(actor: Actor) -> QuerySet[Team]:
    """Return the teams to whose pool ``actor`` may give leads."""
    found = Team.objects.filter(users__in=User.objects.filter(is_active=True)).distinct()
    if actor.lead_scope == LeadScope.ALL:
        return found
    return found.filter(pk=actor.team_id) if actor.team_id is not None else found.none()


class PersonField(forms.ModelChoiceField):
    """One person, by the public id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=User.objects.none(), to_field_name="public_id", **kwargs)


class TeamField(forms.ModelChoiceField):
    """One team, by the public id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Team.objects.none(), to_field_name="public_id", **kwargs)


class TargetField(forms.ChoiceField):
    """Who gets leads: ``user:<public id>``, ``team:<public id>``, or "" for the rules."""

    def offer(
        self, actor: Actor, *, rules_label: Any = "", people_label: Any, pool_label: Any
    ) -> None:
        """List the people and teams that ``actor`` may choose."""
        self.people = {f"user:{person.public_id}": person for person in workers(actor)}
        self.pools = {f"team:{team.public_id}": team for team in teams(actor)}
        choices: list[Any] = [("", rules_label)] if rules_label else []
        choices.append((people_label, [(key, str(value)) for key, value in self.people.items()]))
        choices.append((pool_label, [(key, str(value)) for key, value in self.pools.items()]))
        self.choices = choices

    def chosen(self, value: str) -> dict[str, Any]:
        """Return the chosen one as the arguments of an action."""
        return {"to_user": self.people.get(value), "to_team": self.pools.get(value)}
