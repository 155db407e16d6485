"""Which websites may embed a form."""

from collections.abc import Sequence

from django.conf import settings


def is_allowed(origin: str, allowed: Sequence[str]) -> bool:
    """Say whether a page of ``origin`` may embed a form with these ``allowed`` origins.

    No list means everywhere. Our own pages are fine. So are requests that name no origin (a form
    without JavaScript in an old browser): what is sent so is flagged. ``null`` is on no list.
    """
    return not allowed or not origin or origin in allowed or origin == settings.BASE_URL


def cors_origin(origin: str, allowed: Sequence[str]) -> str:
    """Return the value of ``Access-Control-Allow-Origin``, or "" for none.

    SECURITY: never together with credentials; the public door knows no session.
    """
    if not allowed:
        return "*"
    return origin if origin and origin != "null" and is_allowed(origin, allowed) else ""
