from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from capture.actions.identifying import forget_visitors
from capture.actions.visits import record_batch
from capture.actors import CAPTURE
from capture.guard.doors import TRACK
from capture.guard.throttle import Pace
from capture.machines import machine_reason
from capture.outage import DatabaseAwayError, with_database
from capture.switches import switches
from capture.telling import read_batch, read_json, token_of

MAX_BODY = 64 * 1024


@csrf_exempt  # sent by other websites; no session is known and nothing is read
@require_http_methods(["POST", "OPTIONS"])
def track(request: HttpRequest) -> HttpResponse:
    """Take a batch of events of ``t.js``, or "forget me"."""
    answer: dict[str, str] = {}
    if request.method == "POST":
        data = {} if _is_beyond(request) else read_json(request.read(MAX_BODY))
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


def _is_beyond(request: HttpRequest) -> bool:
    return TRACK.enter(request) != Pace.FINE


def _is_refused(request: HttpRequest) -> bool:
    """SECURITY: the script asks the browser, too; whoever calls us directly is asked here."""
    return request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1"


def _take(request: HttpRequest, data: dict[str, Any]) -> dict[str, str]:
    now = timezone.now()
    if data.get("e") == "forget":
        if token := token_of(data):
            forget_visitors([token], by=CAPTURE, as_of=now)
        return {}
    if _is_refused(request):
        return {}
    batch = read_batch(
        data,
        switches(),
        origin=request.headers.get("Origin", ""),
        machine=machine_reason(request),
        as_of=now,
    )
    token = "" if batch.is_empty else record_batch(batch, by=CAPTURE, as_of=now)
    return {"v": token} if token else {}
