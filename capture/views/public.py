from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from capture import door
from capture.answers import entered_values
from capture.attribution import clean_address, host_of
from capture.catalogue import limit_of
from capture.door import Outcome
from capture.guard import proof
from capture.guard.origins import cors_origin
from capture.kinds import NOTHING_MORE, Told
from capture.questions import HIDDEN
from capture.reading import JSON_TYPES, media_type
from capture.rendering import form_context
from capture.snapshots import PublicForm
from leads.normalise import clean_text

_WORDS = {
    200: "ok",
    202: "ok",
    400: "unreadable",
    404: "unknown_form",
    413: "too_large",
    415: "unreadable",
    422: "invalid",
    429: "too_many",
    503: "unavailable",
}
_ALWAYS_JSON = frozenset({400, 413, 415})


@csrf_exempt  # the public door: it knows no session and only ever adds
@xframe_options_exempt
@require_http_methods(["GET", "HEAD", "POST", "OPTIONS"])
def public_form(request: HttpRequest, public_id: UUID) -> HttpResponse:
    if request.method == "POST":
        return _posted(request, public_id)
    form, _is_from_disk = door.find_form(public_id)
    if request.method == "OPTIONS":
        return _preflight(request, form)
    if form is None:
        return _note(404, _("This form does not exist"), _("Please check the address."))
    with translation.override(form.language):
        if form.is_archived:
            return _note(410, _("This form is closed"), _("Thank you for your interest."), form)
        return _page(request, form, 200)


def _posted(request: HttpRequest, public_id: UUID) -> HttpResponse:
    outcome = door.receive(request, public_id, as_of=timezone.now())
    spoken = outcome.form.language if outcome.form else translation.get_language()
    with translation.override(spoken):
        response = _answer(request, outcome)
    if outcome.status in {429, 503}:
        response["Retry-After"] = str(door.RETRY_AFTER_SECONDS)
    response["Cache-Control"] = "no-store"
    return open_to(request, outcome.form, response)


def _answer(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    form = outcome.form
    if outcome.status in _ALWAYS_JSON or _wants_json(request):
        return _json(outcome)
    if outcome.status == 422 and form is not None:
        return _page(request, form, 422, outcome)
    if not outcome.is_success:
        return _note(outcome.status, _("This did not work"), str(outcome.message), form)
    if form is not None and form.definition.redirect_url:
        response = HttpResponse(status=303)
        response["Location"] = form.definition.redirect_url
        return response
    return _note(outcome.status, _("Thank you"), str(outcome.message), form, outcome.told)


def _wants_json(request: HttpRequest) -> bool:
    if "application/json" in request.headers.get("Accept", ""):
        return True
    content_type = request.headers.get("Content-Type", "")
    return bool(content_type) and media_type(content_type)[0] in JSON_TYPES


def _json(outcome: Outcome) -> JsonResponse:
    form = outcome.form
    body: dict[str, Any] = {"status": _WORDS[outcome.status], "message": str(outcome.message)}
    if outcome.is_success:
        body["redirect"] = (form.definition.redirect_url if form else "") or None
        more = outcome.told
        said = {name: str(getattr(more, name)) for name in ("text", "link", "link_text")}
        body |= {name: text for name, text in said.items() if text}
    if outcome.errors:
        body["errors"] = outcome.errors
    if outcome.status in {429, 503} and form is not None:
        body["contact"] = form.contact
    return JsonResponse(body, status=outcome.status)


def _page(
    request: HttpRequest, form: PublicForm, status: int, outcome: Outcome | None = None
) -> HttpResponse:
    now = timezone.now()
    question, token = proof.new_sum(as_of=now)
    judged = outcome.judged if outcome else None
    page, came_from = _where(request)
    context = {
        **form_context(
            form,
            entered=entered_values(form.definition, judged.fields)
            if judged
            else _from_address(request, form),
            errors=outcome.errors if outcome else None,
        ),
        "started": (judged.fields.first(proof.STARTED) if judged else "")
        or proof.new_started(str(form.public_id), as_of=now),
        "submission_id": uuid4(),
        "is_page": True,
        "check_question": question,
        "check_token": token,
        "page_url": judged.fields.first("page_url") if judged else page,
        "referrer": judged.fields.first("referrer") if judged else came_from,
        "language": form.language,
        "title": form.definition.headline,
        "organisation": form.organisation,
        "sheets": [f"/f/{form.public_id}/form.css"],
    }
    html = render_to_string("capture/public/form.html", context)
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = "no-store"
    return _framed(form, response)


def _from_address(request: HttpRequest, form: PublicForm) -> dict[str, str]:
    """Return the hidden values that stand in the address of this page."""
    hidden = [spec for spec in form.definition.fields if spec.kind == HIDDEN and spec.parameter]
    return {
        spec.name: clean_text(request.GET[spec.parameter], limit=limit_of(spec))
        for spec in hidden
        if spec.parameter in request.GET
    }


def _where(request: HttpRequest) -> tuple[str, str]:
    """Return the address of this page and where the visitor came from."""
    page = f"{settings.BASE_URL}{request.get_full_path()}"
    came_from = clean_address(request.headers.get("Referer", ""))
    return page, "" if host_of(came_from) == host_of(page) else came_from


def _note(
    status: int,
    title: str,
    text: str,
    form: PublicForm | None = None,
    told: Told = NOTHING_MORE,
) -> HttpResponse:
    context = {
        "more": told.text,
        "link": told.link,
        "link_text": told.link_text,
        "title": title,
        "text": text,
        "language": translation.get_language(),
        "is_problem": status >= 400,
        "sheets": [f"/f/{form.public_id}/form.css"] if form else [static("public/form.css")],
        "accent": form.definition.accent if form else "",
        "organisation": form.organisation if form else "",
        "contact": form.contact if form and status in {429, 503} else "",
    }
    response = HttpResponse(render_to_string("capture/public/note.html", context), status=status)
    return _framed(form, response)


def _framed(form: PublicForm | None, response: HttpResponse) -> HttpResponse:
    """Allow the websites of the form to show it in a frame, and its redirect after sending."""
    origins = door.known_origins(form)
    ancestors = ["'self'", *origins] if origins else ["*"]
    targets = ["'self'"]
    if form is not None and form.definition.redirect_url:
        # Browsers hold the address that a post is redirected to against form-action as well.
        targets.append("/".join(form.definition.redirect_url.split("/")[:3]))
    response._csp_replace = {  # type: ignore[attr-defined]
        "frame-ancestors": ancestors if form else ["'none'"],
        "form-action": targets,
    }
    return response


def open_to(request: HttpRequest, form: PublicForm | None, response: HttpResponse) -> HttpResponse:
    origin = cors_origin(request.headers.get("Origin", ""), door.known_origins(form))
    if origin:
        response["Access-Control-Allow-Origin"] = origin
    patch_vary_headers(response, ["Origin"])
    return response


def _preflight(request: HttpRequest, form: PublicForm | None) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = "GET, POST"
    response["Access-Control-Allow-Headers"] = "Content-Type, Submission-Id, X-Submission-Id"
    response["Access-Control-Max-Age"] = "86400"
    return open_to(request, form, response)
