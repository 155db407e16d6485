"""What guests do with their meeting, by the link in their mail: reading changes nothing."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organisation
from accounts.visitors import client_network
from capture.guard import throttle
from capture.guard.doors import MAIL_LINK
from capture.guard.waiting import turned_away
from ground.errors import DomainError
from handoff.authority import GUEST
from handoff.meetings.actions.changes import cancel_meetings, move_meeting, refuse_closed
from handoff.meetings.links import find_managed, page_link
from handoff.meetings.showing import read_day, show_week
from handoff.meetings.slots import parse_moment
from handoff.meetings.told import in_zone, tell, where
from handoff.meetings.views.public import note
from handoff.models import Meeting, MeetingState


def _find(request: HttpRequest, token: str) -> Meeting | HttpResponse:
    if request.method == "POST" and (answer := turned_away(MAIL_LINK, request)):
        return answer
    who = client_network(request)
    if throttle.guesses.is_over(who):
        return note(429, _("This did not work"), _("Please wait a minute."))
    meeting = find_managed(token)
    if meeting is None:
        throttle.guesses.hit(who)
        text = _("Please use the whole address from the mail.")
        return note(404, _("This link does not exist"), text)
    return meeting


@require_safe
def meeting_manage(request: HttpRequest, token: str) -> HttpResponse:
    meeting = _find(request, token)
    if isinstance(meeting, HttpResponse):
        return meeting
    with translation.override(meeting.language):
        return _page(token, meeting, timezone.now())


# SECURITY: the link is the authority, and it must work for readers whose browser keeps no cookie.
@csrf_exempt
@require_POST
def meeting_cancel(request: HttpRequest, token: str) -> HttpResponse:
    meeting = _find(request, token)
    if isinstance(meeting, HttpResponse):
        return meeting
    now = timezone.now()
    with translation.override(meeting.language):
        try:
            cancel_meetings([meeting.pk], is_guest=True, by=GUEST, as_of=now)
        except DomainError as error:
            return _page(token, meeting, now, str(error.message), status=error.status)
        meeting.refresh_from_db()
        return _page(token, meeting, now)


# SECURITY: as above.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_move(request: HttpRequest, token: str) -> HttpResponse:
    meeting = _find(request, token)
    if isinstance(meeting, HttpResponse):
        return meeting
    now = timezone.now()
    with translation.override(meeting.language):
        if request.method != "POST":
            return _slots(request, token, meeting, now)
        at = parse_moment(request.POST.get("slot", ""))
        if at is None:
            return _slots(request, token, meeting, now, _("Please choose a time."), 422)
        try:
            move_meeting(meeting.pk, at, is_guest=True, by=GUEST, as_of=now)
        except DomainError as error:
            return _slots(request, token, meeting, now, str(error.message), error.status)
        meeting = find_managed(token) or meeting
        return _page(token, meeting, now, is_moved=True)


def _page(
    token: str,
    meeting: Meeting,
    now: datetime,
    problem: str = "",
    *,
    is_moved: bool = False,
    status: int = 200,
) -> HttpResponse:
    refusal = _refusal(meeting, now)
    titles = {
        MeetingState.CANCELLED: _("This meeting was cancelled"),
        MeetingState.BOOKED: _("Your meeting was moved") if is_moved else _("Your meeting"),
    }
    context = {
        "title": titles.get(MeetingState(meeting.state), _("This meeting is over")),
        "problem": problem,
        "refusal": "" if problem else refusal,
        "can_change": not refusal,
        "cancel_url": reverse("meeting_cancel", args=[token]),
        "move_url": reverse("meeting_move", args=[token]),
        "again_url": page_link(meeting.kind, meeting.language),
    }
    return _render("handoff/public/manage.html", meeting, context, status)


def _refusal(meeting: Meeting, now: datetime) -> str:
    """Say why a meeting that is to come cannot be changed here any more; "" when it can."""
    try:
        refuse_closed(meeting, is_guest=True, as_of=now)
    except DomainError as error:
        return str(error.message)
    return ""


def _slots(
    request: HttpRequest,
    token: str,
    meeting: Meeting,
    now: datetime,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    if refusal := _refusal(meeting, now):
        return _page(token, meeting, now, refusal, status=status if status != 200 else 422)
    week = show_week(
        meeting.kind,
        [meeting.host],
        ZoneInfo(meeting.guest_zone),
        begins=read_day(request.GET.get("from", "")),
        as_of=now,
        without=meeting,
    )
    context = {
        "title": _("Choose another time"),
        "problem": problem,
        "week": week,
        "move_url": reverse("meeting_move", args=[token]),
        "manage_url": reverse("meeting_manage", args=[token]),
    }
    return _render("handoff/public/move.html", meeting, context, status)


def _render(
    template: str, meeting: Meeting, context: dict[str, object], status: int
) -> HttpResponse:
    told = tell(meeting, "booked", zone=meeting.guest_zone)
    organisation = Organisation.current()
    context = {
        **context,
        "meeting": meeting,
        "name": told.name_in(meeting.language),
        "when": in_zone(told.starts_at, told.zone),
        "where": where(told),
        "host": told.host,
        "phone": told.host_phone,
        "contact": organisation.second_contact or organisation.email,
        "zone": meeting.guest_zone,
        "language": meeting.language,
        "organisation": organisation.name,
        "sheets": [static("public/form.css"), static("public/meeting.css")],
    }
    response = HttpResponse(render_to_string(template, context), status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
