"""Forms by which people register for an event."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from capture.definition import Definition
from capture.events.facts import CANCELLED, CLOSED, EVENT_FORMS, OVER, EventFacts
from capture.events.links import calendar_link
from capture.events.models import Event, EventKind, EventState
from capture.events.seats import NewRegistration, register_for_events
from capture.intake import Intake
from capture.judging import Judged
from capture.kinds import Slice, Told, register_slice
from capture.models import FormKind
from capture.problems import Problem
from capture.snapshots import PublicForm

# Why nobody can register any more, as a headline.
CLOSED_WORDS: dict[str, str | Promise] = {
    CANCELLED: _("This was cancelled"),
    OVER: _("This is over"),
    CLOSED: _("Registration is closed"),
}
_ALSO: dict[str, str | Promise] = {
    CANCELLED: _("We have received your data, but this was cancelled in the meantime."),
    OVER: _("We have received your data, but this is over. You are not registered."),
    CLOSED: _("We have received your data, but registration is closed. You are not registered."),
}


def check(definition: Definition) -> list[Problem]:
    """Refuse a form for an event without one, or for one that does not come."""
    event = (
        Event.objects.filter(public_id=UUID(definition.event)).first() if definition.event else None
    )
    if event is None:
        message = _("Choose the event for which people register.")
        return [Problem("event_missing", "event", message)]
    found = []
    if EventFacts.of(event).why_closed(timezone.now()):
        message = _("Nobody can register for this event any more: choose one that comes.")
        found.append(Problem("event_closed", "event", message))
    if not any(spec.name == "email" and spec.required for spec in definition.fields):
        message = _("Ask for the e-mail address and require it: the confirmation goes there.")
        found.append(Problem("event_address", "fields", message))
    return found


def tell(form: PublicForm, key: UUID, judged: Judged, as_of: datetime) -> Told | None:
    """Say honestly what sending the form means, and give the entry for the calendar.

    The place itself is given a moment later; the mail says for sure.
    """
    event = form.event
    if event is None:
        return None
    if why := event.why_closed(as_of):
        return Told(instead=_ALSO[why])
    if event.is_full:
        return Told(
            instead=_(
                "All places are taken. You are on the waiting list: as soon as a place becomes"
                " free, you get it and we write to you."
            )
        )
    return Told(
        text=f"{event.title}\n{event.when}",
        link=calendar_link(event.public_id),
        link_text=_("Add to calendar"),
    )


def follow_up(items: Sequence[Intake], by: Actor, as_of: datetime) -> None:
    """Register who sent the form."""
    keys = {UUID(item.definition.event) for item in items if item.definition.event}
    events = dict(Event.objects.filter(public_id__in=keys).values_list("public_id", "pk"))
    wishes = []
    for item in items:
        event_id = events.get(UUID(item.definition.event)) if item.definition.event else None
        if event_id is None:
            continue
        wishes.append(
            NewRegistration(
                event_id,
                item.submission.lead_id or 0,
                item.channel,
                item.form.language,
                item.received_at,
                email=item.judged.answers.email[:320] if item.is_mailable else "",
                email_key=item.email_key if item.is_mailable else "",
                form=item.form,
                submission=item.submission,
                is_sample=item.submission.is_sample,
            )
        )
    register_for_events(wishes, by=by, as_of=as_of)


def events_to_choose(kind: str, chosen: str) -> list[Event]:
    """Return the coming events for forms of ``kind``, with the one that is chosen now."""
    if kind not in EVENT_FORMS:
        return []
    fits = EventKind.WEBINAR if kind == FormKind.WEBINAR else EventKind.EVENT
    coming = Event.objects.filter(kind=fits, state=EventState.PLANNED, starts_at__gt=timezone.now())
    now = Event.objects.filter(public_id=UUID(chosen)) if chosen else Event.objects.none()
    return list((coming | now).order_by("starts_at", "pk"))


def events_for_connections(chosen: int | None) -> QuerySet[Event]:
    """Return the coming events for which connections may register, with the one chosen now."""
    coming = Q(state=EventState.PLANNED, starts_at__gt=timezone.now())
    return Event.objects.filter(coming | Q(pk=chosen)).order_by("starts_at", "pk")


register_slice(Slice(frozenset(EVENT_FORMS), check, tell, follow_up))
