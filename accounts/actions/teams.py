from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts import audit, events
from accounts.action import action
from accounts.actor import Actor
from accounts.changes import assign
from accounts.models import Team
from accounts.rights import Right
from ground.errors import DomainError

# Each returns the names of what would miss a team.
_uses: list[Callable[[Team], Iterable[str]]] = []


def register_team_use(names: Callable[[Team], Iterable[str]]) -> None:
    """Let ``names`` say what uses a team, so that it is not deleted under it."""
    _uses.append(names)


@action
def create_team(*, name: str, by: Actor, as_of: datetime) -> Team:
    """Create a team; raises ``DomainError`` when the name is in use."""
    by.require(Right.USERS_MANAGE)
    name = _free_name(name)
    team = Team.objects.create(name=name)
    audit.record(events.TEAM_CREATED, by=by, as_of=as_of, about=team, data={"name": name})
    return team


@action
def rename_team(team_id: int, *, name: str, by: Actor, as_of: datetime) -> Team:
    """Give a team another name; raises ``DomainError`` when the name is in use."""
    by.require(Right.USERS_MANAGE)
    team = Team.objects.select_for_update().get(pk=team_id)
    changed = assign(team, {"name": _free_name(name, but=team_id)})
    if changed:
        team.save(update_fields=["name"])
        audit.record(events.TEAM_RENAMED, by=by, as_of=as_of, about=team, data=changed)
    return team


@action
def delete_team(team_id: int, *, by: Actor, as_of: datetime) -> None:
    """Delete a team that nobody is in; its leads are then in no team.

    Raises ``DomainError`` while people are in it, without a team they would see fewer leads, and
    while anything else uses it (``in_use``), with its names.
    """
    by.require(Right.USERS_MANAGE)
    team = Team.objects.select_for_update().get(pk=team_id)
    if team.users.exists():
        raise DomainError("team_in_use", _("There are still people in this team."))
    if names := [name for names_of in _uses for name in names_of(team)]:
        listed = ", ".join(names)
        raise DomainError("in_use", _("This team is used by: %(names)s") % {"names": listed})
    audit.record(events.TEAM_DELETED, by=by, as_of=as_of, about=team, data={"name": team.name})
    team.delete()


def _free_name(name: str, *, but: int | None = None) -> str:
    name = name.strip()
    if not name:
        raise DomainError("name_missing", _("A team needs a name."), "name")
    same = Team.objects.filter(name__iexact=name)
    if (same if but is None else same.exclude(pk=but)).exists():
        raise DomainError("name_taken", _("There is a team of this name already."), "name")
    return name
