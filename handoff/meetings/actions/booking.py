"""Booking a meeting: the slot is taken first, then the visitor becomes a lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import User
from capture.actions.receiving import refuse_submissions, store_submissions
from capture.models import SubmissionState
from capture.optin import mailbox_of
from capture.raw import RawSubmission
from ground.errors import ConflictError
from handoff.activities import MEETING_BOOKED
from handoff.authority import ASSIGNER
from handoff.meetings.following import ask_entries, plan_reminders
from handoff.meetings.mails import BOOKED, tell_both
from handoff.meetings.slots import blocked, free_hosts, hosts_of
from handoff.meetings.telling import activity
from handoff.models import Hosting, Meeting, MeetingState, MeetingType
from leads.actions.ownership import assign_leads
from leads.actions.timeline import record
from leads.models import Identifier, IdentifierKind
from leads.normalise import clean_text, normalise_email

# For one mailbox: whoever books more wants to fill somebody's calendar.
MOST_COMING = 3
# The intake takes a submission within seconds; what hangs longer than this waits for nothing.
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor wants: a meeting at ``at``, asked for with the submission ``key``.

    ``host`` is the one whose slots alone were offered, None for anybody.
    """

    key: UUID
    kind: MeetingType
    at: datetime
    zone: str
    language: str
    email: str = ""
    note: str = ""
    host: UUID | None = None


@action
def receive_booking(
    raw: RawSubmission, wish: Wish, *, by: Actor, as_of: datetime
) -> tuple[Meeting | None, ConflictError | None]:
    """Store what a visitor sent and take the slot; the intake then makes the visitor a lead.

    Returns the meeting, and why there is none. What comes twice under one key is one meeting. When
    the slot is gone, what was sent stays as an abandoned submission.
    """
    (receipt,) = store_submissions([raw], by=by, as_of=as_of)
    if receipt.state != SubmissionState.RECEIVED:
        known = _of_key(raw.key)
        return known, None if known else _gone()
    try:
        return take_slot(wish, by=by, as_of=as_of), None
    except ConflictError as refusal:
        refuse_submissions({raw.key: {"slot": [str(refusal.message)]}}, by=by, as_of=as_of)
        return None, refusal


@action
def take_slot(wish: Wish, *, by: Actor, as_of: datetime) -> Meeting:
    """Take the slot of a wish for whoever is free; nobody else gets it from then on.

    Those who could hold it are locked, so that of two who want the same slot one wins; the
    database itself refuses a second meeting at the same time. Raises ``ConflictError``
    (``slot_taken``, ``too_many_meetings``, ``type_paused``).
    """
    if not wish.kind.is_active:
        raise ConflictError("type_paused", _("These meetings cannot be booked at present."))
    hosts = list(_possible_hosts(wish).order_by("pk").select_for_update(of=("self",), no_key=True))
    if (known := _of_key(wish.key)) is not None and known.state != MeetingState.DROPPED:
        return known
    mailbox = mailbox_of(normalise_email(wish.email).key) if wish.email else ""
    _refuse_many(mailbox, as_of)
    free = free_hosts(wish.kind, hosts, wish.at, as_of=as_of)
    if not free:
        raise _gone()
    host = _preferred(wish, free)
    values = _values(wish.kind, host, wish.at) | {
        "guest_email": wish.email[:320],
        "mailbox_key": mailbox[:320],
        "guest_zone": wish.zone,
        "language": wish.language,
        "note": clean_text(wish.note, limit=2000, lines=True),
        "updated_at": as_of,
    }
    return _insert(known, values, wish.key, as_of)


def _insert(
    known: Meeting | None, values: dict[str, object], key: UUID | None, as_of: datetime
) -> Meeting:
    try:
        with transaction.atomic():
            if known is None:
                return Meeting.objects.create(
                    **values, submission_id=key, state=MeetingState.PENDING, created_at=as_of
                )
            for name, value in {**values, "state": MeetingState.PENDING}.items():
                setattr(known, name, value)
            known.save()
            return known
    except IntegrityError as error:
        if "meeting_once_at_a_time" in str(error):
            raise _gone() from error
        raise


def _values(kind: MeetingType, host: User, at: datetime) -> dict[str, object]:
    blocked_from, blocked_until = blocked(kind, at)
    return {
        "kind": kind,
        "host": host,
        "starts_at": at,
        "ends_at": at + kind.length,
        "blocked_from": blocked_from,
        "blocked_until": blocked_until,
        "place": kind.place,
        "place_text": kind.place_text,
        "is_sample": kind.is_sample,
    }


def _gone() -> ConflictError:
    return ConflictError(
        "slot_taken", _("Somebody else was faster: this time is taken now."), "slot"
    )


def _of_key(key: UUID) -> Meeting | None:
    return Meeting.objects.filter(submission=key).select_related("kind", "host").first()


def _possible_hosts(wish: Wish) -> QuerySet[User]:
    hosts = hosts_of(wish.kind)
    return hosts.filter(public_id=wish.host) if wish.host else hosts


def _refuse_many(mailbox: str, as_of: datetime) -> None:
    if not mailbox:
        return
    coming = Meeting.objects.blocking().filter(mailbox_key=mailbox, ends_at__gt=as_of)
    if coming.count() >= MOST_COMING:
        raise ConflictError(
            "too_many_meetings",
            _("For this address several meetings are booked already. Please cancel one first."),
        )


def _preferred(wish: Wish, free: Sequence[User]) -> User:
    """Return the owner of a lead that is known, where the type wants it so; else the first."""
    key = normalise_email(wish.email).key if wish.email else ""
    if wish.kind.hosting == Hosting.OWNER and key:
        known = Identifier.objects.filter(kind=IdentifierKind.EMAIL, normalised=key)
        owner = known.filter(lead__deleted_at=None).values_list("lead__owner_id", flat=True).first()
        return next((user for user in free if user.pk == owner), free[0])
    return free[0]


@action
def confirm_meetings(leads: dict[int, int], *, by: Actor, as_of: datetime) -> list[Meeting]:
    """Book pending meetings for the leads that asked for them, by id of the meeting; tells both.

    A lead that nobody cares for goes to the one who will meet it.
    """
    rows = list(
        Meeting.objects.filter(pk__in=leads, state=MeetingState.PENDING)
        .select_related("kind", "host")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    for row in rows:
        row.lead_id, row.state, row.updated_at = leads[row.pk], MeetingState.BOOKED, as_of
        row.save(update_fields=["lead", "state", "updated_at"])
    _booked(rows, by=by, as_of=as_of, is_first=True)
    return rows


def _booked(rows: Sequence[Meeting], *, by: Actor, as_of: datetime, is_first: bool) -> None:
    for row in rows:
        if row.lead is not None and row.lead.owner_id is None:
            assign_leads([row.lead.pk], owner=row.host, by=ASSIGNER, as_of=as_of)
    record([activity(row, MEETING_BOOKED, as_of) for row in rows], by=by, as_of=as_of)
    plan_reminders(rows, as_of=as_of)
    ask_entries(rows, as_of=as_of)
    tell_both(rows, BOOKED, by=by, as_of=as_of, is_first=is_first)


@action
def drop_meetings(keys: Sequence[UUID], *, by: Actor, as_of: datetime) -> int:
    """Give back the slots of submissions that became no lead; returns how many."""
    settled = Meeting.objects.filter(state=MeetingState.PENDING, submission__in=keys).exclude(
        submission__state__in=[SubmissionState.RECEIVED, SubmissionState.PROCESSED]
    )
    ids = list(settled.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    return Meeting.objects.filter(pk__in=ids).update(state=MeetingState.DROPPED, updated_at=as_of)


@action
def drop_forgotten(*, by: Actor, as_of: datetime) -> int:
    """Give back slots that nothing became of: spam, and what waited for too long."""
    waiting = Meeting.objects.filter(state=MeetingState.PENDING)
    keys = list(waiting.exclude(submission=None).values_list("submission_id", flat=True))
    dropped = drop_meetings(keys, by=by, as_of=as_of)
    old = Meeting.objects.filter(state=MeetingState.PENDING, created_at__lt=as_of - PATIENCE)
    ids = list(old.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    forgotten = Meeting.objects.filter(pk__in=ids)
    return dropped + forgotten.update(state=MeetingState.DROPPED, updated_at=as_of)
