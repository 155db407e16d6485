"""Links for mails: from the configured address only, never from what a request says."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.urls import reverse
from django.utils.http import int_to_base36

from accounts.models import User

INVITATION_LIFE = timedelta(days=7)
_INVITATION_SALT = "accounts.invitation"


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Tokens that die with the password, the address, the sessions or the account."""

    key_salt = "accounts.reset"

    def _make_hash_value(self, user: User, timestamp: int) -> str:  # type: ignore[override]
        return (
            f"{user.pk}:{user.password}:{user.email}:{user.session_number}:{user.is_active}"
            f":{timestamp}"
        )


reset_tokens = ResetTokenGenerator()


def absolute(path: str) -> str:
    """Return the address of ``path`` as people outside see it."""
    return f"{settings.BASE_URL}{path}"


def reset_link(user: User) -> str:
    """Return the link under which this person sets another password, once."""
    kwargs = {"uidb36": int_to_base36(user.pk), "key": reset_tokens.make_token(user)}
    return absolute(reverse("account_reset_password_from_key", kwargs=kwargs))


def invitation_link(user: User) -> str:
    """Return the link under which an invited person sets their first password, once."""
    content = {"person": str(user.public_id), "nonce": user.invitation_nonce}
    token = signing.dumps(content, salt=_INVITATION_SALT)
    return absolute(reverse("accept_invitation", kwargs={"token": token}))


def invited_person(token: str, *, as_of: datetime) -> User | None:
    """Return whom ``token`` invites, or None when it is forged, used, replaced or too old."""
    try:
        content = signing.loads(token, salt=_INVITATION_SALT)
    except signing.BadSignature:
        return None
    return (
        User.objects.active()
        .filter(public_id=content["person"], invitation_nonce=content["nonce"])
        .filter(invited_at__gt=as_of - INVITATION_LIFE)
        .exclude(invitation_nonce="")
        .first()
    )
