"""The page on which visitors book; works without JavaScript and without cookies."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms.settings import time_zone_choices
from accounts.models import Organisation
from accounts.visitors import client_network
from capture import door
from capture.answers import entered_values
from capture.guard import proof
from capture.guard.throttle import Pace
from capture.outage import DatabaseAwayError, with_database
from capture.rendering import form_context
from capture.snapshots import PublicForm
from capture.views.public import framed
from ground import days
from handoff.meetings.booking import Outcome, book, book_without_database, looks
from handoff.meetings.intake import SLOT, WITH, ZONE
from handoff.meetings.links import read_host
from handoff.meetings.showing import (
    next_slots,
    possible_hosts,
    read_day,
    show_slot,
    show_week,
)
from handoff.meetings.slots import clean_zone, parse_moment
from handoff.meetings.told import in_zone, tell, where
from handoff.models import Meeting, MeetingState, MeetingType, Place

_LANGUAGES = ("de", "en")


@csrf_exempt  # the public door: it knows no session and only ever adds
@xframe_options_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_page(request: HttpRequest, public_id: UUID, language: str = "") -> HttpResponse:
    now = timezone.now()
    try:
        kind = with_database(lambda: _find(public_id))
    except DatabaseAwayError:
        return _while_away(request, now)
    if language and language not in _LANGUAGES:
        raise Http404
    spoken = language or _language(request)
    form, _is_from_disk = door.find_form(kind.form_in(spoken).public_id)
    if form is None:
        raise Http404
    with translation.override(spoken):
        if request.method == "POST":
            return _posted(request, kind, form, now)
        if looks.hit(client_network(request)) == Pace.REFUSED:
            return note(429, _("This did not work"), _("Please wait a minute."), form)
        if not kind.is_active:
            text = _("Please contact us in another way.")
            return note(410, _("These meetings cannot be booked at present"), text, form)
        return _page(request, kind, form, now)


def _find(public_id: UUID) -> MeetingType:
    kinds = MeetingType.objects.select_related("form_de", "form_en", "host", "team")
    found = kinds.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _language(request: HttpRequest) -> str:
    spoken = translation.get_language_from_request(request)[:2]
    return spoken if spoken in _LANGUAGES else "en"


def _while_away(request: HttpRequest, now: datetime) -> HttpResponse:
    with translation.override(_language(request)):
        if request.method != "POST":
            text = _("We cannot show this right now. Please try again.")
            return note(503, _("This did not work"), text)
        outcome = book_without_database(request, as_of=now)
        return _told(outcome, None)


def _posted(
    request: HttpRequest, kind: MeetingType, form: PublicForm, now: datetime
) -> HttpResponse:
    outcome = book(request, kind, form, as_of=now)
    if outcome.status in {409, 422} and kind.is_active:
        return _page(request, kind, form, now, outcome)
    if outcome.status == 200 and outcome.meeting is not None:
        return _booked(outcome.meeting, form, str(outcome.message))
    return _told(outcome, form)


def _told(outcome: Outcome, form: PublicForm | None) -> HttpResponse:
    title = _("Thank you") if outcome.is_success else _("This did not work")
    return note(outcome.status, title, str(outcome.message), form)


def _booked(meeting: Meeting, form: PublicForm, message: str) -> HttpResponse:
    if meeting.state not in (MeetingState.PENDING, MeetingState.BOOKED):
        return note(200, _("Thank you"), message, form)
    told = tell(meeting, "booked", zone=meeting.guest_zone)
    lines = [
        f"{told.name_in(form.language)}\n{in_zone(told.starts_at, told.zone)}",
        where(told),
        _("With: %(host)s") % {"host": told.host},
    ]
    title = _("Your meeting is booked")
    return note(200, title, "\n\n".join([*lines, message]), form)


def _page(
    request: HttpRequest,
    kind: MeetingType,
    form: PublicForm,
    now: datetime,
    outcome: Outcome | None = None,
) -> HttpResponse:
    asked = outcome.judged.fields.first if outcome and outcome.judged else _get(request)
    zone = clean_zone(asked(ZONE), str(days.zone()))
    with_host = asked(WITH)
    hosts = possible_hosts(kind, read_host(with_host, as_of=now))
    at = parse_moment(asked(SLOT))
    context = {
        **_frame(form, kind),
        "kind": kind,
        "name": kind.name_in(form.language),
        "place": _place(kind),
        "zone": zone,
        "with_host": with_host,
        "zones": time_zone_choices(),
        "address": reverse("meeting_page_in", args=[kind.public_id, form.language]),
        "other": reverse("meeting_page_in", args=[kind.public_id, _other(form.language)]),
        "other_language": _other(form.language),
        "asked_zone": asked(ZONE),
    }
    if at is None:
        begins = read_day(request.GET.get("from", ""))
        week = show_week(kind, hosts, ZoneInfo(zone), begins=begins, as_of=now)
        context |= {"week": week, "query": _query(zone, with_host)}
    else:
        context |= _form_state(kind, form, hosts, at, zone, now, outcome)
    html = render_to_string("handoff/public/meeting.html", context)
    return _closed(framed(form, HttpResponse(html, status=outcome.status if outcome else 200)))


def _get(request: HttpRequest) -> Any:
    return lambda name: request.GET.get(name, "")[:2000]


def _query(zone: str, with_host: str) -> str:
    parts = {ZONE: zone} | ({WITH: with_host} if with_host else {})
    return urlencode(parts)


def _other(language: str) -> str:
    return "en" if language == "de" else "de"


def _place(kind: MeetingType) -> str:
    """Say where people meet, without the address that only those get who have booked."""
    return str(Place(kind.place).label)


def _form_state(
    kind: MeetingType,
    form: PublicForm,
    hosts: list[Any],
    at: datetime,
    zone: str,
    now: datetime,
    outcome: Outcome | None,
) -> dict[str, Any]:
    """Return the questions, and the slot that was chosen or those that are left to choose."""
    judged = outcome.judged if outcome else None
    question, token = proof.new_sum(as_of=now)
    is_gone = bool(outcome and outcome.status == 409)
    place = ZoneInfo(zone)
    others = next_slots(kind, hosts, place, near=at, as_of=now) if is_gone else []
    return {
        **form_context(
            form,
            entered=entered_values(form.definition, judged.fields) if judged else None,
            errors=outcome.errors if outcome else None,
        ),
        "action": reverse("meeting_page_in", args=[kind.public_id, form.language]),
        "inputs": "handoff/public/slot_inputs.html",
        "slot": None if is_gone else show_slot(at, place),
        "others": others,
        "taken": show_slot(at, place) if is_gone else None,
        "slot_error": str(outcome.message) if is_gone and outcome else "",
        "form_id": form.public_id,
        "started": (judged.fields.first(proof.STARTED) if judged else "")
        or proof.new_started(str(form.public_id), as_of=now),
        "submission_id": uuid4(),
        "check_question": question,
        "check_token": token,
        "page_url": judged.fields.first("page_url") if judged else _page_url(kind, form),
        "referrer": judged.fields.first("referrer") if judged else "",
    }


def _page_url(kind: MeetingType, form: PublicForm) -> str:
    return settings.BASE_URL + reverse("meeting_page_in", args=[kind.public_id, form.language])


def _frame(form: PublicForm | None, kind: MeetingType | None = None) -> dict[str, Any]:
    sheet = f"/f/{form.public_id}/form.css" if form else static("public/form.css")
    organisation = form.organisation if form else Organisation.current().name
    return {
        "language": translation.get_language(),
        "title": kind.name_in(form.language) if kind and form else "",
        "organisation": organisation,
        "sheets": [sheet, static("public/meeting.css")],
        "accent": form.definition.accent if form else "blue",
        "script": static("public/meeting.js"),
    }


def note(
    status: int, title: str, text: str, form: PublicForm | None = None, **more: Any
) -> HttpResponse:
    """Return a page that only says something."""
    frame = _frame(form) if form or status != 503 else {"sheets": [static("public/form.css")]}
    context = {
        **frame,
        "language": translation.get_language(),
        "title": title,
        "text": text,
        "is_problem": status >= 400,
        "contact": form.contact if form and status in {409, 410, 429, 503} else "",
        **more,
    }
    html = render_to_string("capture/public/note.html", context)
    response = _closed(framed(form, HttpResponse(html, status=status)))
    if status in {429, 503}:
        response["Retry-After"] = str(door.RETRY_AFTER_SECONDS)
    return response


def _closed(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


@require_safe
def meeting_challenge(request: HttpRequest, public_id: UUID, language: str) -> HttpResponse:
    """Return a proof of work for the form of a page."""
    if language not in _LANGUAGES:
        raise Http404
    form = _find(public_id).form_in(language).public_id
    now = timezone.now()
    body = {
        **proof.new_challenge(str(form), as_of=now),
        "started": proof.new_started(str(form), as_of=now),
    }
    response = JsonResponse(body)
    response["Cache-Control"] = "no-store"
    return response
