"""Mails to everybody who has a place: reminders, and news of the marketer.

Each is a due row. A reminder moves with its event; who got it for a certain start never gets it
again, whatever runs twice or breaks off.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from accounts.action import action
from accounts.actor import Actor
from capture.actions.replies import ask_replies
from capture.events import mails
from capture.events.models import (
    DueEventMail,
    Event,
    EventMail,
    EventRegistration,
    MailKind,
    RegistrationState,
)
from capture.events.times import minutes_before
from ground.due import ask, cancel
from ground.ticks import wake
from leads.actions.lifecycle import hold_leads

LETTERS = "capture.event_mails"
AT_ONCE = 200
_SAYS = {
    MailKind.REMINDER: mails.REMINDER,
    MailKind.MOVED: mails.MOVED,
    MailKind.CANCELLED: mails.CALLED_OFF,
}


def told_people(event: Event, kind: str = "") -> QuerySet[EventRegistration]:
    """Return the registrations that get a mail; who waits only hears that it is cancelled."""
    states = [RegistrationState.REGISTERED]
    if kind == MailKind.CANCELLED:
        states.append(RegistrationState.WAITING)
    return EventRegistration.objects.filter(
        event=event, state__in=states, is_told=True, lead__deleted_at=None
    )


def plan_reminders(event: Event, *, as_of: datetime) -> None:
    """Make the due rows of the reminders of ``event``, which is locked, as it is now.

    A reminder whose time has passed is not made up for.
    """
    wanted = {} if event.is_cancelled else dict.fromkeys(event.reminders)
    kept = {row.minutes: row for row in event.mails.filter(kind=MailKind.REMINDER)}
    cancel(DueEventMail, "mail_id", [row.pk for row in kept.values()])
    gone = [row.pk for minutes, row in kept.items() if minutes not in wanted]
    EventMail.objects.filter(pk__in=gone).delete()
    for minutes in wanted:
        at = minutes_before(event.starts_at, minutes, event.zone)
        row = kept.get(minutes)
        if row is None:
            row = EventMail.objects.create(
                event=event, kind=MailKind.REMINDER, minutes=minutes, created_at=as_of
            )
        if at > as_of:
            EventMail.objects.filter(pk=row.pk).update(last_id=0, sent_at=None)
            ask(DueEventMail, "mail_id", [row.pk], due_at=at)


def announce(event: Event, kind: MailKind, *, as_of: datetime) -> None:
    """Send news of ``event`` to everybody who has a place, as soon as this is committed."""
    row = EventMail.objects.create(
        event=event, kind=kind, sequence=event.sequence, created_at=as_of
    )
    ask(DueEventMail, "mail_id", [row.pk], due_at=as_of)
    wake(LETTERS)


@action
def send_event_mails(mail_ids: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Ask for the next mails of each, some hundred at a time; returns how many."""
    rows = EventMail.objects.filter(pk__in=mail_ids).select_related("event").order_by("pk")
    return sum(_send(row, by=by, as_of=as_of) for row in rows.select_for_update(of=("self",)))


def _send(mail: EventMail, *, by: Actor, as_of: datetime) -> int:
    event = mail.event
    if not _is_timely(mail, event, as_of):
        return 0
    people = told_people(event, mail.kind).filter(pk__gt=mail.last_id).order_by("pk")
    if mail.kind == MailKind.REMINDER:
        # Who registered later knows when it is.
        assert mail.minutes is not None
        since = minutes_before(event.starts_at, mail.minutes, event.zone)
        people = people.filter(registered_at__lt=since)
    chosen = list(people[:AT_ONCE])
    hold_leads(sorted(row.lead_id for row in chosen))
    # Somebody may have cancelled before the lock was there.
    still = set(
        told_people(event, mail.kind)
        .filter(pk__in=[row.pk for row in chosen])
        .values_list("pk", flat=True)
    )
    asked = ask_replies(
        [
            mails.request_for(row, event, _SAYS[MailKind(mail.kind)], key=_key(mail, row, event))
            for row in sorted(chosen, key=lambda row: row.lead_id)
            if row.pk in still
        ],
        by=by,
        as_of=as_of,
    )
    if len(chosen) == AT_ONCE:
        mail.last_id = chosen[-1].pk
        ask(DueEventMail, "mail_id", [mail.pk], due_at=as_of)
        wake(LETTERS)
    else:
        mail.sent_at = as_of
    mail.save(update_fields=["last_id", "sent_at"])
    return len(asked)


def _key(mail: EventMail, row: EventRegistration, event: Event) -> str:
    if mail.kind == MailKind.REMINDER:
        return f"reminder:{row.pk}:{mail.minutes}:{event.starts_at.timestamp():.0f}"
    return f"news:{mail.pk}:{row.pk}"


def _is_timely(mail: EventMail, event: Event, as_of: datetime) -> bool:
    """Say whether a mail still says something true and new."""
    if mail.kind == MailKind.CANCELLED:
        return event.is_cancelled
    if event.is_cancelled or as_of >= event.starts_at:
        return False
    if mail.kind == MailKind.MOVED:
        return mail.sequence == event.sequence
    assert mail.minutes is not None
    if minutes_before(event.starts_at, mail.minutes, event.zone) > as_of:
        return False  # it was moved, and has a new due row
    later = [minutes for minutes in event.reminders if minutes < mail.minutes]
    return all(minutes_before(event.starts_at, m, event.zone) > as_of for m in later)
