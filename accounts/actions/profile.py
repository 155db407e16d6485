from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts import audit, events
from accounts.action import action
from accounts.actor import Actor
from accounts.changes import assign
from accounts.links import invited_person
from accounts.mails import ask_for_mail
from accounts.models import User
from accounts.models.bookkeeping import MailKind
from accounts.rights import Right
from ground.errors import DomainError, NotAllowedError

PROFILE_FIELDS = frozenset({"name", "phone", "language", "time_zone", "theme", "has_single_keys"})


@action
def change_profile(user_id: int, values: Mapping[str, Any], *, by: Actor, as_of: datetime) -> User:
    """Set what a person decides about themselves; fields that are not named stay.

    Raises ``ValueError`` for a name that is no such field.
    """
    _check_own(user_id, by)
    unknown = values.keys() - PROFILE_FIELDS
    if unknown:
        raise ValueError(f"No fields of a profile: {', '.join(sorted(unknown))}")
    user = User.objects.select_for_update().get(pk=user_id)
    changed = assign(user, values)
    if changed:
        user.save(update_fields=list(changed))
        if "name" in changed:
            data = {"name": changed["name"]}
            audit.record(events.PERSON_CHANGED, by=by, as_of=as_of, about=user, data=data)
    return user


@action
def change_password(user_id: int, password: str, *, by: Actor, as_of: datetime) -> User:
    """Set another password; every session that was opened with the old one is over.

    An open invitation is used up by it. The caller has checked that the person may: they are
    logged in and knew the old one, or hold a reset link.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    user.set_password(password)
    user.invitation_nonce = ""
    user.save(update_fields=["password", "invitation_nonce"])
    ask_for_mail(MailKind.NOTICE, user.email, "password_changed", as_of=as_of)
    audit.record(events.PASSWORD_CHANGED, by=by, as_of=as_of, about=user)
    return user


@action
def note_security_change(user_id: int, change: str, *, by: Actor, as_of: datetime) -> None:
    """Tell the person and the log that their second factor was changed.

    ``change`` is one of the names in ``accounts.mails.NOTICES``.
    """
    user = User.objects.get(pk=user_id)
    ask_for_mail(MailKind.NOTICE, user.email, change, as_of=as_of)
    audit.record(events.SECURITY_CHANGED, by=by, as_of=as_of, about=user, data={"change": change})


@action
def end_sessions(user_ids: Iterable[int], *, by: Actor, as_of: datetime) -> None:
    """Log people out everywhere."""
    people = User.objects.filter(pk__in=list(user_ids)).order_by("pk")
    for user in people.select_for_update(of=("self",)):
        _check_own(user.pk, by)
        user.session_number += 1
        user.save(update_fields=["session_number"])
        audit.record(events.SESSIONS_ENDED, by=by, as_of=as_of, about=user)


@action
def accept_invitation(token: str, *, name: str, password: str, by: Actor, as_of: datetime) -> User:
    """Give an invited person their first password; the link works no second time.

    Raises ``DomainError`` for a link that is forged, used, replaced or too old.
    """
    found = invited_person(token, as_of=as_of)
    user = found and (
        User.objects.select_for_update()
        .filter(pk=found.pk, invitation_nonce=found.invitation_nonce)
        .first()
    )
    if not user:
        raise DomainError("invitation_over", _("This invitation is no longer valid."))
    user.name = name.strip()
    user.set_password(password)
    user.invitation_nonce = ""
    user.save(update_fields=["name", "password", "invitation_nonce"])
    audit.record(events.INVITATION_ACCEPTED, by=by, as_of=as_of, about=user)
    return user


@action
def ask_for_reset(email: str, *, by: Actor, as_of: datetime) -> None:
    """Have a reset link mailed, should somebody have this address.

    SECURITY: does the same, in the same time, whether or not somebody has it.
    """
    ask_for_mail(MailKind.RESET, email.strip().lower(), as_of=as_of)


@action
def note_login(user_id: int, methods: list[str], *, by: Actor, as_of: datetime) -> None:
    """Write into the log that a person logged in, and by which means."""
    user = User.objects.get(pk=user_id)
    audit.record(events.LOGGED_IN, by=by, as_of=as_of, about=user, data={"by": methods})


@action
def note_limited_login(user_id: int, *, by: Actor, as_of: datetime) -> None:
    """Write into the log that an account was closed for a while after failed logins."""
    audit.record(events.LOGIN_LIMITED, by=by, as_of=as_of, about=User.objects.get(pk=user_id))


def _check_own(user_id: int, by: Actor) -> None:
    if by.user_id != user_id and not by.may(Right.USERS_MANAGE):
        raise NotAllowedError("not_allowed", _("You may not do this."))
