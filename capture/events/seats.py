"""Who has a place at an event: registering, cancelling, moving up.

Whoever locks leads and an event locks the leads first, as the intake does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.action import action
from accounts.actor import Actor
from capture.actions.replies import ReplyRequest, ask_replies
from capture.activities import EVENT_CANCELLED, EVENT_REGISTERED, EVENT_SEATED
from capture.events import mails
from capture.events.facts import EventFacts
from capture.events.models import (
    SEATED,
    DueSeat,
    Event,
    EventRegistration,
    RegistrationState,
)
from capture.models import Form, Submission
from ground.due import ask
from ground.ticks import wake
from leads.actions.lifecycle import hold_leads
from leads.actions.timeline import NewActivity, record

SEATS = "capture.seats"
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """Somebody who wants to come; fields as in ``EventRegistration``.

    ``email`` is "" where no mail can go. ``received_at`` is when the wish was told, ``told_by`` the
    name of what told it where that is no submission.
    """

    event_id: int
    lead_id: int
    channel: str
    language: str
    received_at: datetime
    email: str = ""
    email_key: str = ""
    form: Form | None = None
    submission: Submission | None = None
    told_by: str = ""
    is_sample: bool = False

    @property
    def key(self) -> str:
        """What tells this wish from an earlier one of the same lead."""
        if self.submission is not None:
            return str(self.submission.pk)
        if self.told_by:
            return self.told_by
        return f"{self.event_id}:{self.lead_id}:{self.received_at.isoformat()}"


def lock_events(event_ids: Collection[int]) -> dict[int, Event]:
    """Return events by id, locked in the order of their ids."""
    rows = Event.objects.filter(pk__in=event_ids).order_by("pk").select_for_update(of=("self",))
    return {event.pk: event for event in rows}


def note_taken(event: Event) -> None:
    """Count the places that are taken anew; ``event`` is locked. Who is in the bin has none."""
    event.taken = EventRegistration.objects.filter(
        event=event, state__in=SEATED, lead__deleted_at=None
    ).count()
    event.save(update_fields=["taken"])


def seat_details(registration: EventRegistration, event: Event) -> dict[str, object]:
    """Return what the timeline keeps of a registration."""
    return {
        "event": str(event.public_id),
        "event_kind": event.kind,
        "title": event.title,
        "starts_at": event.starts_at.isoformat(),
        "registration": str(registration.public_id),
    }


@action
def register_for_events(
    wishes: Sequence[NewRegistration], *, by: Actor, as_of: datetime
) -> list[EventRegistration]:
    """Register leads, which are locked, and tell each by mail what became of it.

    Where all places are taken a lead waits. Registering again changes nothing, unless it was
    cancelled: then it counts as new. For an event that is closed nobody is registered, and the
    mail says so. Returns the registrations in the order of ``wishes``, without those.
    """
    events = lock_events({wish.event_id for wish in wishes})
    known = {
        (row.event_id, row.lead_id): row
        for row in EventRegistration.objects.filter(
            event__in=events, lead__in={wish.lead_id for wish in wishes}
        ).select_for_update(of=("self",))
    }
    found, new, requests, asked = [], [], [], {}
    for wish in wishes:
        event = events[wish.event_id]
        row = known.get((wish.event_id, wish.lead_id))
        if EventFacts.of(event).why_closed(wish.received_at):
            if row is None and wish.email:
                unsaved = EventRegistration(lead_id=wish.lead_id, **_told_where(wish))
                requests.append(_mail(unsaved, event, mails.REFUSED, wish))
            continue
        if row is None or row.state == RegistrationState.CANCELLED:
            row = known[wish.event_id, wish.lead_id] = _seat(row, wish, event, as_of)
            new.append((row, event, wish))
        elif not row.email and wish.email:
            row.email, row.email_key = wish.email, wish.email_key
            row.save(update_fields=["email", "email_key"])
        found.append(row)
        # What was held or came late may be heard of only now: nobody is invited to what is over.
        if row.email and not event.is_over(as_of):
            request = _mail(row, event, _answer_to(row), wish)
            requests.append(request)
            asked[request.dedupe_key] = row
    _tell_registered(new, by=by, as_of=as_of)
    sent = ask_replies(requests, by=by, as_of=as_of)
    told = [asked[reply.dedupe_key].pk for reply in sent if reply.dedupe_key in asked]
    EventRegistration.objects.filter(pk__in=told).update(is_told=True)
    return found


def _told_where(wish: NewRegistration) -> dict[str, str]:
    return {"email": wish.email, "email_key": wish.email_key, "language": wish.language}


def _mail(row: EventRegistration, event: Event, what: str, wish: NewRegistration) -> ReplyRequest:
    return mails.request_for(row, event, what, key=f"{what}:{wish.key}", is_follow_up=False)


def _answer_to(row: EventRegistration) -> str:
    return mails.WAITING if row.state == RegistrationState.WAITING else mails.CONFIRMED


def _seat(
    row: EventRegistration | None, wish: NewRegistration, event: Event, as_of: datetime
) -> EventRegistration:
    """Give a place to who is new or comes back after cancelling, or put them on the list."""
    if row is None:
        row = EventRegistration(event=event, lead_id=wish.lead_id)
    waits = event.is_full or _others_wait(event)
    row.state = RegistrationState.WAITING if waits else RegistrationState.REGISTERED
    row.form, row.submission, row.channel = wish.form, wish.submission, wish.channel
    row.registered_at, row.cancelled_at, row.is_sample = wish.received_at, None, wish.is_sample
    for name, value in _told_where(wish).items():
        setattr(row, name, value)
    row.save()
    note_taken(event)
    return row


def _others_wait(event: Event) -> bool:
    if event.capacity is None:
        return False
    waiting = EventRegistration.objects.filter(event=event, state=RegistrationState.WAITING)
    return waiting.filter(lead__deleted_at=None).exists()


def _tell_registered(
    new: Sequence[tuple[EventRegistration, Event, NewRegistration]], *, by: Actor, as_of: datetime
) -> None:
    record(
        [
            NewActivity(
                row.lead_id,
                EVENT_REGISTERED,
                wish.received_at,
                {
                    **seat_details(row, event),
                    "channel": row.channel,
                    "is_waiting": row.state == RegistrationState.WAITING,
                },
                dedupe_key=f"event.registered:{row.pk}:{wish.key}",
            )
            for row, event, wish in new
        ],
        by=by,
        as_of=as_of,
    )


@action
def cancel_registration(registration_id: int, *, by: Actor, as_of: datetime) -> bool:
    """Give a place back; whoever waits longest gets it. Returns whether there was one to give.

    After the end of the event nothing can be cancelled any more.
    """
    row = EventRegistration.objects.get(pk=registration_id)
    hold_leads([row.lead_id])
    event = lock_events([row.event_id])[row.event_id]
    row = EventRegistration.objects.select_for_update(of=("self",)).get(pk=registration_id)
    open_states = {RegistrationState.REGISTERED, RegistrationState.WAITING}
    if row.state not in open_states or event.is_over(as_of):
        return False
    had_place = row.state == RegistrationState.REGISTERED
    row.state, row.cancelled_at = RegistrationState.CANCELLED, as_of
    row.save(update_fields=["state", "cancelled_at"])
    note_taken(event)
    activity = NewActivity(row.lead_id, EVENT_CANCELLED, as_of, seat_details(row, event))
    record([activity], by=by, as_of=as_of)
    if had_place:
        ask_for_seats(event, as_of=as_of)
        if row.is_told:
            key = f"{mails.WITHDRAWN}:{row.pk}:{as_of.isoformat()}"
            ask_replies(
                [mails.request_for(row, event, mails.WITHDRAWN, key=key)], by=by, as_of=as_of
            )
    return True


def ask_for_seats(event: Event, *, as_of: datetime) -> None:
    """Have free places given to those who wait."""
    ask(DueSeat, "event_id", [event.pk], due_at=as_of)
    wake(SEATS)


@action
def fill_seats(event_ids: Collection[int], *, by: Actor, as_of: datetime) -> int:
    """Give the free places of events to those who wait longest; returns how many got one.

    Nobody moves up any more once the event has begun or was cancelled.
    """
    return sum(_fill(event_id, by=by, as_of=as_of) for event_id in sorted(event_ids))


def _fill(event_id: int, *, by: Actor, as_of: datetime) -> int:
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        return 0
    waiting = EventRegistration.objects.filter(
        event=event_id, state=RegistrationState.WAITING, lead__deleted_at=None
    ).order_by("registered_at", "pk")
    hold_leads(sorted(waiting.values_list("lead_id", flat=True)[: _free(event)]))
    event = lock_events([event_id])[event_id]
    if event.is_cancelled or as_of >= event.starts_at:
        return 0
    free = _free(event)
    rows = list(waiting.select_for_update(of=("self",))[:free])
    for row in rows:
        row.state = RegistrationState.REGISTERED
    EventRegistration.objects.bulk_update(rows, ["state"])
    note_taken(event)
    record(
        [NewActivity(row.lead_id, EVENT_SEATED, as_of, seat_details(row, event)) for row in rows],
        by=by,
        as_of=as_of,
    )
    ask_replies(
        [
            mails.request_for(
                row, event, mails.SEATED, key=f"{mails.SEATED}:{row.pk}:{row.registered_at}"
            )
            for row in rows
            if row.is_told
        ],
        by=by,
        as_of=as_of,
    )
    if len(rows) == _AT_ONCE:
        ask_for_seats(event, as_of=as_of)
    return len(rows)


def _free(event: Event) -> int:
    if event.capacity is None:
        return _AT_ONCE
    return min(max(0, event.capacity - event.taken), _AT_ONCE)


@action
def recount_seats(*, by: Actor, as_of: datetime) -> int:
    """Count the places of coming events anew where leads with a place were deleted.

    Returns in how many events places became free.
    """
    counted = (
        EventRegistration.objects.filter(
            event=OuterRef("pk"), state__in=SEATED, lead__deleted_at=None
        )
        .order_by()
        .values("event")
        .annotate(number=Count("pk"))
        .values("number")
    )
    wrong = Event.objects.filter(starts_at__gt=as_of).exclude(taken=Coalesce(Subquery(counted), 0))
    events = lock_events(wrong.values_list("pk", flat=True))
    for event in events.values():
        note_taken(event)
        ask_for_seats(event, as_of=as_of)
    return len(events)
