"""What browsers of visitors ask: the window's texts, a message, what is new, the plain page."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from capture.chat import door, people
from capture.chat.door import Answered
from capture.chat.steps import asking, last_answered, next_question, to_json
from capture.guard import doors, proof
from capture.guard.throttle import Pace
from capture.judging import HONEYPOT
from capture.outage import DatabaseAwayError, with_database
from capture.rendering import chat_sheet, style_sheet
from capture.snapshots import PublicForm
from capture.views.embedding import serve_script
from capture.views.public import framed, open_to
from ground.etags import known_tags, tag_of, tagged

RETRY_AFTER_SECONDS = 30
CHAT_HEADER = "Chat-Token"


@require_safe
def chat_script(request: HttpRequest) -> HttpResponse:
    return serve_script(request, "chat.js")


def _texts() -> dict[str, str]:
    return {
        "close": _("Close the chat"),
        "send": _("Send"),
        "skip": _("Skip"),
        "back": _("Correct the last answer"),
        "person": _("Talk to a person"),
        "end": _("End the talk"),
        "again": _("Begin a new talk"),
        "write": _("Your message"),
        "you": _("You"),
        "bot": _("Assistant"),
        "more": _("Anything else? Just write."),
        "failed": _("This did not arrive. We keep trying…"),
        "waiting": _("We are looking for somebody…"),
        "privacy": _("Privacy policy"),
        "trap": _("Leave this field empty"),
        "choose": _("Please choose."),
    }


@require_safe
def chat_bot(request: HttpRequest, public_id: UUID) -> HttpResponse:
    form = door.find_bot(public_id)
    if form is None or form.is_archived:
        missing = JsonResponse({"status": "unknown"}, status=404 if form is None else 410)
        return open_to(request, form, missing)
    with translation.override(form.language):
        definition = form.definition
        step = next_question(definition, {})
        texts = [definition.intro, *asking(definition, {}, step)]
        body = {
            "id": str(form.public_id),
            "language": form.language,
            "title": definition.headline,
            "opener": definition.button,
            "accent": definition.accent,
            "css": f"{style_sheet(definition)}\n{chat_sheet()}",
            "messages": [text for text in texts if text],
            "step": to_json(step) if step else None,
            "note": definition.legal_note,
            "privacy_url": form.privacy_url,
            "honeypot": HONEYPOT,
            "contact": form.contact,
            "texts": _texts(),
        }
    drawn = JsonResponse(body)
    response = tagged(request, drawn, tag_of(drawn.content))
    response["Cache-Control"] = "no-cache"
    return open_to(request, form, response)


@require_safe
def chat_open(request: HttpRequest, public_id: UUID) -> HttpResponse:
    form = door.find_bot(public_id)
    if form is None:
        return open_to(request, form, JsonResponse({"status": "unknown"}, status=404))
    now = timezone.now()
    body = {
        **proof.new_challenge(str(public_id), as_of=now),
        "started": proof.new_started(str(public_id), as_of=now),
        "person": form.definition.chat.offers_person and _is_somebody_there(),
    }
    response = JsonResponse(body)
    response["Cache-Control"] = "no-store"
    return open_to(request, form, response)


def _is_somebody_there() -> bool:
    try:
        return with_database(lambda: people.is_somebody_there(timezone.now()))
    except DatabaseAwayError:
        return False


# SECURITY: another website posts here for its visitor; no session is known, nothing but the talk
# of whoever has its secret is touched.
@csrf_exempt
@require_http_methods(["POST", "OPTIONS"])
def chat_say(request: HttpRequest, public_id: UUID) -> HttpResponse:
    if request.method == "OPTIONS":
        return _preflight(request, door.find_bot(public_id), "POST")
    return _json(request, door.receive(request, public_id, as_of=timezone.now()))


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def chat_look(request: HttpRequest, public_id: UUID, talk: UUID) -> HttpResponse:
    """Answer what is new after message ``after``; 304 while nothing is."""
    form = door.find_bot(public_id)
    if request.method == "OPTIONS":
        return _preflight(request, form, "GET")
    if doors.CHAT_LOOK.enter(request) != Pace.FINE:
        return _json(request, Answered(429, form))
    if form is None:
        return _json(request, Answered(404, form))
    after = request.GET.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0
    token = request.headers.get(CHAT_HEADER, "")
    with translation.override(form.language):
        known = "".join(sorted(known_tags(request))[:1]).strip('"')
        answered = door.look(form, talk, token, number, timezone.now(), known)
    tag = f'"{answered.body.get("tag", "")}"'
    if answered.status == 304:
        response = HttpResponse(status=304)
        response["ETag"] = tag
        return open_to(request, form, response)
    response = _json(request, answered)
    if answered.status == 200:
        response["ETag"] = tag
    patch_vary_headers(response, [CHAT_HEADER])
    return response


def _json(request: HttpRequest, answered: Answered) -> HttpResponse:
    response = JsonResponse(answered.body, status=answered.status)
    response["Cache-Control"] = "no-store"
    if answered.status in {429, 503}:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return open_to(request, answered.form, response)


def _preflight(request: HttpRequest, form: PublicForm | None, method: str) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = method
    response["Access-Control-Allow-Headers"] = f"Content-Type, If-None-Match, {CHAT_HEADER}"
    response["Access-Control-Max-Age"] = "86400"
    return open_to(request, form, response)


# SECURITY: as chat_say; the secret of the talk stands in the page and in what it posts.
@csrf_exempt
@xframe_options_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def chat_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the chat as a page, which scripts make a window of and which works without them."""
    form = door.find_bot(public_id)
    if form is None or form.is_archived:
        return _note(request, 404 if form is None else 410)
    with translation.override(form.language):
        if request.method != "POST":
            return _page(request, form, _fresh(form))
        answered = _posted(request, form)
        return _page(request, form, answered.body, status=_plain_status(answered.status))


def _plain_status(status: int) -> int:
    return 200 if status == 202 else status


def _posted(request: HttpRequest, form: PublicForm) -> Answered:
    post = request.POST
    verb, _colon, name = post.get("do", "").partition(":")
    data: dict[str, Any] = {
        **{key: post.get(key, "") for key in ("talk", "token", "id", "page_url", "referrer")},
        **{key: post.get(key, "") for key in (proof.SUM_FIELD, proof.SUM_ANSWER, proof.STARTED)},
        HONEYPOT: post.get(HONEYPOT, ""),
        "do": verb,
        "field": name or post.get("field", ""),
        "values": post.getlist("value"),
        "text": post.get("text", ""),
    }
    if verb == "skip":
        data |= {"do": "answer", "values": []}
    key = door.read_key(post.get("talk"))
    if verb == "look" and key is not None:
        answered = door.look(form, key, post.get("token", ""), 0, timezone.now())
    else:
        answered = door.take(request, form.public_id, data, as_of=timezone.now())
    body = {**answered.body, "talk": post.get("talk", ""), "token": post.get("token", "")}
    if answered.status == 422 and answered.body.get("code") == "unchecked":
        body |= _again(form, post)
    elif answered.status not in {200, 202} and key is not None:
        kept = door.look(form, key, post.get("token", ""), 0, timezone.now())
        body = {**kept.body, **body}
    return Answered(answered.status, form, body)


def _again(form: PublicForm, post: Any) -> dict[str, Any]:
    """Return the first page once more, with what was entered and a new sum."""
    return {**_fresh(form), "entered": post.getlist("value"), "message": _wrong_sum()}


def _wrong_sum() -> str:
    return _("The check against machines did not come out right. Please try again.")


def _fresh(form: PublicForm) -> dict[str, Any]:
    talk, token = door.new_talk()
    definition = form.definition
    step = next_question(definition, {})
    texts = [text for text in (definition.intro, *asking(definition, {}, step)) if text]
    now = timezone.now()
    question, check_token = proof.new_sum(as_of=now)
    return {
        "talk": talk,
        "token": token,
        "state": "bot",
        "messages": [{"who": "bot", "text": text} for text in texts],
        "step": to_json(step) if step else None,
        "back": last_answered(definition, {}),
        "person": False,
        "check_question": question,
        "check_token": check_token,
        "started": proof.new_started(str(form.public_id), as_of=now),
    }


def _page(
    request: HttpRequest, form: PublicForm, body: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {
        **body,
        "form": form,
        "definition": form.definition,
        "key": uuid4(),
        "honeypot": HONEYPOT,
        "texts": _texts(),
        "page_url": request.POST.get("page_url") or f"{settings.BASE_URL}{request.get_full_path()}",
        "language": form.language,
        "title": form.definition.headline,
        "organisation": form.organisation,
        "sheets": [f"/f/{form.public_id}/form.css", static("public/chat.css")],
    }
    response = render(request, "capture/chat/public/page.html", context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return framed(form, response)


def _note(request: HttpRequest, status: int) -> HttpResponse:
    context = {
        "title": _("This chat is closed") if status == 410 else _("This chat does not exist"),
        "text": _("Please check the address."),
        "language": translation.get_language(),
        "is_problem": True,
        "sheets": [static("public/form.css")],
    }
    response = render(request, "capture/public/note.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
