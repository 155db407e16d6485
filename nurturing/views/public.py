"""What the links in mails lead to. GET and HEAD change nothing of a lead, whoever follows them."""

from base64 import b64decode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organisation
from accounts.visitors import client_ip
from capture.guard.doors import UNSUBSCRIBE
from capture.guard.waiting import turned_away
from nurturing.actions.responses import Hit, note_hit
from nurturing.actions.unsubscribing import Choice, unsubscribe
from nurturing.actors import READER
from nurturing.compose import language_for
from nurturing.models import LinkKind, Message, TrackedLink

_PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_ONE_CLICK = {"List-Unsubscribe": ["One-Click"]}


@require_safe
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """Lead to the address that was stored for the token; nothing in the request chooses it."""
    link = get_object_or_404(_links(), token=token, kind__in=(LinkKind.LINK, LinkKind.TRAP))
    note_hit(link, _hit(request), by=READER, as_of=timezone.now())
    response: HttpResponse
    if link.kind == LinkKind.TRAP:
        response = HttpResponse(status=204)
    else:
        response = HttpResponseRedirect(link.url)
    return _unseen(response)


@require_safe
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    link = get_object_or_404(_links(), token=token, kind=LinkKind.PIXEL)
    note_hit(link, _hit(request), by=READER, as_of=timezone.now())
    return _unseen(HttpResponse(_PIXEL, content_type="image/gif"))


# SECURITY: the token is the authority, mail programs send no cookie (RFC 8058), and the page must
# work for readers whose browser keeps none.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST" and (answer := turned_away(UNSUBSCRIBE, request)):
        return answer
    message = get_object_or_404(
        Message.objects.select_related("lead", "topic"), token=token, lead__isnull=False
    )
    if request.method == "POST" and _is_one_click(request):
        _carry_out(request, message, Choice.TOPIC, "one_click")
        return _unseen(HttpResponse("OK", content_type="text/plain"))
    choice = request.POST.get("choice", "")
    is_done = request.method == "POST" and choice in Choice.values
    if is_done:
        _carry_out(request, message, Choice(choice), "page")
    return _unseen(_page(request, message, choice if is_done else ""))


def _is_one_click(request: HttpRequest) -> bool:
    return {name: request.POST.getlist(name) for name in request.POST} == _ONE_CLICK


def _carry_out(request: HttpRequest, message: Message, choice: Choice, way: str) -> None:
    evidence = {
        "way": way,
        "choice": choice.value,
        "ip": client_ip(request),
        "user_agent": request.headers.get("User-Agent", "")[:300],
    }
    unsubscribe(message, choice=choice, by=READER, as_of=timezone.now(), evidence=evidence)


def _page(request: HttpRequest, message: Message, done: str) -> HttpResponse:
    assert message.lead is not None
    organisation = Organisation.current()
    language = message.language or language_for(message.lead, ["de", "en"], organisation)
    is_unread = request.method == "POST" and not done
    with translation.override(language):
        return render(
            request,
            "nurturing/unsubscribe.html",
            {
                "message": message,
                "organisation": organisation,
                "choices": Choice,
                "done": done,
                "is_unread": is_unread,
            },
            status=422 if is_unread else 200,
        )


def _links() -> QuerySet[TrackedLink]:
    return TrackedLink.objects.select_related("message__lead")


def _hit(request: HttpRequest) -> Hit:
    purposes = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return Hit(
        method=request.method or "",
        user_agent=request.headers.get("User-Agent", ""),
        is_prefetch=any("prefetch" in purpose.lower() for purpose in purposes),
        is_opted_out=request.headers.get("Sec-GPC", "") == "1",
    )


def _unseen(response: HttpResponse) -> HttpResponse:
    """Keep the page out of caches and search engines, and the token out of the next site's log."""
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
