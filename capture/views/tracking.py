import json
import re
import secrets
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.visitors import client_network
from capture import throttle
from capture.actions.visits import NewView, forget_visitors, note_seconds, record_views
from capture.actors import CAPTURE
from capture.attribution import clean_address
from capture.machines import is_machine
from capture.models import Visitor
from capture.outage import DatabaseAwayError, with_database
from leads.normalise import clean_text

MAX_BODY = 16 * 1024
_TOKEN = re.compile(r"^[0-9a-f]{32}$")


@csrf_exempt  # sent by other websites; no session is known and nothing is read
@require_http_methods(["POST", "OPTIONS"])
def track(request: HttpRequest) -> HttpResponse:
    """Take one event of ``t.js``: a view, the seconds of a view, or "forget me"."""
    answer: dict[str, str] = {}
    if request.method == "POST" and not _is_unwanted(request):
        data = _read(request)
        try:
            answer = with_database(lambda: _take(request, data)) if data else {}
        except DatabaseAwayError:
            answer = {}
    response: HttpResponse = JsonResponse(answer) if answer else HttpResponse(status=204)
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "POST"
    response["Access-Control-Allow-Headers"] = "Content-Type"
    response["Cache-Control"] = "no-store"
    return response


def _is_unwanted(request: HttpRequest) -> bool:
    """SECURITY: the script asks the browser, too; whoever calls us directly is asked here."""
    if request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1":
        return True
    return throttle.visits.hit(client_network(request)) != throttle.Pace.FINE


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        data = json.loads(request.read(MAX_BODY).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _take(request: HttpRequest, data: dict[str, Any]) -> dict[str, str]:
    now = timezone.now()
    token = str(data.get("v", ""))[:100]
    is_ours = bool(_TOKEN.match(token)) and Visitor.objects.filter(token=token).exists()
    if data.get("e") == "forget":
        if is_ours:
            forget_visitors([token], by=CAPTURE, as_of=now)
        return {}
    if data.get("e") == "leave":
        _leave(data)
        return {}
    url = clean_address(str(data.get("u", "")))
    if data.get("e") != "view" or not url or data.get("c") is not True:
        return {}
    # An id that we did not make is none: whoever sends it becomes a new visitor.
    known = token if is_ours else secrets.token_hex(16)
    record_views([_view(request, data, known, url)], by=CAPTURE, as_of=now)
    return {} if is_ours else {"v": known}


def _view(request: HttpRequest, data: dict[str, Any], token: str, url: str) -> NewView:
    return NewView(
        token=token,
        key=_key(data) or uuid4(),
        url=url,
        path=urlsplit(url).path or "/",
        title=clean_text(str(data.get("t", "")), limit=300),
        referrer=clean_address(str(data.get("r", ""))),
        is_machine=is_machine(request),
    )


def _key(data: dict[str, Any]) -> UUID | None:
    try:
        return UUID(str(data.get("p", "")))
    except ValueError:
        return None


def _leave(data: dict[str, Any]) -> None:
    key, seconds = _key(data), data.get("s")
    if key is not None and isinstance(seconds, int | float) and 0 < seconds < 10**6:
        note_seconds({key: int(seconds)}, by=CAPTURE, as_of=timezone.now())
