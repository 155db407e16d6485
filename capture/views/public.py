from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from capture import door
from capture.answers import entered_values
from capture.attribution import clean_address, host_of
from capture.catalogue import limit_of
from capture.door import Outcome
from capture.events.facts import EventFacts
from capture.events.public import closed_note, is_closed
from capture.guard import proof
from capture.guard.origins import cors_origin
from capture.kinds import NOTHING_MORE, Told, own_page
from capture.known import lead_behind, questions_for
from capture.outage import DatabaseAwayError, with_database
from capture.profiling import Asked, asked_token, proof_for
from capture.questions import HIDDEN
from capture.reading import ARM, JSON_TYPES, LANGUAGE, media_type
from capture.rendering import form_context, style_sheet
from capture.snapshots import PublicForm
from capture.tongues import NAMES
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
    form = _for_visitor(request, form)
    with translation.override(form.language):
        if address := own_page(form):
            return HttpResponseRedirect(address)
        if form.is_archived:
            return _note(410, _("This form is closed"), _("Thank you for your interest."), form)
        if is_closed(form.event, as_of=timezone.now()):
            return _closed(form, form.event)
        return _page(request, form, 200)


def _for_visitor(request: HttpRequest, form: PublicForm) -> PublicForm:
    """Return the form in the arm that chance gives this view, and in the visitor's language."""
    arm = form.trial.draw() if form.trial else ""
    return form.in_arm(arm).spoken(language_of(request, form))


def language_of(request: HttpRequest, form: PublicForm) -> str:
    """Return the language in which to show ``form``: the one asked for, else the browser's."""
    if len(form.languages) == 1:
        return form.language
    asked = request.GET.get(LANGUAGE, "")[:2].lower()
    if asked in form.languages:
        return asked
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    wanted = (code[:2] for code, _quality in accepted)
    return next((code for code in wanted if code in form.languages), form.language)


def _closed(form: PublicForm, event: EventFacts) -> HttpResponse:
    said = closed_note(event, as_of=timezone.now())
    told = Told(link=said.get("link", ""), link_text=said.get("link_text", ""))
    return _note(410, said["title"], said["text"], form, told)


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
    request: HttpRequest,
    form: PublicForm,
    status: int,
    outcome: Outcome | None = None,
    asked: Asked | None = None,
) -> HttpResponse:
    now = timezone.now()
    question, token = proof.new_sum(as_of=now)
    judged = outcome.judged if outcome else None
    page, came_from = _where(request, form, is_profile=asked is not None)
    asked = judged.asked if judged else asked
    context = {
        **form_context(
            form,
            entered=entered_values(form.definition, judged.fields)
            if judged
            else _from_address(request, form),
            errors=outcome.errors if outcome else None,
            names=asked.names if asked else None,
        ),
        "profile": asked_token(asked, form.public_id, as_of=now) if asked else "",
        "languages": _other_languages(request, form),
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
        # In the page: a phone on a bad line waits a third of a second for each further file.
        "style": style_sheet(form.definition),
        "nonce": request.csp_nonce,  # type: ignore[attr-defined]
    }
    html = render_to_string("capture/public/form.html", context)
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = "no-store"
    if asked:
        response["Referrer-Policy"] = "strict-origin"
    return framed(form, response)


def _sheet(form: PublicForm) -> str:
    arm = f"?{ARM}={form.arm}" if form.arm else ""
    return f"/f/{form.public_id}/form.css{arm}"


def _other_languages(request: HttpRequest, form: PublicForm) -> list[tuple[str, str, str]]:
    """Return the languages in which the form could be shown: address, code and own name."""
    if len(form.languages) == 1 or request.method == "POST":
        return []
    others = [code for code in form.languages if code != form.language]
    return [
        (f"?{urlencode({**request.GET.dict(), LANGUAGE: code})}", code, NAMES[code])
        for code in others
    ]


@require_safe
def profile_form(request: HttpRequest, public_id: UUID, token: str) -> HttpResponse:
    """Ask the lead behind ``token`` for what is not known; the plain form where it proves nothing.

    SECURITY: of the lead nothing is shown but which questions are left.
    """
    form, _is_from_disk = door.find_form(public_id)
    if form is None or form.is_archived:
        return public_form(request, public_id)
    shown = form
    try:
        found = with_database(lambda: _questions(shown, token))
    except DatabaseAwayError:
        found = None
    if found is None:
        # The address would stay in the history and in what the form sends.
        return HttpResponseRedirect(f"/f/{public_id}/")
    form = form.spoken(language_of(request, form))
    with translation.override(form.language):
        if found.names:
            return _page(request, form, 200, asked=found)
        thanks = _("There is nothing left that we would like to ask you.")
        response = _note(200, _("Thank you"), thanks, form)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "strict-origin"
    return response


def _questions(form: PublicForm, token: str) -> Asked | None:
    lead = lead_behind(token, form.public_id, as_of=timezone.now())
    if lead is None:
        return None
    names = questions_for(lead, form.public_id, form.definition)
    return Asked(proof_for(lead), names)


def _from_address(request: HttpRequest, form: PublicForm) -> dict[str, str]:
    """Return the hidden values that stand in the address of this page."""
    hidden = [spec for spec in form.definition.fields if spec.kind == HIDDEN and spec.parameter]
    return {
        spec.name: clean_text(request.GET[spec.parameter], limit=limit_of(spec))
        for spec in hidden
        if spec.parameter in request.GET
    }


def _where(request: HttpRequest, form: PublicForm, *, is_profile: bool = False) -> tuple[str, str]:
    """Return the address of this page and where the visitor came from.

    SECURITY: a link that proves who it is is not told on; the address of the form stands for it.
    """
    if is_profile:
        return f"{settings.BASE_URL}/f/{form.public_id}/", ""
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
        "sheets": [_sheet(form)] if form else [static("public/form.css")],
        "accent": form.definition.accent if form else "",
        "organisation": form.organisation if form else "",
        "contact": form.contact if form and status in {429, 503} else "",
    }
    response = HttpResponse(render_to_string("capture/public/note.html", context), status=status)
    return framed(form, response)


def framed(form: PublicForm | None, response: HttpResponse) -> HttpResponse:
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
