from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.once import once
from accounts.rights import Right
from capture.events.actions import cancel_event, preview_change, save_event
from capture.events.attendance import Presence, mark_attendance
from capture.events.facts import EventFacts
from capture.events.filters import EventFilter, RegistrationFilter
from capture.events.forms import EventForm
from capture.events.letters import told_people
from capture.events.models import Event, EventRegistration, MailKind
from capture.events.queries import (
    events_with_counts,
    figures_of,
    forms_of,
    seen_registrations,
)
from capture.events.times import minutes_before, told_lead_time, told_moment, told_span
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast

EVENTS: Listing[Event] = Listing(
    key="events",
    columns=[
        Column("title", gettext_lazy("Title"), is_main=True),
        Column("starts", gettext_lazy("Begins"), "starts_at"),
        Column("kind", gettext_lazy("Type"), "kind", on_phone=False),
        Column("state", gettext_lazy("State")),
        Column("taken", gettext_lazy("Registered"), "taken", is_number=True),
        Column("waiting", gettext_lazy("Waiting list"), "waiting", is_number=True, on_phone=False),
        Column("attended", gettext_lazy("Attended"), "attended", is_number=True, on_phone=False),
    ],
    ordering="-starts",
    row="capture/events/list.html#row",
    row_name="event",
    search=lambda rows, text: rows.filter(
        Q(title_de__icontains=text) | Q(title_en__icontains=text)
    ),
    filters=EventFilter,
    empty=Empty(
        gettext_lazy("No events yet"),
        gettext_lazy("Webinars and events on site, for which people register by a form."),
        gettext_lazy("Plan an event"),
        reverse_lazy("event_create"),
        icon="calendar-event",
    ),
)


def _search(rows: QuerySet[EventRegistration], text: str) -> QuerySet[EventRegistration]:
    return rows.filter(
        Q(email__icontains=text)
        | Q(lead__first_name__icontains=text)
        | Q(lead__last_name__icontains=text)
    )


REGISTRATIONS: Listing[EventRegistration] = Listing(
    key="registrations",
    columns=[
        Column("lead", gettext_lazy("Lead"), is_main=True),
        Column("state", gettext_lazy("State"), "state"),
        Column("registered", gettext_lazy("Registered"), "registered_at"),
        Column("channel", gettext_lazy("Channel"), "channel", on_phone=False),
        Column("minutes", gettext_lazy("Minutes"), "minutes", is_number=True, nulls_last=True),
        Column("mark", gettext_lazy("Was there")),
    ],
    ordering="-registered",
    row="capture/events/detail.html#row",
    row_name="registration",
    search=_search,
    filters=RegistrationFilter,
    has_bulk=True,
    empty=Empty(
        gettext_lazy("Nobody has registered yet"),
        gettext_lazy("People register by a form of the type “Webinar” or “Event on site”."),
        icon="calendar-event",
    ),
)
READERS = (Right.EVENTS_MANAGE, Right.REPORTS_READ)


@login_required
@require_GET
def event_list(request: HttpRequest) -> HttpResponse:
    request_actor(request).require(*READERS)
    page = EVENTS.page(request, events_with_counts())
    context = {"now": timezone.now()}
    return render_listing(request, "capture/events/list.html", page, context)


@login_required
@require_http_methods(["GET", "POST"])
@once
def event_edit(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """Plan an event or change one; what people must hear of asks first how many get a mail."""
    actor = request_actor(request)
    actor.require(Right.EVENTS_MANAGE)
    event = get_object_or_404(Event, public_id=public_id) if public_id else None
    form = EventForm(request.POST or None, instance=event)
    now = timezone.now()
    if request.method == "POST" and form.is_valid():
        version = _version(request)
        if event is not None and "confirmed" not in request.POST:
            change = preview_change(event, form.values(), as_of=now)
            if change.people:
                context = {"form": form, "event": event, "change": change, "version": version}
                return render(request, "capture/events/confirm.html", context)
        try:
            saved = save_event(
                event.pk if event else None, version=version, by=actor, as_of=now, **form.values()
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("event_detail", saved.public_id)
    context = {"form": form, "event": event}
    status = 422 if form.errors else 200
    return render(request, "capture/events/edit.html", context, status=status)


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


@login_required
@require_GET
def event_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(*READERS)
    event = get_object_or_404(Event, public_id=public_id)
    now = timezone.now()
    page = REGISTRATIONS.page(request, seen_registrations(event, actor))
    whole, by_channel = figures_of(event)
    context: dict[str, Any] = {
        "event": event,
        "when": told_span(event.starts_at, event.ends_at, event.zone),
        "closes": told_moment(event.registration_ends_at, event.zone),
        "figures": whole,
        "by_channel": by_channel,
        "forms": forms_of(event),
        "connections": event.connections.all(),
        "reminders": _reminders(event),
        "has_begun": now >= event.starts_at,
        "is_over": event.is_over(now),
        "can_register": not EventFacts.of(event).why_closed(now),
        "can_mark": now >= event.starts_at and not event.is_cancelled,
    }
    return render_listing(request, "capture/events/detail.html", page, context)


def _reminders(event: Event) -> list[dict[str, Any]]:
    sent = dict(event.mails.filter(kind=MailKind.REMINDER).values_list("minutes", "sent_at"))
    return [
        {
            "label": told_lead_time(minutes),
            "at": told_moment(minutes_before(event.starts_at, minutes, event.zone), event.zone),
            "is_sent": sent.get(minutes) is not None,
        }
        for minutes in event.reminders
    ]


@login_required
@require_http_methods(["GET", "POST"])
def event_cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask how many will get a mail, then call the event off."""
    actor = request_actor(request)
    actor.require(Right.EVENTS_MANAGE)
    event = get_object_or_404(Event, public_id=public_id)
    if event.is_cancelled:
        return redirect("event_detail", event.public_id)
    if request.method == "POST":
        try:
            cancel_event(event.pk, by=actor, as_of=timezone.now())
        except DomainError as error:
            toast(request, str(error), level=messages.ERROR)
        else:
            toast(request, _("The event is cancelled. Everybody who has a place gets a mail."))
        return redirect("event_detail", event.public_id)
    people = told_people(event, MailKind.CANCELLED).count()
    when = told_span(event.starts_at, event.ends_at, event.zone)
    context = {"event": event, "people": people, "when": when}
    return render(request, "capture/events/cancel.html", context)


@login_required
@require_POST
def event_mark(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say of the ticked registrations, or of all that match, whether they were there."""
    actor = request_actor(request)
    actor.require(Right.EVENTS_MANAGE)
    event = get_object_or_404(Event, public_id=public_id)
    rows = REGISTRATIONS.narrow(request, seen_registrations(event, actor)).rows
    was_there = request.POST.get("was") == "attended"
    presence = {key: Presence(was_there) for key in rows.values_list("pk", flat=True)}
    try:
        count = mark_attendance(event.pk, presence, by=actor, as_of=timezone.now())
    except DomainError as error:
        toast(request, str(error), level=messages.ERROR)
    else:
        said = ngettext("%(count)s registration marked.", "%(count)s registrations marked.", count)
        toast(request, said % {"count": count})
    return redirect("event_detail", event.public_id)
