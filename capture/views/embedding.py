from contextlib import suppress
from functools import cache
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from capture import door
from capture.actions.forms import count_views
from capture.actors import CAPTURE
from capture.events.public import closed_note, is_closed
from capture.guard import proof
from capture.kinds import own_page
from capture.machines import is_machine
from capture.outage import DatabaseAwayError, with_database
from capture.reading import ARM
from capture.rendering import render_closed, render_fields, style_sheet
from capture.snapshots import PublicForm
from capture.switches import Switches, last_known, switches
from capture.views.public import language_of, open_to
from ground.etags import tag_of, tagged

_DAY = 24 * 3600
# So long a browser goes on measuring what was switched off; the server stops at once.
_SWITCHED_WITHIN = 300


@require_safe
def form_definition(request: HttpRequest, public_id: UUID) -> HttpResponse:
    form, _is_from_disk = door.find_form(public_id)
    # What has a page of its own is not drawn here: the script then links to it.
    if form is None or form.is_archived or own_page(form):
        missing = JsonResponse({"status": "unknown_form"}, status=404 if form is None else 410)
        return open_to(request, form, missing)
    arm = form.trial.draw() if form.trial else ""
    form = form.in_arm(arm).spoken(language_of(request, form))
    with translation.override(form.language):
        now = timezone.now()
        closed = closed_note(form.event, as_of=now) if is_closed(form.event, as_of=now) else None
        body = {
            "id": str(form.public_id),
            "version": form.version,
            "language": form.language,
            "html": render_closed(closed) if closed else render_fields(form),
            "css": style_sheet(form.definition),
            "contact": form.contact,
            "texts": _texts(),
        }
        display = form.definition.display
        if display.opens:
            more = {"headline": form.definition.headline, "accent": form.definition.accent}
            body |= {"display": display.to_json(), **more}
    drawn = JsonResponse(body)
    response = tagged(request, drawn, tag_of(drawn.content))
    response["Cache-Control"] = "no-cache"
    if len(form.languages) > 1:
        patch_vary_headers(response, ["Accept-Language"])
    return open_to(request, form, response)


def _texts() -> dict[str, str]:
    return {
        "wrong": _("Please correct the marked fields."),
        "again": _("The connection is bad. We are trying again…"),
        "failed": _("This could not be sent. Your entries are still here; please try again."),
        "contact": _("You can also reach us directly:"),
        "close": _("Close"),
    }


@require_safe
def form_challenge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    form, is_from_disk = door.find_form(public_id)
    if form is None:
        return open_to(request, form, JsonResponse({"status": "unknown_form"}, status=404))
    now = timezone.now()
    if request.method == "GET" and not is_from_disk and request.GET.get("again") != "1":
        # While the database is away, the statistics miss a view.
        with suppress(DatabaseAwayError):
            arm = _counted_arm(request, form)
            with_database(lambda: count_views([public_id], arm=arm, by=CAPTURE, as_of=now))
    body = {
        **proof.new_challenge(str(public_id), as_of=now),
        "started": proof.new_started(str(public_id), as_of=now),
    }
    response = JsonResponse(body)
    response["Cache-Control"] = "no-store"
    return open_to(request, form, response)


def _counted_arm(request: HttpRequest, form: PublicForm) -> str:
    """Return the arm of the running test in which a person was shown ``form``, else ""."""
    name = request.GET.get(ARM, "")
    is_open = form.trial is not None and form.trial.is_open and form.trial.arm(name) is not None
    return name if is_open and not is_machine(request) else ""


@require_safe
def form_style(request: HttpRequest, public_id: UUID) -> HttpResponse:
    form, _is_from_disk = door.find_form(public_id)
    if form is None:
        return HttpResponse(status=404)
    sheet = style_sheet(form.in_arm(request.GET.get(ARM, "")).definition)
    drawn = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    response = tagged(request, drawn, tag_of(sheet))
    response["Cache-Control"] = "public, max-age=60"
    return response


@cache
def _script(name: str) -> tuple[str, str]:
    source = (settings.BASE_DIR / "static" / "public" / name).read_text(encoding="utf-8")
    return source, tag_of(source)


def serve_script(request: HttpRequest, name: str) -> HttpResponse:
    return _answer(request, *_script(name), seconds=_DAY)


def _answer(request: HttpRequest, source: str, tag: str, *, seconds: int) -> HttpResponse:
    script = HttpResponse(source, content_type="text/javascript; charset=utf-8")
    response = tagged(request, script, tag)
    response["Cache-Control"] = f"public, max-age={seconds}, stale-if-error={7 * _DAY}"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def embed_script(request: HttpRequest) -> HttpResponse:
    return serve_script(request, "embed.js")


@require_safe
def shapes_script(request: HttpRequest) -> HttpResponse:
    return serve_script(request, "shapes.js")


@require_safe
def tracking_script(request: HttpRequest) -> HttpResponse:
    with suppress(DatabaseAwayError):
        with_database(switches)
    # Switched off is what nobody can say to be on.
    on = last_known() or Switches()
    source = _script("t.js")[0].replace('PARTS = ""', f'PARTS = "{on.letters}"', 1)
    return _answer(request, source, tag_of(source), seconds=_SWITCHED_WITHIN)
