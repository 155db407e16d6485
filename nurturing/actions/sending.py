"""Getting messages out exactly once.

Three transactions a message: the claim, which judges it anew; the hand-over, which fixes what it
says and that from here on it may have been sent; and after the server's answer what came of it.
Messages are claimed one at a time, so that a killed worker leaves at most one in doubt, and an
unsubscription counts from the next message on. What is in doubt is never sent again on suspicion;
see ``nurturing.actions.doubts``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

from accounts.action import action
from accounts.actor import Actor
from leads.actions.lifecycle import lock_leads
from nurturing.actions.outcomes import (
    settle_doubtful,
    settle_later,
    settle_refused,
    settle_sent,
    settle_unreadable,
    settle_unsent,
)
from nurturing.actions.pacing import hold_to_pace
from nurturing.actors import SEQUENCES
from nurturing.channels.email.base import (
    EmailChannel,
    InDoubtError,
    MailRefusedError,
    OutgoingMail,
    ServerAwayError,
    TooLateError,
    TryLaterError,
)
from nurturing.channels.email.smtp import SmtpChannel
from nurturing.clearance import Clearance, Decision, Verdict, address_of, clear
from nurturing.compose import content_for, may_measure, outgoing
from nurturing.deadline import Deadline, lease, seconds_here
from nurturing.models import (
    Message,
    MessageKind,
    MessageState,
    Reason,
    SequenceState,
    TrackedLink,
)

log = structlog.get_logger(__name__)

# A tick must end before the worker's time limit of 120 s, the last mail's timeouts included.
BUDGET = timedelta(seconds=40)
_BATCH = 100
# So often in a row the server may hang up on a mail before the batch ends.
_HANG_UPS = 3
MAX_FAILURES = 5
FIRST_BACKOFF = timedelta(seconds=10)
# Errors that say something about the machine and nothing about the message.
_NOT_ITS_FAULT = (OperationalError, InterfaceError, SoftTimeLimitExceeded)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours until ``deadline``, with the proof that it may be sent.

    A process that was stopped for longer must not act on it any more: it may be with another one.
    """

    message: Message
    clearance: Clearance
    deadline: Deadline


def send_due(
    as_of: datetime, *, channel: EmailChannel | None = None, budget: timedelta = BUDGET
) -> int:
    """Send what is due at ``as_of`` until nothing is left or ``budget`` is used up.

    Returns how many messages were handed to the server. May run in several places at once.
    """
    if not _due(as_of).exists():
        return 0
    started, sent, hang_ups = seconds_here(), 0, 0
    with channel or SmtpChannel() as server:
        try:
            server.open()
        except ServerAwayError as error:
            note_server_away(str(error), by=SEQUENCES, as_of=as_of)
            return 0
        hold_to_pace(_due(as_of), by=SEQUENCES, as_of=as_of)
        for key in _due_keys(as_of):
            # In steps of ten seconds: exact enough for leases, and a short batch has one time.
            elapsed = timedelta(seconds=(seconds_here() - started) // 10 * 10)
            if elapsed > budget:
                break
            try:
                sent += _send_one(key, server, as_of=as_of + elapsed)
                hang_ups = 0
            except ServerAwayError:
                hang_ups += 1
                if hang_ups == _HANG_UPS or not _is_back(server):
                    break
    return sent


def _is_back(server: EmailChannel) -> bool:
    """Tell whether the server only hung up on one mail, which must not hold up the others."""
    try:
        server.open()
    except ServerAwayError:
        return False
    return True


def _send_one(key: int, server: EmailChannel, *, as_of: datetime) -> bool:
    try:
        claim = claim_message(key, by=SEQUENCES, as_of=as_of)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        log.exception("claim_failed", message=key)
        note_failed_claim(key, repr(error), by=SEQUENCES, as_of=as_of)
        return False
    return claim is not None and deliver(claim, server, as_of=as_of)


def _due(as_of: datetime) -> QuerySet[Message]:
    return (
        Message.objects.filter(state=MessageState.QUEUED, due_at__lte=as_of)
        .exclude(sequence__state__in=(SequenceState.PAUSED, SequenceState.DRAFT))
        .order_by("priority", "due_at", "pk")
    )


def _due_keys(as_of: datetime) -> Iterator[int]:
    """Yield what is due in the order of sending, each once, reading again after each batch."""
    seen: set[int] = set()
    while True:
        batch = _due(as_of).values_list("pk", flat=True)[: _BATCH + len(seen)]
        new = [key for key in batch if key not in seen]
        if not new:
            return
        seen.update(new)
        yield from new


@action
def note_server_away(detail: str, *, by: Actor, as_of: datetime) -> int:
    """Write on everything that is due why it waits; it stays due."""
    log.warning("mail_server_away", detail=detail)
    return (
        _due(as_of)
        .order_by()
        .exclude(reason=Reason.SERVER_AWAY)
        .update(reason=Reason.SERVER_AWAY, detail=detail[:500])
    )


@action
def claim_message(key: int, *, by: Actor, as_of: datetime) -> Claim | None:
    """Take one queued message for the length of a lease if it may be sent now; else note why not.

    Locks the lead before the message, as every action does; a message that another worker holds is
    left to it.
    """
    deadline = Deadline(lease().total_seconds())
    queued = Message.objects.filter(pk=key, state=MessageState.QUEUED, due_at__lte=as_of)
    lead_id = queued.values_list("lead_id", flat=True).first()
    if lead_id is not None:
        list(lock_leads([lead_id]))
    message = (
        queued.select_related(
            "lead__company",
            "lead__owner",
            "recipient",
            "author",
            "topic",
            "enrolment__sequence",
            "enrolment__version",
            "template_version",
        )
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .first()
    )
    if message is None:
        return None
    verdict, clearance = clear(message, as_of=as_of)
    if clearance is None:
        _hold_back(message, verdict, as_of=as_of)
        return None
    message.state, message.reason, message.detail = MessageState.CLAIMED, "", ""
    message.claimed_at, message.lease_until, message.handed_at = as_of, as_of + lease(), None
    message.claims += 1
    message.save(
        update_fields=[
            *("state", "reason", "detail", "claimed_at", "lease_until", "handed_at", "claims")
        ]
    )
    return Claim(message, clearance, deadline)


def _hold_back(message: Message, verdict: Verdict, *, as_of: datetime) -> None:
    is_waiting = verdict.decision is Decision.WAIT
    message.reason, message.detail = verdict.reason, ""
    message.due_at = verdict.until or message.due_at
    message.state = MessageState.QUEUED if is_waiting else MessageState.SKIPPED
    message.settled_at = None if is_waiting else as_of
    message.save(update_fields=["reason", "detail", "due_at", "state", "settled_at"])


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


@action
def hand_over(claim: Claim, *, by: Actor, as_of: datetime) -> OutgoingMail | None:
    """Fix what a claimed message says and that it may be on its way from now on.

    What is sent again says what it said before. Returns None when the claim was given up for lost
    in the meantime; raises what the texts raise.
    """
    message = claim.message
    is_ours = (
        Message.objects.filter(
            pk=message.pk, state=MessageState.CLAIMED, claimed_at=message.claimed_at
        )
        .select_for_update(of=("self",), no_key=True)
        .exists()
    )
    if not is_ours or claim.deadline.is_over:
        return None
    message.to_address, message.handed_at = address_of(message), as_of
    if message.kind == MessageKind.SEQUENCE and not message.text:
        _write(message)
    message.save(update_fields=["to_address", "handed_at", "subject", "text", "html"])
    return outgoing(message, claim.clearance, claim.deadline)


def _write(message: Message) -> None:
    assert message.template_version is not None
    content = content_for(message, message.template_version, is_tracked=may_measure(message.lead))
    message.subject, message.text, message.html = content.subject, content.text, content.html
    TrackedLink.objects.bulk_create(content.links)


def deliver(claim: Claim, channel: EmailChannel, *, as_of: datetime) -> bool:
    """Hand a claimed message to the server and store what came of it.

    Returns whether the server took it. Raises ``ServerAwayError`` when the others need not try.
    """
    message = claim.message
    try:
        mail = hand_over(claim, by=SEQUENCES, as_of=as_of)
    except _NOT_ITS_FAULT:
        # Provably not sent; it is due again when its lease is over.
        raise
    except Exception as error:
        log.exception("mail_unreadable", message=message.pk)
        settle_unreadable(message, repr(error), by=SEQUENCES, as_of=as_of)
        return False
    if mail is None:
        return False
    try:
        result = channel.send(mail)
    except ServerAwayError as error:
        settle_later(message, str(error), Reason.SERVER_AWAY, by=SEQUENCES, as_of=as_of)
        raise
    except TryLaterError as error:
        settle_later(message, str(error), Reason.TRY_LATER, by=SEQUENCES, as_of=as_of)
    except MailRefusedError as error:
        settle_refused(message, error.fault, error.response, by=SEQUENCES, as_of=as_of)
    except TooLateError:
        settle_unsent(message, by=SEQUENCES, as_of=as_of)
    except InDoubtError as error:
        settle_doubtful(message, str(error), by=SEQUENCES, as_of=as_of)
    else:
        settle_sent(message, result.response, by=SEQUENCES, as_of=as_of)
        return True
    return False
