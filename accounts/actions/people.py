import secrets
from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts import audit, events
from accounts.action import action
from accounts.actions.tokens import revoke_tokens
from accounts.actor import Actor
from accounts.changes import assign
from accounts.mails import ask_for_mail
from accounts.models import ApiToken, Team, User
from accounts.models.bookkeeping import MailKind
from accounts.rights import Right, Role
from ground.errors import DomainError


@action
def invite_person(
    *,
    email: str,
    name: str,
    role: str,
    team: Team | None = None,
    language: str = "en",
    time_zone: str = "Europe/Berlin",
    by: Actor,
    as_of: datetime,
) -> User:
    """Add a person who has no password yet, and mail them a link that works once.

    Raises ``DomainError`` when the address is in use or the role does not exist.
    """
    by.require(Right.USERS_MANAGE)
    _check_role(role)
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise DomainError("email_taken", _("Somebody with this address is here already."), "email")
    user = User.objects.create_user(
        email,
        name=name.strip(),
        role=role,
        team=team,
        language=language,
        time_zone=time_zone,
        invitation_nonce=secrets.token_hex(16),
        invited_at=as_of,
    )
    ask_for_mail(MailKind.INVITATION, email, as_of=as_of)
    audit.record(
        events.PERSON_INVITED, by=by, as_of=as_of, about=user, data={"email": email, "role": role}
    )
    return user


@action
def renew_invitations(user_ids: Iterable[int], *, by: Actor, as_of: datetime) -> list[User]:
    """Send invited people a new link; the earlier one stops working.

    Leaves out who has joined or was deactivated.
    """
    by.require(Right.USERS_MANAGE)
    waiting = [user for user in _locked(user_ids) if user.is_active and not user.has_joined]
    for user in waiting:
        user.invitation_nonce = secrets.token_hex(16)
        user.invited_at = as_of
        user.save(update_fields=["invitation_nonce", "invited_at"])
        ask_for_mail(MailKind.INVITATION, user.email, as_of=as_of)
        audit.record(events.INVITATION_RENEWED, by=by, as_of=as_of, about=user)
    return waiting


@action
def change_person(
    user_id: int,
    *,
    name: str,
    role: str,
    team: Team | None,
    by: Actor,
    as_of: datetime,
) -> User:
    """Change name, role and team of a person; another role or team ends their sessions.

    Raises ``DomainError`` when this would take the role from the last administrator.
    """
    by.require(Right.USERS_MANAGE)
    _check_role(role)
    admins = _locked_admins()
    (user,) = _locked([user_id])
    if user.role == Role.ADMIN != role:
        _keep_one_admin(admins, without=[user])
    values = {"name": name.strip(), "role": role, "team_id": team.pk if team else None}
    changed = assign(user, values)
    if not changed:
        return user
    if {"role", "team_id"} & changed.keys():
        user.session_number += 1
    user.save(update_fields=[*changed, "session_number"])
    audit.record(events.PERSON_CHANGED, by=by, as_of=as_of, about=user, data=changed)
    return user


@action
def deactivate_people(user_ids: Iterable[int], *, by: Actor, as_of: datetime) -> list[User]:
    """Shut people out: no login, no session, no API key of theirs works any longer.

    Their keys are revoked for good, as nobody who lets them in again thinks of these. What they did
    and own stays. Raises ``DomainError`` when no administrator would be left.
    """
    by.require(Right.USERS_MANAGE)
    admins = _locked_admins()
    leaving = [user for user in _locked(user_ids) if user.is_active]
    _keep_one_admin(admins, without=leaving)
    for user in leaving:
        user.is_active = False
        user.invitation_nonce = ""
        user.session_number += 1
        user.save(update_fields=["is_active", "invitation_nonce", "session_number"])
    keys = ApiToken.objects.filter(owner__in=leaving).values_list("pk", flat=True)
    revoke_tokens(list(keys), by=by, as_of=as_of)
    for user in leaving:
        audit.record(events.PERSON_DEACTIVATED, by=by, as_of=as_of, about=user)
    return leaving


@action
def reactivate_people(user_ids: Iterable[int], *, by: Actor, as_of: datetime) -> list[User]:
    """Let people in again, with the role and password they had; they need new API keys."""
    by.require(Right.USERS_MANAGE)
    back = [user for user in _locked(user_ids) if not user.is_active]
    for user in back:
        user.is_active = True
        user.save(update_fields=["is_active"])
        audit.record(events.PERSON_REACTIVATED, by=by, as_of=as_of, about=user)
    return back


def _locked(user_ids: Iterable[int]) -> list[User]:
    return list(
        User.objects.filter(pk__in=list(user_ids)).order_by("pk").select_for_update(of=("self",))
    )


def _locked_admins() -> set[int]:
    """Lock every able administrator, so that two of them cannot remove each other at once."""
    admins = User.objects.able_admins().order_by("pk").select_for_update(of=("self",))
    return {user.pk for user in admins}


def _keep_one_admin(admins: set[int], *, without: list[User]) -> None:
    if admins and not admins - {user.pk for user in without}:
        raise DomainError("last_admin", _("One administrator must stay."), "role")


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise DomainError("unknown_role", _("There is no such role."), "role")
