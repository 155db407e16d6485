from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from capture.connectors import door
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.models import Connection
from capture.connectors.told import Reply
from capture.door import RETRY_AFTER_SECONDS

_WORDS = {
    401: b'{"status": "error", "message": "The signature is missing or wrong."}',
    403: b'{"status": "error", "message": "The token is wrong."}',
    404: b'{"status": "error", "message": "Nobody listens at this address."}',
    405: b'{"status": "error", "message": "Send a POST."}',
    410: b'{"status": "error", "message": "This connection is closed."}',
    413: b'{"status": "error", "message": "This is too large."}',
    429: b'{"status": "error", "message": "Too many requests. Please wait a minute."}',
    503: b'{"status": "error", "message": "Please try again in a minute."}',
}


@csrf_exempt  # other systems know no session; what they send is signed or only ever adds
@require_http_methods(["GET", "HEAD", "POST", "OPTIONS"])
def hook(request: HttpRequest, connector: str, public_id: UUID) -> HttpResponse:
    kind = CONNECTORS.get(connector)
    return _answer(
        request,
        door.connections_at(connector, public_id),
        is_public=kind is not None and kind.is_public,
    )


@csrf_exempt  # scripts of websites that posted to HubSpot before
@require_http_methods(["POST", "OPTIONS"])
def hubspot_submit(request: HttpRequest, portal_id: str, form_guid: str) -> HttpResponse:
    return _answer(request, door.connections_of_portal(portal_id, form_guid), is_public=True)


def _answer(request: HttpRequest, rows: QuerySet[Connection], *, is_public: bool) -> HttpResponse:
    if request.method == "OPTIONS":
        response = HttpResponse(status=204 if is_public else 405)
        response["Access-Control-Allow-Methods"] = "POST"
        response["Access-Control-Allow-Headers"] = "Content-Type"
        response["Access-Control-Max-Age"] = "86400"
    elif request.method == "POST":
        response = _response(door.receive(request, rows, as_of=timezone.now()))
    else:
        response = _response(door.challenge(request, rows))
    if is_public:
        # SECURITY: never together with credentials; the door knows no session.
        response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "no-store"
    return response


def _response(reply: Reply) -> HttpResponse:
    body = _WORDS.get(reply.status, reply.body)
    response = HttpResponse(body, status=reply.status, content_type=reply.content_type)
    if reply.location:
        response["Location"] = reply.location
    if reply.status in {429, 503}:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
