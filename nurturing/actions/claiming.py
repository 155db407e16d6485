"""Taking messages that are due, so that no other worker sends them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from accounts.action import action
from accounts.actor import Actor
from accounts.memo import remembering
from accounts.models import Organisation
from leads.actions.lifecycle import lock_leads
from nurturing.clearance import Clearance, Decision, Verdict, clear_all
from nurturing.compose import Content
from nurturing.deadline import Deadline, lease
from nurturing.grounds import About, Grounds, grounds_of
from nurturing.models import Message, MessageState, Reason

MAX_FAILURES = 5
FIRST_BACKOFF = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours until ``deadline``, with the proof that it may be sent.

    A process that was stopped for longer must not act on it any more: it may be with another one.
    The proof holds while its ``grounds`` do. ``content`` is what the mail will say, where that was
    written ahead.
    """

    message: Message
    clearance: Clearance
    deadline: Deadline
    grounds: Grounds
    organisation: Organisation
    content: Content | None = None


@action
def claim_messages(keys: Sequence[int], *, by: Actor, as_of: datetime) -> list[Claim]:
    """Take queued messages for the length of a lease if they may be sent now; else note why not.

    Returns the claims in the order of ``keys``. Of one lead only the first is looked at, since it
    counts against the others. Locks the leads before the messages, as every action does; a message
    that another worker holds is left to it. A dozen queries, however many messages.
    """
    deadline = Deadline(lease().total_seconds())
    queued = Message.objects.filter(state=MessageState.QUEUED, due_at__lte=as_of)
    grounds = _lock_leads_of(queued.filter(pk__in=keys), keys)
    messages = _locked(queued.filter(pk__in=grounds))
    if not messages:
        return []
    with remembering():
        cleared = clear_all(messages.values(), as_of=as_of)
        organisation = Organisation.current()
    claims = []
    for key in grounds:
        if key not in messages:
            continue
        verdict, clearance = cleared[key]
        if clearance is None:
            _hold_back(messages[key], verdict, as_of=as_of)
        else:
            found = Claim(messages[key], clearance, deadline, grounds[key], organisation)
            claims.append(found)
    _mark_claimed([claim.message for claim in claims], as_of=as_of)
    return claims


def _lock_leads_of(queued: QuerySet[Message], keys: Sequence[int]) -> dict[int, Grounds]:
    """Lock the leads and return the grounds of the first message of each, in order of ``keys``."""
    columns = ("pk", "lead_id", "enrolment_id", "sequence_id")
    found = {row[0]: row[1:] for row in queued.values_list(*columns)}
    first: dict[int, int] = {}
    for key in keys:
        if key in found:
            lead = found[key][0]
            first.setdefault(-key if lead is None else lead, key)
    leads = [lead for lead in first if lead > 0]
    addresses = dict(lock_leads(leads).values_list("pk", "email")) if leads else {}
    abouts = []
    for place, key in first.items():
        lead, enrolment, sequence = found[key]
        abouts.append(About(key, lead, enrolment, sequence, addresses.get(place, "")))
    grounds = grounds_of(abouts)
    return {key: grounds[key] for key in first.values()}


def _locked(queued: QuerySet[Message]) -> dict[int, Message]:
    """Return messages by key, locked, with all that judging and writing them needs to know."""
    own = ("lead__company", "lead__owner", "recipient", "author", "topic", "enrolment")
    # Of these many messages have the same.
    shared = ("sequence", "enrolment__sequence", "enrolment__version", "template_version")
    rows = (
        queued.select_related(*own)
        .prefetch_related(*shared)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
    )
    return {message.pk: message for message in rows}


def _mark_claimed(messages: Collection[Message], *, as_of: datetime) -> None:
    if not messages:
        return
    columns = {
        "state": MessageState.CLAIMED,
        "reason": "",
        "detail": "",
        "claimed_at": as_of,
        "lease_until": as_of + lease(),
        "handed_at": None,
    }
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        claims=F("claims") + 1, **columns
    )
    for message in messages:
        message.claims += 1
        for name, value in columns.items():
            setattr(message, name, value)


def _hold_back(message: Message, verdict: Verdict, *, as_of: datetime) -> None:
    is_waiting = verdict.decision is Decision.WAIT
    message.reason, message.detail = verdict.reason, ""
    message.due_at = verdict.until or message.due_at
    message.state = MessageState.QUEUED if is_waiting else MessageState.SKIPPED
    message.settled_at = None if is_waiting else as_of
    message.save(update_fields=["reason", "detail", "due_at", "state", "settled_at"])


@action
def give_back(claims: Iterable[Claim], *, by: Actor) -> int:
    """Queue claimed messages again that were not handed over, as if they had not been claimed.

    Returns how many. What is somebody else's by now is left alone.
    """
    ours = Q(pk__in=[])
    for claim in claims:
        ours |= Q(pk=claim.message.pk, claimed_at=claim.message.claimed_at)
    return Message.objects.filter(ours, state=MessageState.CLAIMED, handed_at=None).update(
        state=MessageState.QUEUED, claimed_at=None, lease_until=None, claims=F("claims") - 1
    )


@action
def note_failed_claim(key: int, error: str, *, by: Actor, as_of: datetime) -> None:
    """Count a claim that ended with an error; after ``MAX_FAILURES`` the message is set aside."""
    message = (
        Message.objects.filter(pk=key, state=MessageState.QUEUED)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .first()
    )
    if message is None:
        return
    message.claims += 1
    message.detail, message.due_at = error[:500], as_of + FIRST_BACKOFF * 2**message.claims
    if message.claims >= MAX_FAILURES:
        message.state, message.reason = MessageState.FAILED, Reason.SET_ASIDE
        message.settled_at = as_of
    message.save(update_fields=["claims", "detail", "due_at", "state", "reason", "settled_at"])
