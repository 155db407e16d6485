from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import Actor, request_actor
from accounts.once import once
from accounts.rights import Right
from capture.events.by_hand import note_registrations_export, register_by_hand
from capture.events.facts import EventFacts
from capture.events.forms import GuestForm
from capture.events.models import Event, EventRegistration, RegistrationState
from capture.events.queries import seen_registrations
from capture.events.views import READERS, REGISTRATIONS
from capture.exporting import csv_response
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.listing import search_leads
from leads.models import Lead

SHOWN = 8


@login_required
@require_http_methods(["GET", "POST"])
@once
def registration_create(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Register somebody by hand: a lead that is looked for, or somebody new."""
    actor = request_actor(request)
    actor.require(Right.EVENTS_MANAGE)
    event = get_object_or_404(Event, public_id=public_id)
    lead = _chosen(request, actor)
    form = GuestForm(request.POST or None, lead=lead)
    now = timezone.now()
    if request.method == "POST" and form.is_valid():
        try:
            row = register_by_hand(event.pk, form.guest(now), by=actor, as_of=now)
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _told(row))
            return redirect("event_detail", event.public_id)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    context: dict[str, Any] = {
        "event": event,
        "form": form,
        "lead": lead,
        "query": query,
        "found": _found(event, query, actor),
        "facts": EventFacts.of(event),
        "is_closed": bool(EventFacts.of(event).why_closed(now)),
    }
    status = 422 if form.errors else 200
    return render(request, "capture/events/register.html", context, status=status)


def _chosen(request: HttpRequest, actor: Actor) -> Lead | None:
    """Return the lead that was chosen, None for somebody new."""
    said = request.POST.get("lead") or request.GET.get("lead")
    if not said:
        return None
    try:
        key = UUID(said)
    except ValueError:
        key = UUID(int=0)
    return get_object_or_404(Lead.objects.visible_to(actor), public_id=key)


def _found(event: Event, query: str, actor: Actor) -> list[tuple[Lead, str]]:
    """Return the leads that ``query`` names, each with where they stand with the event."""
    if not query:
        return []
    rows = search_leads(Lead.objects.visible_to(actor), query).select_related("company")
    leads = list(rows.order_by("-pk")[:SHOWN])
    states = EventRegistration.objects.filter(event=event, lead__in=leads)
    told = {
        row.lead_id: row.get_state_display()
        for row in states.exclude(state=RegistrationState.CANCELLED)
    }
    return [(lead, str(told.get(lead.pk, ""))) for lead in leads]


def _told(row: EventRegistration) -> str:
    if row.state == RegistrationState.WAITING:
        said = _("All places are taken: %(lead)s is on the waiting list.")
    else:
        said = _("%(lead)s is registered.")
    if row.is_told:
        more = _("The confirmation is on its way.")
    elif row.email:
        more = _("No mail goes out: this address got too many confirmations today.")
    else:
        more = _("No mail goes out: there is no address.")
    return f"{said % {'lead': row.lead}} {more}"


@login_required
@require_GET
def registration_export(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Hand out the registrations that the list shows, as far as the reader sees the leads."""
    actor = request_actor(request)
    actor.require(*READERS)
    actor.require(Right.LEADS_EXPORT)
    event = get_object_or_404(Event, public_id=public_id)
    page = REGISTRATIONS.page(request, seen_registrations(event, actor))
    query = request.GET.urlencode()
    note_registrations_export(event, query, page.matching.count(), by=actor, as_of=timezone.now())
    response = csv_response("registrations", _HEADER, _rows(page.matching))
    response["Cache-Control"] = "private, no-store"
    return response


_HEADER = (
    *("registration", "lead", "first_name", "last_name", "company", "email", "state", "channel"),
    *("form", "registered_at", "cancelled_at", "marked_at", "minutes", "is_sample"),
)


def _rows(registrations: QuerySet[EventRegistration]) -> Iterator[list[Any]]:
    rows = registrations.select_related("lead__company", "form").order_by("registered_at", "pk")
    for row in rows.iterator(chunk_size=2000):
        lead = row.lead
        yield [
            *(row.public_id, lead.public_id, lead.first_name, lead.last_name),
            *(lead.company, row.email or lead.email, row.state, row.channel, row.form),
            *(row.registered_at, row.cancelled_at, row.marked_at, row.minutes),
            "yes" if row.is_sample else "no",
        ]
