"""What came of a message that was handed to the server."""

from collections.abc import Sequence as Several
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Q

from accounts.action import action
from accounts.actor import Actor
from capture.actions.optins import store_mail_evidence
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record, record_within
from leads.models import Lead
from nurturing.actions.enrolment import end_runs_of
from nurturing.actions.suppression import suppress_addresses
from nurturing.activities import EMAIL_BOUNCED, EMAIL_SENT
from nurturing.actors import CONFIRMATIONS
from nurturing.channels.email.base import Fault
from nurturing.deadline import lease
from nurturing.models import (
    ExitReason,
    MailEvent,
    MailEventKind,
    Message,
    MessageKind,
    MessageState,
    Reason,
    Sequence,
    SequenceState,
    SuppressionReason,
)

log = structlog.get_logger(__name__)

# 5, 10, 20 … minutes, then every four hours: twenty attempts are two and a half days.
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=4)
MAX_ATTEMPTS = 20
# When the server hung up it may be back soon; doubled each time, since it may be for this mail.
AWAY_PAUSE = timedelta(seconds=30)
# Five refusals by the mailbox within two weeks: it is given up.
SOFT_BOUNCES = 5
SOFT_PERIOD = timedelta(days=14)
_ON_TIMELINE = (MessageKind.SEQUENCE, MessageKind.ONE_TO_ONE, MessageKind.REPLY)


@action(savepoint=False)
def settle_sent(message: Message, response: str, *, by: Actor, as_of: datetime) -> bool:
    """Note that the server took over ``message``; False when that is known already.

    ``message`` is as it was handed over. Comes once a mail, so it reads nothing and is one
    statement beside the activity; 0.7 ms less than with the ORM.
    """
    if not _mark_sent(message, response[:500], as_of=as_of):
        return False
    if message.kind == MessageKind.OPT_IN:
        store_mail_evidence(
            message.context["opt_in_id"],
            message.message_id,
            message.subject,
            message.text,
            message.handed_at or as_of,
            by=CONFIRMATIONS,
        )
    if message.lead_id is not None and message.kind in _ON_TIMELINE:
        record_within(
            [
                NewActivity(
                    message.lead_id,
                    EMAIL_SENT,
                    message.handed_at or as_of,
                    _told(message),
                    dedupe_key=f"mail:{message.pk}:sent",
                )
            ],
            by=by,
            as_of=as_of,
        )
    return True


def _mark_sent(message: Message, response: str, *, as_of: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE nurturing_message
            SET state = 'sent', reason = '', detail = %s, settled_at = %s, lease_until = NULL
            WHERE id = %s AND claimed_at IS NOT DISTINCT FROM %s
                AND state IN ('claimed', 'unknown')
            """,
            [response, as_of, message.pk, message.claimed_at],
        )
        return bool(cursor.rowcount)


@action
def settle_later(
    message: Message, response: str, reason: Reason, *, by: Actor, as_of: datetime
) -> None:
    """Put back a message that the server did not take now, or give it up after days."""
    locked = _locked(message)
    if locked is None:
        return
    locked.attempts += 1
    if locked.attempts >= MAX_ATTEMPTS:
        _settle(locked, MessageState.FAILED, Reason.TRIED_TOO_LONG, response, as_of=as_of)
        return
    first = AWAY_PAUSE if reason == Reason.SERVER_AWAY else FIRST_PAUSE
    pause = min(first * 2 ** (locked.attempts - 1), LONGEST_PAUSE)
    _requeue(locked, reason, response, due_at=as_of + pause)


@action
def settle_unsent(message: Message, *, by: Actor, as_of: datetime) -> None:
    """Put back a message whose claim ran out before any of it was sent; it is due as it was."""
    locked = _locked(message)
    if locked is not None:
        _requeue(locked, Reason.WORKER_LOST, "", due_at=min(locked.due_at, as_of), answered=False)


@action
def settle_refused(
    message: Message, fault: Fault, response: str, *, by: Actor, as_of: datetime
) -> None:
    """Draw the conclusion from a refusal for good.

    A bad address is marked and suppressed. A policy refusal is our own fault: the message waits
    and its sequence is paused. A mailbox that refuses five times in two weeks is suppressed.
    """
    if message.lead_id is not None:
        list(lock_leads([message.lead_id]))
    locked = _locked(message)
    if locked is None:
        return
    if fault is Fault.POLICY:
        _stop_sequence(locked, response, by=by, as_of=as_of)
        return
    reason = {Fault.ADDRESS: Reason.BOUNCED, Fault.MAILBOX: Reason.MAILBOX}.get(
        fault, Reason.REFUSED
    )
    _settle(locked, MessageState.FAILED, reason, response, as_of=as_of)
    if locked.lead_id is not None and fault in (Fault.ADDRESS, Fault.MAILBOX):
        note_bounce(locked, response, is_hard=fault is Fault.ADDRESS, by=by, as_of=as_of)


def note_bounce(
    message: Message,
    response: str,
    *,
    is_hard: bool,
    by: Actor,
    as_of: datetime,
    source: UUID | None = None,
    is_held: bool = False,
) -> None:
    """Record a bounce and give up the address when it is dead; for actions on a locked lead.

    ``source`` is the connection that told of it, none for a server that said so to our face. With
    ``is_held`` it is only kept.
    """
    lead = message.lead
    assert lead is not None
    event = MailEvent.objects.create(
        message=message,
        kind=MailEventKind.BOUNCE,
        at=as_of,
        data={"response": response, "is_hard": is_hard},
        source=source,
        is_held=is_held,
    )
    if not is_held:
        conclude([event], by=by, as_of=as_of)


def conclude(events: Several[MailEvent], *, by: Actor, as_of: datetime) -> int:
    """Give up the addresses of mails that came back and are dead; returns how many leads have one.

    For actions on locked leads, with events of one source and their messages at hand. Five bounces
    that may pass, within two weeks, are as good as one that does not.
    """
    soft = _soft_bounces([event for event in events if not event.data["is_hard"]], as_of=as_of)
    dead = [
        event
        for event in events
        if event.data["is_hard"] or soft.get(event.message.lead_id or 0, 0) >= SOFT_BOUNCES
    ]
    leads = {event.message.lead_id: event for event in dead if event.message.lead_id is not None}
    if not leads:
        return 0
    addresses = [event.message.to_address for event in dead]
    source, reason = events[0].source, SuppressionReason.BOUNCED
    suppress_addresses(addresses, reason=reason, source=source, by=by, as_of=as_of)
    Lead.objects.filter(pk__in=leads, email__in=addresses).update(
        is_email_valid=False, updated_at=as_of
    )
    end_runs_of(dict.fromkeys(leads, ExitReason.BOUNCED.value), by=by, as_of=as_of)
    record(
        [
            NewActivity(lead_id, EMAIL_BOUNCED, as_of, _told(event.message) | event.data)
            for lead_id, event in leads.items()
        ],
        by=by,
        as_of=as_of,
    )
    return len(leads)


def _soft_bounces(events: Several[MailEvent], *, as_of: datetime) -> dict[int, int]:
    """Return by lead how often its address has bounced lately, of the leads of ``events``."""
    if not events:
        return {}
    recent = MailEvent.objects.filter(
        message__lead__in={event.message.lead_id for event in events},
        message__to_address=F("message__lead__email"),
        kind=MailEventKind.BOUNCE,
        at__gt=as_of - SOFT_PERIOD,
        is_held=False,
        disproved_at=None,
    )
    return dict(recent.order_by().values_list("message__lead").annotate(total=Count("pk")))


def _stop_sequence(message: Message, response: str, *, by: Actor, as_of: datetime) -> None:
    """Keep the message and pause its sequence, before every recipient refuses us."""
    log.error("mail_refused_by_policy", message=message.pk, response=response)
    _requeue(message, Reason.TRY_LATER, response, due_at=as_of + LONGEST_PAUSE)
    if message.sequence is None:
        return
    Sequence.objects.filter(pk=message.sequence.pk, state=SequenceState.ACTIVE).update(
        state=SequenceState.PAUSED, paused_reason=response[:300], updated_at=as_of
    )


@action
def settle_doubtful(message: Message, detail: str, *, by: Actor, as_of: datetime) -> None:
    """Note that nobody knows whether ``message`` was sent."""
    locked = _locked(message)
    if locked is not None:
        locked.due_at = certain_at(as_of)
        _settle(locked, MessageState.UNKNOWN, Reason.CONNECTION_LOST, detail, as_of=None)


@action
def settle_unreadable(message: Message, detail: str, *, by: Actor, as_of: datetime) -> None:
    """Give up a message that cannot be put together."""
    locked = _locked(message)
    if locked is not None:
        _settle(locked, MessageState.FAILED, Reason.UNREADABLE, detail, as_of=as_of)


def _locked(message: Message) -> Message | None:
    """Return the row while it is still this claim's to settle, locked."""
    return (
        Message.objects.filter(pk=message.pk, claimed_at=message.claimed_at)
        .filter(Q(state=MessageState.CLAIMED) | Q(state=MessageState.UNKNOWN))
        .select_related("lead", "sequence")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )


def _settle(
    message: Message, state: MessageState, reason: str, detail: str, *, as_of: datetime | None
) -> None:
    message.state, message.reason, message.detail = state, reason, detail[:500]
    message.settled_at, message.lease_until = as_of, None
    message.save(
        update_fields=[
            *("state", "reason", "detail", "settled_at", "lease_until", "attempts", "due_at")
        ]
    )


def certain_at(as_of: datetime) -> datetime:
    """Return from when on the mail server knows of a mail whose hand-over broke off by ``as_of``.

    By then its copy has arrived, and no process that was stopped in the middle goes on with it.
    """
    return as_of + max(timedelta(seconds=settings.MAIL_COPY_DELAY), lease())


def _requeue(
    message: Message, reason: str, detail: str, *, due_at: datetime, answered: bool = True
) -> None:
    message.claims = 0 if answered else message.claims
    message.state, message.reason, message.detail = MessageState.QUEUED, reason, detail[:500]
    message.due_at, message.lease_until, message.handed_at = due_at, None, None
    message.claimed_at = None
    message.save(
        update_fields=[
            *("state", "reason", "detail", "due_at", "lease_until", "handed_at", "claimed_at"),
            *("attempts", "claims"),
        ]
    )


def _told(message: Message) -> dict[str, str]:
    return {
        "message": str(message.public_id),
        "subject": message.subject,
        "sequence": message.sequence.name if message.sequence else "",
        "kind": message.kind,
    }
