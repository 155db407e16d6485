"""Who was there: said by hand, by a list, or by another system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.activities import EVENT_ATTENDED, EVENT_MISSED
from capture.events.models import Event, EventRegistration, RegistrationState
from capture.events.seats import lock_events, note_taken, seat_details
from ground.errors import DomainError
from leads.actions.lifecycle import hold_leads
from leads.actions.timeline import NewActivity, record

ATTENDED, ABSENT = RegistrationState.ATTENDED, RegistrationState.ABSENT
_OUTCOMES = {ATTENDED: EVENT_ATTENDED, ABSENT: EVENT_MISSED}


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether somebody was there, and for how many minutes where that is known."""

    was_there: bool
    minutes: int | None = None


@action
def mark_attendance(
    event_id: int,
    presence: Mapping[int, Presence],
    *,
    by: Actor,
    as_of: datetime,
    others_absent: bool = False,
) -> int:
    """Say of registrations, by id, whether they attended; returns how many changed.

    With ``others_absent`` everybody else who has a place and of whom nothing is known was absent.
    Saying the other later corrects it: the earlier outcome counts nowhere any more. Who had
    cancelled or waited and came all the same has attended; they cannot be absent. Raises
    ``DomainError`` (``event_not_begun``, ``event_cancelled``).
    """
    by.require(Right.EVENTS_MANAGE)
    there = EventRegistration.objects.filter(event=event_id)
    keys = set(presence)
    if others_absent:
        open_rows = there.filter(state=RegistrationState.REGISTERED).exclude(pk__in=keys)
        keys |= set(open_rows.values_list("pk", flat=True))
    rows = there.filter(pk__in=keys)
    hold_leads(sorted(rows.values_list("lead_id", flat=True)))
    event = lock_events([event_id])[event_id]
    _refuse(event, as_of)
    absent = Presence(was_there=False)
    changed = [
        row
        for row in rows.order_by("pk").select_for_update(of=("self",))
        if _mark(row, presence.get(row.pk, absent), as_of)
    ]
    fields = ["state", "minutes", "marked_at"]
    EventRegistration.objects.bulk_update(changed, fields)
    note_taken(event)
    _tell(event, changed, by=by, as_of=as_of)
    return len(changed)


def _refuse(event: Event, as_of: datetime) -> None:
    if event.is_cancelled:
        raise DomainError("event_cancelled", _("This event was cancelled: nobody attended it."))
    if as_of < event.starts_at:
        message = _("It has not begun yet: nobody can have attended or missed it.")
        raise DomainError("event_not_begun", message)


def _mark(row: EventRegistration, said: Presence, as_of: datetime) -> bool:
    """Change ``row``; returns whether that changed anything."""
    state = ATTENDED if said.was_there else ABSENT
    if not said.was_there and row.state in {
        RegistrationState.CANCELLED,
        RegistrationState.WAITING,
    }:
        return False
    minutes = said.minutes if said.was_there else None
    if row.state == state and minutes in {None, row.minutes}:
        return False
    row.state, row.minutes, row.marked_at = state, minutes, as_of
    return True


def _tell(event: Event, rows: Sequence[EventRegistration], *, by: Actor, as_of: datetime) -> None:
    """Record the outcomes, and which of them hold."""
    # The hour of the event is when people were there; a list that comes early is of now.
    at = min(event.ends_at, as_of)
    activities = record(
        [
            NewActivity(
                row.lead_id,
                _OUTCOMES[RegistrationState(row.state)],
                at,
                {**seat_details(row, event), "minutes": row.minutes},
            )
            for row in rows
        ],
        by=by,
        as_of=as_of,
    )
    by_lead = {activity.lead_id: activity for activity in activities}
    for row in rows:
        row.outcome = by_lead[row.lead_id]
    EventRegistration.objects.bulk_update(rows, ["outcome"])
