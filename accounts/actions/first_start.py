import secrets
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts import audit, events
from accounts.action import action
from accounts.actor import Actor, user_actor
from accounts.memo import forget
from accounts.models import Organisation, SetupLink, User
from accounts.rights import Role
from accounts.tokens import key_hash
from ground import days
from ground.errors import DomainError

LINK_LIFE = timedelta(days=7)
_SETUP_LOCK = 7_366_170_266


@action
def make_setup_link(*, by: Actor, as_of: datetime) -> str:
    """Make another way to the set-up and return its secret part, which is kept nowhere.

    Earlier links stay good for a week: several machines may start at once.
    """
    SetupLink.objects.filter(created_at__lt=as_of - LINK_LIFE).delete()
    token = secrets.token_urlsafe(24)
    SetupLink.objects.create(token_hash=key_hash(token), created_at=as_of)
    return token


@action
def set_up(
    token: str,
    *,
    organisation: str,
    email: str,
    password: str,
    language: str,
    time_zone: str,
    by: Actor,
    as_of: datetime,
) -> User:
    """Create the organisation and its first administrator; works once, ever.

    Raises ``DomainError`` when there is anybody already or the link is not one of ours.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SETUP_LOCK])
    if not is_setup_open(token, as_of=as_of):
        raise DomainError("set_up_over", _("This installation is set up already."))
    admin = User.objects.create_user(
        email, password, name="", role=Role.ADMIN, language=language, time_zone=time_zone
    )
    Organisation.objects.update_or_create(
        defaults={
            "name": organisation.strip(),
            "email": admin.email,
            "default_language": language,
            "time_zone": time_zone,
        }
    )
    forget("organisation")
    days.forget()
    SetupLink.objects.all().delete()
    audit.record(events.SET_UP, by=user_actor(admin), as_of=as_of, about=admin)
    return admin


def is_setup_open(token: str, *, as_of: datetime) -> bool:
    """Say whether ``token`` leads to the set-up: it does until there is a person."""
    links = SetupLink.objects.filter(token_hash=key_hash(token), created_at__gt=as_of - LINK_LIFE)
    return links.exists() and not User.objects.exists()
