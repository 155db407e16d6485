"""Registering people by hand who asked for it without a form: on the phone, at a fair, by mail."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation
from accounts.rights import Right
from capture.activities import REGISTRATIONS_EXPORTED
from capture.events.facts import CANCELLED, CLOSED, OVER, EventFacts
from capture.events.models import Event, EventRegistration, RegistrationState
from capture.events.seats import NewRegistration, lock_events, register_for_events
from ground.errors import ConflictError, DomainError
from leads.actions.entry import enter_leads
from leads.actions.lifecycle import hold_leads
from leads.entries import LeadEntry
from leads.models import Lead
from leads.normalise import normalise_email

_CLOSED: dict[str, str | Promise] = {
    CANCELLED: _("This event was cancelled: nobody can be registered any more."),
    OVER: _("This event is over: nobody can be registered any more."),
    CLOSED: _("Registration has ended. Change its end to register somebody."),
}


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who asked to be registered.

    Either ``lead_id``, or ``entry`` for who may not be known yet. ``channel`` is how they asked,
    ``language`` that of their mails.
    """

    channel: str
    language: str
    lead_id: int | None = None
    entry: LeadEntry | None = None


def mail_language(lead: Lead | None) -> str:
    """Return the language in which somebody is written to, by default that of the organisation."""
    known = dict(settings.LANGUAGES)
    said = lead.language if lead else ""
    return said if said in known else Organisation.current().default_language


@action
def register_by_hand(
    event_id: int, guest: Guest, *, by: Actor, as_of: datetime
) -> EventRegistration:
    """Register somebody who asked for it; they get the same mail as who sends the form.

    That mail was asked for and needs no consent, and gives none: advertising still needs its own.
    Who is new becomes a lead. Where all places are taken they wait. Raises ``DomainError``
    (``event_closed``, ``lead_missing``), ``ConflictError`` (``registered_already``) for who is
    registered or waits, and what ``enter_leads`` raises; nobody is entered then.
    """
    by.require(Right.EVENTS_MANAGE)
    if guest.entry is not None:
        (entered,) = enter_leads([guest.entry], by=by, as_of=as_of)
        lead_id = entered.lead_id
    else:
        lead_id = guest.lead_id or 0
    hold_leads([lead_id])
    lead = Lead.objects.visible_to(by).filter(pk=lead_id).first()
    if lead is None:
        raise DomainError("lead_missing", _("This lead is not there any more."), "lead")
    event = lock_events([event_id])[event_id]
    if why := EventFacts.of(event).why_closed(as_of):
        raise DomainError("event_closed", _CLOSED[why])
    rows = EventRegistration.objects.filter(event=event, lead=lead)
    if rows.exclude(state=RegistrationState.CANCELLED).exists():
        message = _("%(lead)s is registered already.") % {"lead": lead}
        raise ConflictError("registered_already", message, "lead")
    email = (guest.entry.values.get("email", "") if guest.entry else "") or lead.email
    wish = NewRegistration(
        event.pk,
        lead.pk,
        guest.channel,
        guest.language,
        as_of,
        email=email[:320],
        email_key=normalise_email(email).key if email else "",
        is_sample=lead.is_sample,
    )
    (row,) = register_for_events([wish], by=by, as_of=as_of)
    row.refresh_from_db(fields=["is_told"])
    return row


@action
def note_registrations_export(
    event: Event, query: str, count: int, *, by: Actor, as_of: datetime
) -> None:
    """Check the right to export and log who takes which registrations of ``event``."""
    by.require(Right.LEADS_EXPORT)
    data = {"title": event.title, "query": query[:2000], "count": count}
    audit.record(REGISTRATIONS_EXPORTED, by=by, as_of=as_of, about=event, data=data)
