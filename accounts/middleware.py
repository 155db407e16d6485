from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.memo import remembering
from accounts.write_guard import refuse_writes_outside_actions


class PreferencesMiddleware:
    """Show each page in the language and time zone of the person who is logged in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under the person's preferences."""
        if not request.user.is_authenticated:
            return self.get_response(request)
        zone = ZoneInfo(request.user.time_zone or settings.TIME_ZONE)
        with translation.override(request.user.language), timezone.override(zone):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            return self.get_response(request)


class MemoMiddleware:
    """Let what is asked for again and again be read once in each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with a memory of its own."""
        with remembering():
            return self.get_response(request)


class WriteGuardMiddleware:
    """With DEBUG: fail a request that writes to the domain outside an action."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under the guard."""
        with connection.execute_wrapper(refuse_writes_outside_actions):
            return self.get_response(request)
