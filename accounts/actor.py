"""Who acts. Every action is told, none guesses."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.rights import ROLE_RIGHTS, ROLE_SCOPES, SCOPE_RIGHTS, LeadScope, Right
from ground.errors import NotAllowedError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import ApiToken, User


class ActorKind(TextChoices):
    """What kind of somebody acted."""

    USER = "user", _("Person")
    TOKEN = "token", _("API token")
    SYSTEM = "system", _("System")
    VISITOR = "visitor", _("Visitor")


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts, with the rights it has at this moment.

    ``label`` is kept with what was done, so that the history stays readable when the account is
    gone. ``user_id`` and ``team_id`` are set for people and for the tokens they own.
    """

    kind: ActorKind
    label: str
    rights: frozenset[Right] = field(default=frozenset(), repr=False)
    lead_scope: LeadScope = LeadScope.NONE
    user_id: int | None = None
    team_id: int | None = None
    token_id: int | None = None
    role: str = ""

    def may(self, right: Right) -> bool:
        """Say whether the actor has ``right``."""
        return right in self.rights

    def require(self, *rights: Right) -> None:
        """Raise ``NotAllowedError`` unless the actor has one of ``rights``."""
        if not self.rights.intersection(rights):
            raise NotAllowedError(
                "not_allowed",
                _("You may not do this."),
                details={"needs": [right.value for right in rights]},
            )


def user_actor(user: "User") -> Actor:
    """Return the actor for a person; somebody who was deactivated has no rights."""
    active = user.is_active
    return Actor(
        kind=ActorKind.USER,
        label=user.display_name,
        rights=ROLE_RIGHTS[user.role] if active else frozenset(),
        lead_scope=ROLE_SCOPES[user.role] if active else LeadScope.NONE,
        user_id=user.pk,
        team_id=user.team_id,
        role=user.role,
    )


def token_actor(token: "ApiToken") -> Actor:
    """Return the actor for an API token: its scopes, and never more than its owner may.

    It sees no lead that its owner did not see when it was made, whatever the owner became since.
    """
    owner = user_actor(token.owner)
    rights = scope_rights(token.scopes)
    return Actor(
        kind=ActorKind.TOKEN,
        label=token.name,
        rights=rights & owner.rights,
        lead_scope=owner.lead_scope.narrowed_to(token.lead_scope),
        user_id=owner.user_id,
        team_id=owner.team_id,
        token_id=token.pk,
        role=owner.role,
    )


def scope_rights(scopes: Iterable[str]) -> frozenset[Right]:
    """Return the rights that API scopes stand for."""
    return frozenset().union(*(SCOPE_RIGHTS[scope] for scope in scopes))


def request_actor(request: "HttpRequest") -> Actor:
    """Return the actor behind a request of the web pages; login is checked before."""
    if not request.user.is_authenticated:
        return VISITOR
    return user_actor(request.user)  # type: ignore[arg-type]


# What readers are told instead of the labels of system actors, which history keeps.
_SHOWN: dict[str, str | Promise] = {}


def system_actor(label: str, *rights: Right, shown: str | Promise = "") -> Actor:
    """Return a named system actor that sees every lead and has just these rights.

    ``label`` is what history keeps, ``shown`` what readers are told in their language.
    """
    if shown:
        _SHOWN[label] = shown
    return Actor(ActorKind.SYSTEM, label, frozenset(rights), LeadScope.ALL)


def delegated(by: Actor, *rights: Right) -> Actor:
    """Return ``by`` with ``rights`` for the consequences of what they were allowed to do.

    A rep who rejects a lead may not set the stages of marketing, yet the lead goes back there, and
    the history must say who did it. Only for what an action does by itself, never for input.
    """
    return replace(by, rights=by.rights | frozenset(rights))


VISITOR = Actor(ActorKind.VISITOR, "visitor")
_SHOWN[VISITOR.label] = ActorKind.VISITOR.label
_UNNAMED = (ActorKind.SYSTEM, ActorKind.VISITOR)


def shown_actor(kind: str, label: str) -> str:
    """Return what readers are told of the actor that history keeps as ``kind`` and ``label``."""
    return str(_SHOWN.get(label, label)) if kind in _UNNAMED else label


__all__ = [
    "VISITOR",
    "Actor",
    "ActorKind",
    "delegated",
    "request_actor",
    "scope_rights",
    "shown_actor",
    "system_actor",
    "token_actor",
    "user_actor",
]
