"""What is different when htmx asks for a part of a page and not for a page."""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from ground.toasts import undo_url

_KEPT_FOR_THE_NEXT_PAGE = ("HX-Redirect", "HX-Refresh", "HX-Location")


class FragmentMiddleware:
    """Makes ordinary views answer htmx well.

    A redirect after a post becomes a navigation of the whole page. Messages become toasts. When the
    session has ended, the page stays as it is, with what was typed, and offers to sign in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        if request.headers.get("HX-Request") != "true":
            return response
        if 300 <= response.status_code < 400 and response.has_header("Location"):
            response = self._navigate(request, response)
        if not any(name in response for name in _KEPT_FOR_THE_NEXT_PAGE):
            add_toasts(response, _told(request))
        return response

    def _navigate(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        address = response["Location"]
        if address.partition("?")[0] == resolve_url(settings.LOGIN_URL):
            text = _("Your session has ended. Sign in in another tab, then try again here.")
            return add_toasts(unswapped(401), [{"level": "error", "text": text}])
        if request.method == "GET":
            return response
        whole = unswapped(200)
        whole["HX-Redirect"] = address
        whole.cookies = response.cookies
        return whole


def unswapped(status: int) -> HttpResponse:
    """Return an answer that leaves the page as it is."""
    response = HttpResponse(status=status)
    response["HX-Reswap"] = "none"
    return response


def add_toasts(response: HttpResponse, notes: list[dict[str, Any]]) -> HttpResponse:
    """Add toasts to the events that htmx fires, beside those that the view asked for."""
    if not notes:
        return response
    events: dict[str, Any] = {}
    asked = response.get("HX-Trigger", "")
    if asked.startswith("{"):
        events = json.loads(asked)
    elif asked:
        events = {name.strip(): {} for name in asked.split(",")}
    notes = [*events.get("toast", {}).get("notes", []), *notes]
    events["toast"] = {"notes": notes}
    response["HX-Trigger"] = json.dumps(events)
    return response


def _told(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"level": note.level_tag, "text": str(note.message), "undo": undo_url(note.extra_tags)}
        for note in messages.get_messages(request)
    ]
