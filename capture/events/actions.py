"""Planning events, and moving and cancelling them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.activities import EVENT_CHANGED
from capture.events.letters import announce, plan_reminders, told_people
from capture.events.models import DAY, Event, EventKind, EventState, MailKind
from capture.events.seats import ask_for_seats, lock_events, note_taken
from capture.events.times import zone_named
from capture.problems import is_web_address
from ground.errors import ConflictError, DomainError
from leads.normalise import clean_text

FIELDS = (
    *("kind", "title_de", "title_en", "description_de", "description_en", "starts_at", "ends_at"),
    *("time_zone", "place", "join_url", "capacity", "closes_at", "reminders"),
)
# What people who are registered must hear of, because it stands in their calendar.
TOLD = ("starts_at", "ends_at", "time_zone", "place", "join_url")
MAX_REMINDERS = 5
_LONGEST = timedelta(days=31)
_LIMITS = {"title_de": 200, "title_en": 200, "place": 300, "join_url": 1000}


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of an event would mean: what people must hear of, and how many would."""

    names: tuple[str, ...]
    people: int


def preview_change(event: Event, values: Mapping[str, Any], *, as_of: datetime) -> Change:
    """Return what ``save_event`` with ``values`` would tell and to how many; changes nothing."""
    names = _told_changes(event, values)
    is_told = bool(names) and as_of < values.get("starts_at", event.starts_at)
    return Change(names, told_people(event).count() if is_told else 0)


def _told_changes(event: Event, values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        name
        for name in TOLD
        if name in values and (values[name] or "") != (getattr(event, name) or "")
    )


@action
def save_event(
    event_id: int | None,
    *,
    by: Actor,
    as_of: datetime,
    version: int | None = None,
    is_sample: bool = False,
    **values: Any,
) -> Event:
    """Plan an event (None) or change one; ``values`` are those of ``FIELDS``.

    Where time or place change, everybody who has a place gets a mail that updates the calendar, and
    the reminders move. With ``version`` the change is refused when somebody else changed the event
    in between (``ConflictError``, ``event_changed``). Raises ``DomainError`` (``title_missing``,
    ``ends_before_start``, ``zone_unknown``, ``join_url_invalid``, ``place_missing``,
    ``reminder_invalid``, ``event_cancelled``, ``event_over``, …).
    """
    by.require(Right.EVENTS_MANAGE)
    told: tuple[str, ...] = ()
    if event_id is None:
        event = Event(created_at=as_of, is_sample=is_sample)
    else:
        event = lock_events([event_id])[event_id]
        _refuse_change(event, values, version, as_of)
        told = _told_changes(event, values)
    for name in FIELDS:
        if name in values:
            setattr(event, name, values[name])
    _clean(event)
    _refuse(event)
    if told:
        event.sequence += 1
    event.version += event_id is not None
    event.updated_at = as_of
    event.save()
    note_taken(event)
    plan_reminders(event, as_of=as_of)
    if told:
        announce(event, MailKind.MOVED, as_of=as_of)
    if event.capacity is None or event.capacity > event.taken:
        ask_for_seats(event, as_of=as_of)
    data = {"title": event.title, "told": list(told)}
    audit.record(EVENT_CHANGED, by=by, as_of=as_of, about=event, data=data)
    return event


def _refuse_change(
    event: Event, values: Mapping[str, Any], version: int | None, as_of: datetime
) -> None:
    if version is not None and version != event.version:
        raise ConflictError(
            "event_changed", _("Somebody else has changed this event. Load it again.")
        )
    if event.is_cancelled:
        raise DomainError("event_cancelled", _("This event was cancelled. Plan a new one."))
    if event.is_over(as_of) and _told_changes(event, values):
        message = _("This event is over: its time and place cannot be changed any more.")
        raise DomainError("event_over", message, "starts_at")


def _clean(event: Event) -> None:
    for name, limit in _LIMITS.items():
        setattr(event, name, clean_text(getattr(event, name), limit=limit))
    for name in ("description_de", "description_en"):
        setattr(event, name, clean_text(getattr(event, name), limit=3000, lines=True))
    event.reminders = sorted(set(event.reminders), reverse=True)


def _refuse(event: Event) -> None:
    """Raise ``DomainError`` for what cannot take place."""
    if event.kind not in EventKind.values:
        raise DomainError("kind_unknown", _("Choose what it is."), "kind")
    if not (event.title_de or event.title_en):
        raise DomainError("title_missing", _("Give it a title."), "title_de")
    zone_named(event.time_zone)
    if event.ends_at <= event.starts_at:
        raise DomainError("ends_before_start", _("The end lies before the start."), "ends_at")
    if event.ends_at - event.starts_at > _LONGEST:
        raise DomainError("too_long", _("An event lasts 31 days at most."), "ends_at")
    if event.closes_at is not None and event.closes_at > event.starts_at:
        message = _("Registration ends when it begins, at the latest.")
        raise DomainError("closes_late", message, "closes_at")
    if event.capacity == 0:
        raise DomainError("capacity_zero", _("Without any place nobody can come."), "capacity")
    _refuse_place(event)
    if len(event.reminders) > MAX_REMINDERS or any(
        not 5 <= minutes <= 60 * DAY for minutes in event.reminders
    ):
        message = _("Up to five reminders, between 5 minutes and 60 days before.")
        raise DomainError("reminder_invalid", message, "reminders")


def _refuse_place(event: Event) -> None:
    if event.join_url and not is_web_address(event.join_url):
        message = _("Give a complete address that begins with https:// or http://.")
        raise DomainError("join_url_invalid", message, "join_url")
    if event.is_webinar and not event.join_url:
        message = _("Give the address at which people join.")
        raise DomainError("join_url_missing", message, "join_url")
    if not event.is_webinar and not event.place:
        raise DomainError("place_missing", _("Say where it takes place."), "place")


@action
def cancel_event(event_id: int, *, by: Actor, as_of: datetime) -> Event:
    """Call an event off; everybody who has a place or waits gets a mail, and no reminder.

    Doing it again changes nothing. Raises ``DomainError`` (``event_over``).
    """
    by.require(Right.EVENTS_MANAGE)
    event = lock_events([event_id])[event_id]
    if event.is_cancelled:
        return event
    if event.is_over(as_of):
        raise DomainError("event_over", _("This event is over."))
    event.state, event.cancelled_at, event.updated_at = EventState.CANCELLED, as_of, as_of
    event.sequence += 1
    event.version += 1
    event.save(update_fields=["state", "cancelled_at", "updated_at", "sequence", "version"])
    plan_reminders(event, as_of=as_of)
    announce(event, MailKind.CANCELLED, as_of=as_of)
    data = {"title": event.title, "state": event.state}
    audit.record(EVENT_CHANGED, by=by, as_of=as_of, about=event, data=data)
    return event
