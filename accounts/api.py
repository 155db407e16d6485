from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.actor import Actor, token_actor
from accounts.idempotency import idempotent
from accounts.limits import Limit, hit
from accounts.models import ApiToken, User
from accounts.tokens import find_token, note_use
from accounts.visitors import client_ip, client_network

if TYPE_CHECKING:  # the views read this module while they are being imported
    from rest_framework.views import APIView

__all__ = [
    "HasScope",
    "TokenAuthentication",
    "TokenScheme",
    "TokenThrottle",
    "actor_of",
    "idempotent",
]


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer <key>``; ``request.auth`` is the token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        try:
            key = parts[1].decode("ascii") if len(parts) == 2 else ""
        except UnicodeDecodeError:
            key = ""
        now = timezone.now()
        token = find_token(key, as_of=now, address=client_ip(request._request))
        if token is None:
            raise AuthenticationFailed(_("This key is not valid."), code="invalid_key")
        note_use(token, as_of=now)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class HasScope(BasePermission):
    """The token has the right that the view names for this method in ``rights``."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if request.auth is None:
            return False
        if not hasattr(view, str(request.method).lower()):
            return True  # the view answers 405
        needed = getattr(view, "rights", {}).get(request.method)
        return needed is not None and actor_of(request).may(needed)


class TokenThrottle(BaseThrottle):
    """So many requests a minute for each token; counted in the database, so Redis may be away."""

    def __init__(self) -> None:
        self._seconds: float | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        now = timezone.now()
        who = str(request.auth.pk) if request.auth else client_network(request._request)
        limit = Limit("api", settings.API_REQUESTS_PER_MINUTE, timedelta(minutes=1))
        until = hit(limit, who, as_of=now)
        if until is not None:
            self._seconds = (until - now).total_seconds()
        return until is None

    def wait(self) -> float | None:
        return self._seconds


def actor_of(request: Request) -> Actor:
    """Return the actor behind an API request."""
    token = request.auth
    assert isinstance(token, ApiToken)
    return token_actor(token)
