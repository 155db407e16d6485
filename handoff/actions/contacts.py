"""A contact with a lead: how it ended, what was said, what comes next; written in one go."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground import days
from ground.errors import ConflictError, DomainError
from handoff.actions.answers import accept_handoffs
from handoff.actions.tasks import NewTask, complete_tasks, create_tasks
from handoff.activities import CALL_LOGGED
from handoff.models import (
    Call,
    CallDirection,
    CallOutcome,
    Handoff,
    Task,
    TaskKind,
    TaskOrigin,
)
from handoff.queries import agreement_in_force, lock_visible
from leads.actions.notes import add_notes
from leads.actions.timeline import NewActivity, record
from leads.activities import LEAD_UPDATED
from leads.models import Identifier, IdentifierKind, Lead, Note

# A working day to find out the right number.
REPAIR_MINUTES = 480
# After these there is nothing to work on yet.
_NO_TALK = (CallOutcome.REFUSED, CallOutcome.WRONG_NUMBER)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What comes next: a task of this kind at this time."""

    kind: str
    due_at: datetime
    title: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """One call with a lead as somebody noted it.

    ``contact_id`` is made where it is typed in: what is sent twice, or again after the connection
    was lost, is written once.
    """

    lead_id: int
    outcome: str
    note: str = ""
    next_step: NextStep | None = None
    direction: str = CallDirection.OUTBOUND
    duration_minutes: int | None = None
    contact_id: uuid.UUID = field(default_factory=uuid.uuid4)


@action
def log_contacts(contacts: Sequence[Contact], *, by: Actor, as_of: datetime) -> list[Call]:
    """Log calls with their notes and next steps, and finish the calls that were planned.

    Planned calls of the actor that are due by the end of the day count as done. An open hand-over
    to the actor is accepted, unless the lead refused or the number was wrong; a wrong number is
    marked as not valid. Contacts that are known by their id are left alone, as are leads that the
    actor may not see. Raises ``DomainError`` (``outcome_missing``) and ``ConflictError``
    (``contact_known``) for an id that belongs to the contact of somebody else.
    """
    by.require(Right.HANDOFF_WORK)
    for contact in contacts:
        if contact.outcome not in CallOutcome.values:
            raise DomainError("outcome_missing", _("Say how the call ended."), field="outcome")
    seen = {lead.pk for lead in lock_visible({contact.lead_id for contact in contacts}, by=by)}
    known = _known(contacts, by)
    new = [c for c in contacts if c.contact_id not in known and c.lead_id in seen]
    if not new:
        return []
    _accept(new, by=by, as_of=as_of)
    notes = _write_notes(new, by=by, as_of=as_of)
    calls = Call.objects.bulk_create(
        Call(
            public_id=contact.contact_id,
            lead_id=contact.lead_id,
            user_id=by.user_id,
            user_label=by.label[:150],
            at=as_of,
            direction=contact.direction,
            outcome=contact.outcome,
            note=notes.get(contact.lead_id) if contact.note.strip() else None,
            duration_minutes=contact.duration_minutes,
        )
        for contact in new
    )
    _mark_wrong_numbers(new, by=by, as_of=as_of)
    _finish_planned_calls([call.lead_id for call in calls], by=by, as_of=as_of)
    _plan(new, by=by, as_of=as_of)
    record(
        [
            NewActivity(
                call.lead_id,
                CALL_LOGGED,
                as_of,
                {
                    "call": str(call.public_id),
                    "outcome": call.outcome,
                    "direction": call.direction,
                    "minutes": call.duration_minutes,
                },
            )
            for call in calls
        ],
        by=by,
        as_of=as_of,
    )
    return calls


def _known(contacts: Sequence[Contact], by: Actor) -> set[uuid.UUID]:
    rows = Call.objects.filter(public_id__in={contact.contact_id for contact in contacts})
    owners = {(contact.contact_id, contact.lead_id) for contact in contacts}
    for row in rows:
        if row.user_id != by.user_id or (row.public_id, row.lead_id) not in owners:
            raise ConflictError("contact_known", _("This contact was logged already."))
    return {row.public_id for row in rows}


def _accept(contacts: Sequence[Contact], *, by: Actor, as_of: datetime) -> None:
    """Accept what was handed to the actor: whoever speaks to a lead has taken it on."""
    spoken = [contact.lead_id for contact in contacts if contact.outcome not in _NO_TALK]
    offered = Handoff.objects.open().for_user(by).filter(lead__in=spoken)
    ids = list(offered.values_list("pk", flat=True))
    if ids:
        accept_handoffs(ids, by=by, as_of=as_of)


def _write_notes(contacts: Sequence[Contact], *, by: Actor, as_of: datetime) -> dict[int, Note]:
    bodies = {contact.lead_id: contact.note for contact in contacts if contact.note.strip()}
    if not bodies:
        return {}
    return {note.lead_id: note for note in add_notes(bodies, by=by, as_of=as_of)}


def _mark_wrong_numbers(contacts: Sequence[Contact], *, by: Actor, as_of: datetime) -> None:
    """Mark numbers that were wrong as not valid, and have somebody find the right ones."""
    wrong = [c.lead_id for c in contacts if c.outcome == CallOutcome.WRONG_NUMBER]
    leads = Lead.objects.filter(pk__in=wrong, is_phone_valid=True).exclude(phone="")
    ids = sorted(leads.values_list("pk", flat=True))
    if not ids:
        return
    Lead.objects.filter(pk__in=ids).update(is_phone_valid=False, updated_at=as_of)
    Identifier.objects.filter(lead__in=ids, kind=IdentifierKind.PHONE).update(is_valid=False)
    data = {"changes": {"is_phone_valid": [True, False]}}
    record([NewActivity(key, LEAD_UPDATED, as_of, data) for key in ids], by=by, as_of=as_of)
    due_at = agreement_in_force().hours.add(as_of, REPAIR_MINUTES)
    repairs = [
        NewTask(
            key,
            due_at,
            TaskKind.OTHER,
            gettext("Find the right phone number"),
            by.user_id,
            origin=TaskOrigin.REPAIR,
        )
        for key in ids
    ]
    create_tasks(repairs, by=by, as_of=as_of)


def _finish_planned_calls(lead_ids: Sequence[int], *, by: Actor, as_of: datetime) -> None:
    tomorrow = days.start_of(days.day_of(as_of) + timedelta(days=1))
    planned = (
        Task.objects.open()
        .filter(lead__in=lead_ids, kind=TaskKind.CALL, due_at__lt=tomorrow)
        .filter(assignee_id=by.user_id)
    )
    complete_tasks(list(planned.values_list("pk", flat=True)), by=by, as_of=as_of)


def _plan(contacts: Sequence[Contact], *, by: Actor, as_of: datetime) -> None:
    steps = [
        NewTask(
            contact.lead_id,
            contact.next_step.due_at,
            contact.next_step.kind,
            contact.next_step.title,
            assignee_id=by.user_id,
            origin=TaskOrigin.CONTACT,
        )
        for contact in contacts
        if contact.next_step is not None
    ]
    create_tasks(steps, by=by, as_of=as_of)
