"""Messages of which nobody knows whether they were sent.

The mail server is asked by Message-ID where there is one to ask. What stays in doubt is shown to a
person; only confirmations and alerts, which the reader waits for, are sent once more by
themselves: one mail too many is better there than none.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError, RetryableError
from ground.ticks import wake
from nurturing.actions.outcomes import settle_sent
from nurturing.actions.queueing import SEND_TICK
from nurturing.actors import SEQUENCES
from nurturing.channels.email.base import Answer, MailTransportInquiry
from nurturing.channels.email.inquiry import configured_inquiry
from nurturing.models import Message, MessageKind, MessageState, Reason

log = structlog.get_logger(__name__)

# By then a mail server has told of what it took, and a reader waits for a confirmation in vain.
RESEND_AFTER = timedelta(minutes=10)
MAX_CLAIMS = 5
_AT_ONCE = 200
_RESENT = (MessageKind.OPT_IN, MessageKind.NOTIFICATION)


def resolve_doubts(as_of: datetime, *, inquiry: MailTransportInquiry | None = None) -> int:
    """Find claims whose lease is over and settle what can be settled; returns how many were.

    ``inquiry`` is whom to ask, by default that of the settings.
    """
    settled = release_lost_claims(by=SEQUENCES, as_of=as_of)
    inquiry = inquiry or configured_inquiry()
    doubtful = Message.objects.filter(state=MessageState.UNKNOWN).order_by("claimed_at")
    for message in doubtful[:_AT_ONCE]:
        answer = _ask(inquiry, message, as_of=as_of) if inquiry else None
        if answer is Answer.ACCEPTED:
            settled += settle_sent(message, "", by=SEQUENCES, as_of=as_of)
        elif answer is Answer.NEVER_SEEN:
            settled += send_again_unseen(message.pk, by=SEQUENCES, as_of=as_of)
        elif message.kind in _RESENT:
            settled += resend_once(message.pk, by=SEQUENCES, as_of=as_of)
    return settled


def _ask(inquiry: MailTransportInquiry, message: Message, *, as_of: datetime) -> Answer | None:
    """Return what the mail server knows; None when nobody can say for certain now.

    A server tells of a mail some time after it took it, so at first ``NEVER_SEEN`` means nothing.
    """
    handed_at = message.handed_at or message.created_at
    try:
        answer = inquiry.ask(message.message_id, since=handed_at)
    except RetryableError as error:
        log.warning("mail_inquiry_failed", message=message.pk, error=str(error))
        return None
    is_too_soon = handed_at > as_of - RESEND_AFTER
    return None if answer is Answer.NEVER_SEEN and is_too_soon else answer


@action
def release_lost_claims(*, by: Actor, as_of: datetime) -> int:
    """Take back the claims whose lease is over; returns how many.

    What was provably not handed over is due again, and set aside after ``MAX_CLAIMS`` claims that
    ended like this; everything else is in doubt.
    """
    lost = list(
        Message.objects.filter(state=MessageState.CLAIMED, lease_until__lt=as_of)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
    )
    for message in lost:
        message.lease_until = None
        message.reason = Reason.WORKER_LOST
        if message.handed_at is not None:
            message.state = MessageState.UNKNOWN
        elif message.attempts >= MAX_CLAIMS:
            message.state, message.reason = MessageState.FAILED, Reason.SET_ASIDE
            message.settled_at = as_of
        else:
            message.state, message.claimed_at = MessageState.QUEUED, None
    Message.objects.bulk_update(
        lost, ["lease_until", "reason", "state", "claimed_at", "settled_at"], batch_size=500
    )
    return len(lost)


@action
def send_again_unseen(key: int, *, by: Actor, as_of: datetime) -> bool:
    """Queue a message in doubt again that the mail server has never seen.

    After ``MAX_CLAIMS`` attempts that ended like this it is set aside.
    """
    tired = Message.objects.filter(
        pk=key, state=MessageState.UNKNOWN, attempts__gte=MAX_CLAIMS
    ).update(state=MessageState.FAILED, reason=Reason.SET_ASIDE, settled_at=as_of)
    return bool(tired or _requeue([key], (MessageState.UNKNOWN,), as_of=as_of))


@action
def resend_once(key: int, *, by: Actor, as_of: datetime) -> bool:
    """Queue a message in doubt again, once, when it has been so for ten minutes."""
    message = (
        Message.objects.filter(
            pk=key,
            state=MessageState.UNKNOWN,
            resends=0,
            claimed_at__lte=as_of - RESEND_AFTER,
        )
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if message is None:
        return False
    message.resends = 1
    message.save(update_fields=["resends"])
    return bool(_requeue([key], (MessageState.UNKNOWN,), as_of=as_of))


@action
def send_messages_again(keys: Collection[int], *, by: Actor, as_of: datetime) -> int:
    """Queue messages in doubt, failed or not sent again because a person says so.

    Returns how many. Needs the right to activate sequences. Each is judged anew when it is
    claimed.
    """
    by.require(Right.SEQUENCES_ACTIVATE)
    states = (MessageState.UNKNOWN, MessageState.FAILED, MessageState.SKIPPED)
    return _requeue(keys, states, as_of=as_of, attempts=0)


@action
def mark_messages_sent(keys: Collection[int], *, by: Actor, as_of: datetime) -> int:
    """Settle messages in doubt as sent because a person has found out; returns how many.

    Needs the right to activate sequences. Raises ``DomainError`` with code ``not_in_doubt`` for a
    message that is not.
    """
    by.require(Right.SEQUENCES_ACTIVATE)
    messages = list(Message.objects.filter(pk__in=keys).order_by("pk"))
    if any(message.state != MessageState.UNKNOWN for message in messages):
        raise DomainError("not_in_doubt", _("What became of this mail is known."))
    return sum(settle_sent(message, by.label, by=by, as_of=as_of) for message in messages)


def _requeue(
    keys: Collection[int],
    states: tuple[MessageState, ...],
    *,
    as_of: datetime,
    **columns: int,
) -> int:
    requeued = Message.objects.filter(pk__in=keys, state__in=states).update(
        state=MessageState.QUEUED,
        reason="",
        detail="",
        due_at=as_of,
        claimed_at=None,
        handed_at=None,
        lease_until=None,
        settled_at=None,
        **columns,
    )
    if requeued:
        wake(SEND_TICK)
    return requeued
