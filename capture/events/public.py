"""What anybody may ask about an event, and the page on which somebody cancels."""

from datetime import datetime
from typing import TypeGuard
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organisation
from capture.actors import CAPTURE
from capture.events.facts import EventFacts
from capture.events.formed import CLOSED_WORDS
from capture.events.ics import calendar_entry
from capture.events.links import find_registration
from capture.events.mails import facts_of
from capture.events.models import Event, EventRegistration, RegistrationState
from capture.events.queries import is_public, live_forms, next_event_form
from capture.events.seats import cancel_registration
from capture.guard.doors import MAIL_LINK
from capture.guard.waiting import turned_away
from capture.outage import DatabaseAwayError, with_database
from ground.ics import CANCEL, PUBLISH


@require_safe
def event_calendar(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the calendar entry of an event that a form makes public, without the address to join."""
    event = Event.objects.filter(public_id=public_id).first()
    if event is None or not is_public(event):
        raise Http404
    facts = {**facts_of(event, translation.get_language() or "en"), "link": ""}
    method = CANCEL if event.is_cancelled else PUBLISH
    entry = calendar_entry(facts, method=method, as_of=event.updated_at)
    response = HttpResponse(entry, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="event.ics"'
    response["Cache-Control"] = "no-store"
    return response


# SECURITY: the link is the authority, and it must work for readers whose browser keeps no cookie.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def event_registration(request: HttpRequest, token: str) -> HttpResponse:
    """Show a registration to whoever has its link; a POST cancels it. 404 for other links."""
    if request.method == "POST" and (answer := turned_away(MAIL_LINK, request)):
        return answer
    row = find_registration(token)
    if row is None:
        raise Http404
    with translation.override(row.language):
        if request.method == "POST":
            cancel_registration(row.pk, by=CAPTURE, as_of=timezone.now())
            row.refresh_from_db(fields=["state"])
        return _page(request, row)


def _page(request: HttpRequest, row: EventRegistration) -> HttpResponse:
    event, now = row.event, timezone.now()
    facts = EventFacts.of(event)
    open_states = {RegistrationState.REGISTERED, RegistrationState.WAITING}
    why = facts.why_closed(now)
    can_cancel = row.state in open_states and not event.is_over(now) and not event.is_cancelled
    context = {
        "event": facts,
        "title": event.title,
        "state": row.state,
        "is_cancelled": row.state == RegistrationState.CANCELLED,
        "is_waiting": row.state == RegistrationState.WAITING,
        "can_cancel": can_cancel,
        "why": CLOSED_WORDS[why] if why and not can_cancel else "",
        "again": None if why or row.state in open_states else live_forms(event).first(),
        "language": row.language,
        "organisation": Organisation.current().name,
        "sheets": [static("public/form.css")],
    }
    response = render(request, "capture/public/registration.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def is_closed(facts: EventFacts | None, *, as_of: datetime) -> TypeGuard[EventFacts]:
    """Say whether nobody can register any more; False for a form without an event."""
    return facts is not None and bool(facts.why_closed(as_of))


def closed_note(facts: EventFacts, *, as_of: datetime) -> dict[str, str]:
    """Return what the page of a form says whose event is closed; needs the database for a link.

    ``{"title", "text"}``, and where another event comes ``{"link", "link_text"}`` to its form.
    """
    why = facts.why_closed(as_of)
    said = {"title": str(CLOSED_WORDS[why]), "text": f"{facts.title}\n{facts.when}"}
    try:
        found = with_database(lambda: next_event_form(facts.public_id, as_of=as_of))
    except DatabaseAwayError:
        return said
    if found is None:
        return said
    coming, form = EventFacts.of(found[0]), found[1]
    words = {"title": coming.title, "when": coming.when}
    # Absolute, as the note stands on other websites, too.
    link = f"{settings.BASE_URL}{reverse('public_form', args=[form.public_id])}"
    return {**said, "link": link, "link_text": _("Next: %(title)s, %(when)s") % words}
