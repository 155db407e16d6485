"""Getting messages out exactly once.

Messages are claimed in chunks, which judges them anew and is committed; one at a time where that
went wrong before. Then each is handed over by itself: a transaction fixes what it says and that
from here on it may have been sent, provided that nothing has changed on which the verdict rests.
What came of it is written after the server's answer: that it was sent in the transaction that
hands over the next, all else at once. So a killed worker leaves at most one message in doubt, and
an unsubscription counts from the next message on. What is in doubt is never sent again on
suspicion; see ``nurturing.actions.doubts``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet

from accounts.action import action
from accounts.actor import Actor
from leads.actions.lifecycle import hold_leads
from nurturing.actions.claiming import Claim, claim_messages, give_back, note_failed_claim
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
from nurturing.clearance import address_of
from nurturing.compose import Content, content_for, contents_for, outgoing
from nurturing.deadline import seconds_here
from nurturing.grounds import ABOUT, STATE
from nurturing.models import Message, MessageKind, MessageState, Reason, SequenceState, TrackedLink

log = structlog.get_logger(__name__)

# A tick must end before the worker's time limit of 120 s, the last mail's timeouts included.
BUDGET = timedelta(seconds=40)
# Leases and claims go by steps: exact enough, and a short batch has one time.
_STEP = 10
_BATCH = 100
# Claiming costs 12 queries a chunk. Its mails wait for their turn, a second at most as a rule.
_CHUNK = 50
# So often in a row the server may hang up on a mail before the batch ends.
_HANG_UPS = 3
# Errors that say something about the machine and nothing about the message.
_NOT_ITS_FAULT = (OperationalError, InterfaceError, SoftTimeLimitExceeded)


def send_due(
    as_of: datetime, *, channel: EmailChannel | None = None, budget: timedelta = BUDGET
) -> int:
    """Send what is due at ``as_of`` until nothing is left or ``budget`` is used up.

    Returns how many messages were handed to the server. May run in several places at once.
    """
    if not _due(as_of).exists():
        return 0
    with channel or SmtpChannel() as server:
        try:
            server.open()
        except ServerAwayError as error:
            note_server_away(str(error), by=SEQUENCES, as_of=as_of)
            return 0
        hold_to_pace(_due(as_of), by=SEQUENCES, as_of=as_of)
        batch = _Batch(server, as_of, budget)
        batch.send()
        return batch.sent


def _due(as_of: datetime) -> QuerySet[Message]:
    return (
        Message.objects.filter(state=MessageState.QUEUED, due_at__lte=as_of)
        .exclude(sequence__state__in=(SequenceState.PAUSED, SequenceState.DRAFT))
        .order_by("priority", "due_at", "pk")
    )


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


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the server took, which is still to be written down."""

    message: Message
    response: str
    as_of: datetime


@action
def hand_over(
    claim: Claim, *, by: Actor, as_of: datetime, after: Taken | None = None
) -> OutgoingMail | None:
    """Fix what a claimed message says and that it may be on its way from now on.

    Writes down ``after`` in the same transaction. What is sent again says what it said before.
    Returns None when the claim was given up for lost in the meantime, and when anything changed
    on which the verdict rests: then it is queued, to be judged anew. Raises what the texts raise.
    """
    message = claim.message
    concerned = [message, after.message] if after else [message]
    if leads := [one.lead_id for one in concerned if one.lead_id is not None]:
        hold_leads(leads)
    if after is not None:
        settle_sent(after.message, after.response, by=by, as_of=after.as_of)
    if claim.deadline.is_over:
        return None
    content = _content_of(claim)
    if not _mark_handed_over(claim, content, as_of=as_of):
        give_back([claim], by=by)
        return None
    if content.links:
        TrackedLink.objects.bulk_create(content.links)
    message.to_address, message.handed_at = address_of(message), as_of
    message.subject, message.text, message.html = content.subject, content.text, content.html
    return outgoing(message, claim.organisation, claim.clearance, claim.deadline)


def _content_of(claim: Claim) -> Content:
    message = claim.message
    if message.kind != MessageKind.SEQUENCE or message.text:
        return Content(message.subject, message.text, message.html)
    if claim.content is not None:
        return claim.content
    return content_for(message, claim.organisation)


def _mark_handed_over(claim: Claim, content: Content, *, as_of: datetime) -> bool:
    message, grounds = claim.message, claim.grounds
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE nurturing_message
            SET handed_at = %s, to_address = %s, subject = %s, text = %s, html = %s
            FROM (SELECT {ABOUT}) AS about
            WHERE id = about.message_id AND state = 'claimed'
                AND claimed_at IS NOT DISTINCT FROM %s AND {STATE} = %s
            """,  # noqa: S608 - both are constants
            [
                *(as_of, address_of(message), content.subject, content.text, content.html),
                *(*grounds.row, message.claimed_at, grounds.state),
            ],
        )
        return bool(cursor.rowcount)


class Delivery:
    """Hands claimed messages to a server one after the other, and stores what came of them.

    That a message was sent is written together with the next one's hand-over: one transaction a
    message. ``settle`` writes it after the last.
    """

    def __init__(self, channel: EmailChannel) -> None:
        self._channel = channel
        self._taken: Taken | None = None

    def deliver(self, claim: Claim, *, as_of: datetime) -> bool:
        """Hand over one message; returns whether the server took it.

        Raises ``ServerAwayError`` when the others need not try.
        """
        message = claim.message
        try:
            mail = self._hand_over(claim, as_of=as_of)
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
            result = self._channel.send(mail)
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
            self._taken = Taken(message, result.response, as_of)
            return True
        return False

    def settle(self) -> None:
        """Write down the message that the server took last."""
        if taken := self._taken:
            settle_sent(taken.message, taken.response, by=SEQUENCES, as_of=taken.as_of)
            self._taken = None

    def _hand_over(self, claim: Claim, *, as_of: datetime) -> OutgoingMail | None:
        try:
            mail = hand_over(claim, by=SEQUENCES, as_of=as_of, after=self._taken)
        except _NOT_ITS_FAULT:
            raise
        except Exception:
            if self._taken is None:
                raise
            # What is wrong with this one must not undo what is known of the one before.
            self.settle()
            return hand_over(claim, by=SEQUENCES, as_of=as_of)
        self._taken = None
        return mail


class _Batch:
    """Sends what is due in the order of sending, each message once; ``sent`` counts them."""

    def __init__(self, server: EmailChannel, as_of: datetime, budget: timedelta) -> None:
        self.sent = 0
        self._server, self._as_of, self._budget = server, as_of, budget
        self._started = seconds_here()
        self._delivery = Delivery(server)
        self._hang_ups = 0
        # Tried, and for all we know still due.
        self._left: set[int] = set()

    def send(self) -> None:
        while groups := self._next_groups():
            for keys in groups:
                elapsed = self._elapsed
                if elapsed > self._budget:
                    return
                self._left.update(keys)
                claims = self._claim(keys, self._as_of + elapsed)
                if not self._send_claimed(claims, elapsed):
                    return

    @property
    def _elapsed(self) -> timedelta:
        return timedelta(seconds=(seconds_here() - self._started) // _STEP * _STEP)

    def _next_groups(self) -> list[list[int]]:
        """Read what is due again and divide it into what is claimed together."""
        columns = ("pk", "kind", "claims", "lead_id")
        rows = _due(self._as_of).values_list(*columns)[: _BATCH + len(self._left)]
        groups: list[list[int]] = []
        leads: set[int | None] = set()
        is_open = False
        for key, kind, claims, lead in rows:
            if key in self._left:
                continue
            # Advertising comes in masses. What was claimed in vain may be what kills its worker.
            is_alone = kind != MessageKind.SEQUENCE or claims > 0
            if is_alone or not is_open or lead in leads or len(groups[-1]) == _CHUNK:
                groups.append([])
                leads = set()
            groups[-1].append(key)
            leads.add(lead)
            is_open = not is_alone
        return groups

    def _claim(self, keys: Sequence[int], as_of: datetime) -> list[Claim]:
        """Claim messages and write what they say; those that fail together are claimed alone."""
        try:
            claims = claim_messages(keys, by=SEQUENCES, as_of=as_of)
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            log.exception("claim_failed", messages=list(keys))
            if len(keys) > 1:
                return [claim for key in keys for claim in self._claim([key], as_of)]
            note_failed_claim(keys[0], repr(error), by=SEQUENCES, as_of=as_of)
            return []
        if not claims:
            return []
        contents = contents_for([claim.message for claim in claims], claims[0].organisation)
        return [replace(claim, content=contents.get(claim.message.pk)) for claim in claims]

    def _send_claimed(self, claims: Sequence[Claim], elapsed: timedelta) -> bool:
        """Hand over claimed messages; False when the batch ends. Gives back what is left over.

        A verdict is for its own time: what is not sent within its step is claimed anew.
        """
        done, goes_on = 0, True
        try:
            while goes_on and done < len(claims) and self._elapsed == elapsed:
                done += 1
                goes_on = self._send_one(claims[done - 1], self._as_of + elapsed)
            self._delivery.settle()
        except Exception:
            self._rescue(claims[done:])
            raise
        if rest := claims[done:]:
            give_back(rest, by=SEQUENCES)
            self._left.difference_update(claim.message.pk for claim in rest)
        return goes_on

    def _send_one(self, claim: Claim, as_of: datetime) -> bool:
        """Hand over one message; False when the server is away for all."""
        try:
            if self._delivery.deliver(claim, as_of=as_of):
                self.sent += 1
                self._left.discard(claim.message.pk)
        except ServerAwayError:
            self._hang_ups += 1
            return self._hang_ups < _HANG_UPS and self._is_back()
        self._hang_ups = 0
        return True

    def _is_back(self) -> bool:
        """Tell whether the server only hung up on one mail, which must not hold up the others."""
        try:
            self._server.open()
        except ServerAwayError:
            return False
        return True

    def _rescue(self, rest: Sequence[Claim]) -> None:
        """Store what is known before an error ends the batch; leases do what this cannot."""
        try:
            self._delivery.settle()
            give_back(rest, by=SEQUENCES)
        except Exception:
            log.exception("batch_not_rescued", messages=len(rest))
