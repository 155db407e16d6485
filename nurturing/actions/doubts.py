"""Messages of which nobody knows whether they were sent.

The mail server is asked by Message-ID where there is one to ask. What stays in doubt is shown to a
person; only confirmations and alerts, which the reader waits for, are sent once more by
themselves: one mail too many is better there than none.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError, RetryableError
from ground.ticks import wake
from nurturing.actions.outcomes import certain_at, settle_sent
from nurturing.actions.queueing import SEND_TICK
from nurturing.actors import SEQUENCES
from nurturing.channels.email.base import Answer, MailTransportInquiry
from nurturing.channels.email.inquiry import configured_inquiry
from nurturing.models import Message, MessageKind, MessageState, Reason

log = structlog.get_logger(__name__)

# By then a reader waits for a confirmation in vain.
RESEND_AFTER = timedelta(minutes=10)
MAX_CLAIMS = 5
_AT_ONCE = 1000
# Copies are kept for two days; of a mail that is older they say nothing.
_ASKED_FOR = timedelta(days=1)
# So many of the mails last sent must not all be missing where copies are kept.
_KNOWN = 5
_RESENT = (MessageKind.OPT_IN, MessageKind.REPLY, MessageKind.NOTIFICATION)


def resolve_doubts(as_of: datetime, *, inquiry: MailTransportInquiry | None = None) -> int:
    """Find claims whose lease is over and settle what can be settled; returns how many were.

    ``inquiry`` is whom to ask, by default that of the settings.
    """
    settled = release_lost_claims(by=SEQUENCES, as_of=as_of)
    if inquiry := inquiry or configured_inquiry():
        recent = _unknown().filter(claimed_at__gt=as_of - _ASKED_FOR)
        settled += _ask_about(list(recent[:_AT_ONCE]), inquiry, as_of=as_of)
    waited_for = _unknown().filter(
        kind__in=_RESENT, resends=0, claimed_at__lte=as_of - RESEND_AFTER
    )
    for key in list(waited_for.values_list("pk", flat=True)[:_AT_ONCE]):
        settled += resend_once(key, by=SEQUENCES, as_of=as_of)
    return settled


def _unknown() -> QuerySet[Message]:
    return Message.objects.filter(state=MessageState.UNKNOWN).order_by("-claimed_at")


def _ask_about(doubtful: list[Message], inquiry: MailTransportInquiry, *, as_of: datetime) -> int:
    """Settle what the mail server knows about; returns how many.

    A server tells of a mail some time after it took it, so at first ``NEVER_SEEN`` means nothing;
    and it means nothing from a server that does not know of what it took a moment before.
    """
    if not doubtful:
        return 0
    known = _sent_before(doubtful, as_of=as_of)
    moments = [message.handed_at or message.created_at for message in [*doubtful, *known]]
    try:
        answers = inquiry.ask(
            [message.message_id for message in [*doubtful, *known]], since=min(moments)
        )
    except RetryableError as error:
        log.warning("mail_inquiry_failed", error=str(error))
        return 0
    settled = 0
    is_trusted = not known or any(
        answers[message.message_id] is Answer.ACCEPTED for message in known
    )
    if not is_trusted:
        log.error("mail_copies_missing", newest=known[0].pk)
    for message in doubtful:
        if answers[message.message_id] is Answer.ACCEPTED:
            settled += settle_sent(message, "", by=SEQUENCES, as_of=as_of)
        elif is_trusted and message.due_at <= as_of:
            settled += send_again_unseen(message, by=SEQUENCES, as_of=as_of)
    return settled


def _sent_before(doubtful: list[Message], *, as_of: datetime) -> list[Message]:
    """Return the mails last sent of which the server must know by now, within a day."""
    newest = as_of - (certain_at(as_of) - as_of)
    sent = Message.objects.filter(
        state=MessageState.SENT,
        claimed_at__gt=newest - _ASKED_FOR,
        claimed_at__lt=newest,
    )
    # With the server's own words, not those of a person.
    return list(sent.filter(detail__startswith="2").order_by("-claimed_at")[:_KNOWN])


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
            message.state, message.due_at = MessageState.UNKNOWN, certain_at(as_of)
        elif message.claims >= MAX_CLAIMS:
            message.state, message.reason = MessageState.FAILED, Reason.SET_ASIDE
            message.settled_at = as_of
        else:
            message.state, message.claimed_at = MessageState.QUEUED, None
    Message.objects.bulk_update(
        lost,
        ["lease_until", "reason", "state", "claimed_at", "settled_at", "due_at"],
        batch_size=500,
    )
    return len(lost)


@action
def send_again_unseen(message: Message, *, by: Actor, as_of: datetime) -> bool:
    """Queue a message in doubt again that the mail server has never seen.

    After ``MAX_CLAIMS`` attempts that ended like this it is set aside. False when somebody sent it
    again in the meantime: the server was not asked about that attempt.
    """
    locked = (
        Message.objects.filter(
            pk=message.pk, state=MessageState.UNKNOWN, claimed_at=message.claimed_at
        )
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if locked is None:
        return False
    if locked.claims < MAX_CLAIMS:
        return bool(_requeue([locked.pk], (MessageState.UNKNOWN,), as_of=as_of))
    locked.state, locked.reason, locked.settled_at = (
        MessageState.FAILED,
        Reason.SET_ASIDE,
        as_of,
    )
    locked.save(update_fields=["state", "reason", "settled_at"])
    return True


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
    return _requeue(keys, states, as_of=as_of, attempts=0, claims=0)


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
