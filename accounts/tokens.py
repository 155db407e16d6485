"""API keys: made once, shown once, kept as a hash."""

import hashlib
import secrets
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db.models import Q

from accounts.models import ApiToken
from accounts.rights import ApiScope

KEY_PREFIX = "lcrm_"
# So many characters tell keys apart in lists and logs; the other 200 bits stay secret.
SHOWN = 12
_READABLE = {
    ApiScope.LEADS_READ: "leads/",
    ApiScope.FORMS_READ: "forms/",
    ApiScope.SUBMISSIONS_READ: "submissions/",
    ApiScope.DEALS_READ: "opportunities/",
    ApiScope.DEALS_WRITE: "opportunities/",
}
_NOTE_USE_EVERY = timedelta(minutes=1)


def new_key() -> str:
    """Return a fresh key of 32 random bytes."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def key_prefix(key: str) -> str:
    """Return the beginning of ``key`` that may be shown."""
    return key[:SHOWN]


def key_hash(key: str) -> str:
    """Return the hash that is stored for ``key``; a key is random, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def find_token(key: str, *, as_of: datetime, address: str = "") -> ApiToken | None:
    """Return the token that ``key`` opens at ``as_of`` from ``address``, or None.

    A revoked or expired key, one whose owner was deactivated and one that is bound to other
    networks open nothing.
    """
    token = (
        ApiToken.objects.select_related("owner")
        .filter(key_hash=key_hash(key), revoked_at=None, expires_at__gt=as_of)
        .filter(owner__is_active=True)
        .first()
    )
    if token is None or not _may_come_from(token, address):
        return None
    return token


def note_use(token: ApiToken, *, as_of: datetime) -> None:
    """Remember when the key was last used, to the minute."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=as_of - _NOTE_USE_EVERY)
    if token.last_used_at is None or token.last_used_at < as_of - _NOTE_USE_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=as_of)


def _may_come_from(token: ApiToken, address: str) -> bool:
    if not token.allowed_networks:
        return True
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    return any(peer in ip_network(network, strict=False) for network in token.allowed_networks)


def example_call(token: ApiToken, key: str) -> str:
    """Return a command that works as it is: it creates a lead, or reads what the key may read."""
    head = f'curl -H "Authorization: Bearer {key}"'
    address = f"{settings.BASE_URL}/api/v1/"
    if ApiScope.LEADS_WRITE in token.scopes:
        body = '{"channel": "api", "first_name": "Ada", "email": "ada@example.org"}'
        return f"{head} -H \"Content-Type: application/json\" -d '{body}' {address}leads/"
    readable = (path for scope, path in _READABLE.items() if scope in token.scopes)
    return f"{head} {address}{next(readable, 'schema/')}"
