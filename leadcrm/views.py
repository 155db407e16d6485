import errno
import sys
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET

from accounts.actor import Actor, request_actor
from ground.home import CARDS
from ground.navigation import ENTRIES, GROUPS
from ground.palette import COMMANDS, SOURCES, Hit
from leadcrm.context import allowed
from leadcrm.failures import FAILURES
from leadcrm.fragments import add_toasts, unswapped

_DISK_FULL = "53100"
PALETTE_LIMIT = 6
QUERY_LIMIT = 100
SEARCH_FROM = 2


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    places: dict[str, list[dict[str, Any]]] = {"top": [], "main": [], "side": []}
    for card in allowed(CARDS.values(), actor):
        context = card.context(actor, request)
        if context is not None:
            places[card.place].append({"template": card.template, "context": context})
    return render(request, "home.html", {"places": places})


@login_required
@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:QUERY_LIMIT]
    groups = palette_groups(actor, text)
    name = "palette.html#results" if request.headers.get("HX-Request") else "palette.html"
    return render(request, name, {"groups": groups, "text": text})


def palette_groups(actor: Actor, text: str) -> list[dict[str, Any]]:
    """Return the groups of hits for ``text``: what can be searched, then actions, then pages."""
    sources = allowed(SOURCES.values(), actor) if len(text) >= SEARCH_FROM else []
    groups = [
        {"label": source.label, "hits": source.search(actor, text, PALETTE_LIMIT)}
        for source in sources
    ]
    commands = [
        Hit(str(command.label), reverse(command.url_name), command.icon, key=command.key)
        for command in allowed(COMMANDS.values(), actor)
    ]
    places = list(GROUPS)
    pages = [
        Hit(str(entry.label), reverse(entry.url_name), entry.icon, str(GROUPS[entry.group][0]))
        for entry in sorted(allowed(ENTRIES, actor), key=lambda entry: places.index(entry.group))
    ]
    groups.append({"label": None, "hits": _matching([*commands, *pages], text)})
    return [group for group in groups if group["hits"]]


def _matching(hits: list[Hit], text: str) -> list[Hit]:
    words = text.casefold().split()
    found = [hit for hit in hits if all(word in hit.label.casefold() for word in words)]
    starts = sorted(found, key=lambda hit: not hit.label.casefold().startswith(text.casefold()))
    return starts[: 2 * PALETTE_LIMIT]


@require_GET
@cache_control(public=True, max_age=86_400)
def manifest(request: HttpRequest) -> HttpResponse:
    sizes = ("192", "512")
    icons = [
        {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in sizes
    ]
    maskable = {**icons[1], "purpose": "maskable"}
    return JsonResponse(
        {
            "id": "/",
            "name": "LeadCRM",
            "short_name": "LeadCRM",
            "start_url": "/",
            "display": "standalone",
            "background_color": "#f6f8f8",
            "theme_color": "#14343c",
            "icons": [*icons, maskable],
        },
        content_type="application/manifest+json",
    )


@require_GET
@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/icon-192.png"), permanent=True)


@login_required
@require_GET
@never_cache
def session(request: HttpRequest) -> HttpResponse:
    """Say that whoever opened a page is signed in, with the token that their forms need by now.

    ``of`` is their key: what they typed is not sent in the name of somebody else.
    """
    if request.GET.get("of") not in (None, str(request.user.pk)):
        text = _("Somebody else has signed in here. Copy what you typed, then load the page again.")
        return add_toasts(unswapped(409), [{"level": "error", "text": text}])
    return JsonResponse({"token": get_token(request)})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    return _error(request, 507 if _is_without_room(sys.exception()) else 500)


def _is_without_room(error: BaseException | None) -> bool:
    """Say whether a disk was full: ours, or that of the database."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return getattr(getattr(error, "__cause__", None), "pgcode", "") == _DISK_FULL


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a post without the token of the session; scripts ask for it and post again."""
    is_part = request.headers.get("HX-Request") == "true"
    answer = unswapped(403) if is_part else _error(request, 403, "csrf")
    answer["X-Form-Expired"] = "true"
    return answer


def _error(request: HttpRequest, status: int, kind: str = "") -> HttpResponse:
    """Answer with a page of its own; what htmx asked for stays and a toast says what happened.

    The pages take nothing from the database and nobody's session, so that they work when those are
    what is broken.
    """
    failure = FAILURES[kind or str(status)]
    if request.headers.get("HX-Request") == "true":
        note = {"level": "error", "text": f"{failure.title}. {failure.text}"}
        return add_toasts(unswapped(status), [note])
    return render(None, "errors/failure.html", {"failure": failure}, status=status)
