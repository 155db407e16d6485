"""Cancelling and moving meetings, what came of them, and meetings made by hand."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import User
from accounts.rights import Right
from capture.optin import mailbox_of
from ground.errors import ConflictError, DomainError
from handoff.actions.answers import accept_handoffs
from handoff.activities import (
    MEETING_BOOKED,
    MEETING_CANCELLED,
    MEETING_HELD,
    MEETING_MISSED,
    MEETING_MOVED,
)
from handoff.meetings.following import ask_entries, forget_reminders, plan_reminders
from handoff.meetings.mails import BOOKED, CANCELLED, MOVED, tell_both
from handoff.meetings.slots import blocked, clean_zone, free_hosts, hosts_of
from handoff.meetings.telling import activity
from handoff.models import Handoff, Meeting, MeetingState, MeetingType
from handoff.queries import lock_visible
from leads.actions.timeline import record
from leads.normalise import clean_text, normalise_email

# Whoever moves a meeting more often plays with somebody's calendar.
MOST_MOVES = 10
_OUTCOMES = {MeetingState.HELD: MEETING_HELD, MeetingState.MISSED: MEETING_MISSED}


@action
def cancel_meetings(
    ids: Sequence[int], *, reason: str = "", is_guest: bool = False, by: Actor, as_of: datetime
) -> int:
    """Cancel booked meetings and tell both; those that are cancelled are left alone.

    A guest (``is_guest``) can until the type's ``change_minutes`` before. Raises ``DomainError``
    (``meeting_too_late``, ``meeting_over``); returns how many were cancelled.
    """
    rows = [row for row in _lock(ids, by=by) if row.state != MeetingState.CANCELLED]
    for row in rows:
        refuse_closed(row, is_guest=is_guest, as_of=as_of)
    for row in rows:
        row.state, row.ended_reason = MeetingState.CANCELLED, clean_text(reason, limit=300)
        row.sequence, row.updated_at = row.sequence + 1, as_of
        row.save(update_fields=["state", "ended_reason", "sequence", "updated_at"])
    more = {"by_guest": is_guest}
    told = [
        activity(row, MEETING_CANCELLED, as_of, reason=row.ended_reason, **more) for row in rows
    ]
    record(told, by=by, as_of=as_of)
    forget_reminders(rows)
    ask_entries(rows, as_of=as_of)
    tell_both(rows, CANCELLED, by=by, as_of=as_of)
    return len(rows)


@action
def move_meeting(
    meeting_id: int, at: datetime, *, is_guest: bool = False, by: Actor, as_of: datetime
) -> Meeting:
    """Move a booked meeting to ``at`` with the same host, and tell both; the same time is none.

    A guest moves it into a free slot and in good time; a colleague to any time at which the host
    has no other meeting. Raises ``DomainError`` (``meeting_too_late``, ``meeting_over``,
    ``meeting_past``) and ``ConflictError`` (``slot_taken``, ``meeting_moved_often``).
    """
    meeting = next(iter(_lock([meeting_id], by=by)), None)
    if meeting is None:
        raise DomainError("meeting_over", _("This meeting is not there any more."))
    refuse_closed(meeting, is_guest=is_guest, as_of=as_of)
    if meeting.starts_at == at:
        return meeting
    host = User.objects.select_for_update(of=("self",), no_key=True).get(pk=meeting.host_id)
    if is_guest:
        if meeting.sequence >= MOST_MOVES:
            raise ConflictError(
                "meeting_moved_often", _("This meeting was moved too often. Please call us.")
            )
        if not free_hosts(meeting.kind, [host], at, as_of=as_of, without=meeting):
            raise _taken()
    elif at <= as_of:
        raise DomainError("meeting_past", _("Choose a time that is still to come."), "starts_at")
    before = meeting.starts_at.isoformat()
    length = meeting.ends_at - meeting.starts_at
    meeting.starts_at, meeting.ends_at = at, at + length
    meeting.blocked_from, meeting.blocked_until = blocked(meeting.kind, at)
    meeting.blocked_until = max(meeting.blocked_until, meeting.ends_at)
    meeting.sequence, meeting.updated_at = meeting.sequence + 1, as_of
    _save_or_refuse(meeting)
    record(
        [activity(meeting, MEETING_MOVED, as_of, before=before, by_guest=is_guest)],
        by=by,
        as_of=as_of,
    )
    plan_reminders([meeting], as_of=as_of)
    ask_entries([meeting], as_of=as_of)
    tell_both([meeting], MOVED, by=by, as_of=as_of)
    return meeting


def _save_or_refuse(meeting: Meeting) -> None:
    try:
        with transaction.atomic():
            meeting.save()
    except IntegrityError as error:
        if "meeting_once_at_a_time" in str(error):
            raise _taken() from error
        raise


def _taken() -> ConflictError:
    return ConflictError("slot_taken", _("This time is not free any more."), "starts_at")


def refuse_closed(meeting: Meeting, *, is_guest: bool, as_of: datetime) -> None:
    """Raise ``DomainError`` when a meeting can be neither cancelled nor moved (any more)."""
    if meeting.state != MeetingState.BOOKED or (is_guest and meeting.starts_at <= as_of):
        raise DomainError("meeting_over", _("This meeting is over or was cancelled."))
    if is_guest and (meeting.starts_at - as_of).total_seconds() < meeting.kind.change_minutes * 60:
        raise DomainError(
            "meeting_too_late", _("It is too late to change this here. Please call us.")
        )


@action
def note_outcomes(ids: Sequence[int], outcome: str, *, by: Actor, as_of: datetime) -> int:
    """Note that meetings took place or that nobody came; returns how many.

    Whoever met a lead has taken it on: an open hand-over to the actor is accepted, as after a
    call. Raises ``DomainError`` (``outcome_missing``, ``meeting_not_begun``, ``meeting_over``).
    """
    by.require(Right.HANDOFF_WORK)
    if outcome not in _OUTCOMES:
        raise DomainError("outcome_missing", _("Say how the meeting ended."), "outcome")
    rows = [row for row in _lock(ids, by=by) if row.state != outcome]
    for row in rows:
        if row.state not in (MeetingState.BOOKED, *_OUTCOMES):
            raise DomainError("meeting_over", _("This meeting is over or was cancelled."))
        if row.starts_at > as_of:
            raise DomainError("meeting_not_begun", _("This meeting has not begun yet."))
    for row in rows:
        row.state, row.updated_at = MeetingState(outcome), as_of
        row.save(update_fields=["state", "updated_at"])
    kind = _OUTCOMES[MeetingState(outcome)]
    record([activity(row, kind, as_of) for row in rows], by=by, as_of=as_of)
    accept_offered({row.lead_id or 0 for row in rows}, by=by, as_of=as_of)
    forget_reminders(rows)
    return len(rows)


@action
def book_by_hand(
    lead_id: int,
    kind: MeetingType,
    host: User,
    at: datetime,
    *,
    key: UUID,
    note: str = "",
    by: Actor,
    as_of: datetime,
) -> Meeting:
    """Book a meeting for a lead at any time at which the host has no other, and tell both.

    ``key`` becomes its public id, so that what is sent twice is booked once. Raises
    ``DomainError`` (``meeting_past``, ``host_cannot``) and ``ConflictError`` (``slot_taken``,
    ``meeting_known``).
    """
    by.require(Right.HANDOFF_WORK)
    (lead,) = lock_visible([lead_id], by=by)
    known = Meeting.objects.filter(public_id=key).select_related("kind", "host", "lead").first()
    if known is not None:
        if known.lead_id != lead.pk:
            raise ConflictError("meeting_known", _("This meeting was booked already."))
        return known
    if at <= as_of:
        raise DomainError("meeting_past", _("Choose a time that is still to come."), "starts_at")
    is_host = hosts_of(kind).filter(pk=host.pk).exists()
    if not is_host and host.pk != by.user_id:
        raise DomainError("host_cannot", _("This person does not hold such meetings."), "host")
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=host.pk)
    mailbox = mailbox_of(normalise_email(lead.email).key) if lead.email else ""
    blocked_from, blocked_until = blocked(kind, at)
    meeting = Meeting(
        public_id=key,
        kind=kind,
        lead=lead,
        host=host,
        starts_at=at,
        ends_at=at + kind.length,
        blocked_from=blocked_from,
        blocked_until=blocked_until,
        state=MeetingState.BOOKED,
        guest_email=lead.email if lead.is_email_valid else "",
        mailbox_key=mailbox[:320],
        guest_zone=clean_zone(lead.time_zone, host.time_zone),
        language=lead.language if lead.language in dict(settings.LANGUAGES) else host.language,
        place=kind.place,
        place_text=kind.place_text,
        note=clean_text(note, limit=2000, lines=True),
        created_at=as_of,
        updated_at=as_of,
        is_sample=lead.is_sample,
    )
    _save_or_refuse(meeting)
    record([activity(meeting, MEETING_BOOKED, as_of)], by=by, as_of=as_of)
    accept_offered({lead.pk}, by=by, as_of=as_of)
    plan_reminders([meeting], as_of=as_of)
    ask_entries([meeting], as_of=as_of)
    tell_both([meeting], BOOKED, by=by, as_of=as_of)
    return meeting


def accept_offered(lead_ids: set[int], *, by: Actor, as_of: datetime) -> None:
    """Accept what was handed to the actor: whoever meets a lead has taken it on."""
    offered = Handoff.objects.open().for_user(by).filter(lead__in=lead_ids)
    ids = list(offered.values_list("pk", flat=True))
    if ids:
        accept_handoffs(ids, by=by, as_of=as_of)


def _lock(ids: Sequence[int], *, by: Actor) -> list[Meeting]:
    rows = Meeting.objects.visible_to(by).filter(pk__in=ids, lead__isnull=False)
    return list(
        Meeting.objects.filter(pk__in=rows.values("pk"))
        .select_related("kind", "host", "lead__company")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
