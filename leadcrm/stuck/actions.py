"""What an administrator decides about stuck work."""

from collections.abc import Sequence
from datetime import datetime

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.stuck import StuckKind
from ground.ticks import wake
from leadcrm.activities import MAIL_CONFIRMED, MAIL_REPEATED, WORK_DISCARDED, WORK_RETRIED
from nurturing.actions.doubts import mark_messages_sent, send_messages_again

# So many keys are kept in the audit log; the count is always there.
_NAMED = 100


@action
def retry_stuck(kind: StuckKind, keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Let stuck work begin anew, with no failures behind it; returns how much.

    Raises ``DomainError`` with code ``in_doubt`` for what may have been done already.
    """
    by.require(Right.SETTINGS_MANAGE)
    if kind.is_in_doubt:
        raise DomainError("in_doubt", "Somebody must say whether it was done.")
    count = kind.again(keys, by=by, as_of=as_of)
    wake(kind.tick)
    _note(WORK_RETRIED, kind, keys, count, by=by, as_of=as_of)
    return count


@action
def discard_stuck(kind: StuckKind, keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Give stuck work up for good; returns how much. ``kind.loss`` says what that means."""
    by.require(Right.SETTINGS_MANAGE)
    count = kind.discard(keys, by=by, as_of=as_of)
    _note(WORK_DISCARDED, kind, keys, count, by=by, as_of=as_of)
    return count


@action
def resend_doubtful(kind: StuckKind, keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Send mails in doubt again because a person says so; a reader may get one twice."""
    by.require(Right.SETTINGS_MANAGE)
    count = send_messages_again(keys, by=by, as_of=as_of)
    _note(MAIL_REPEATED, kind, keys, count, by=by, as_of=as_of)
    return count


@action
def confirm_doubtful(kind: StuckKind, keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Count mails in doubt as sent because a person has found out."""
    by.require(Right.SETTINGS_MANAGE)
    count = mark_messages_sent(keys, by=by, as_of=as_of)
    _note(MAIL_CONFIRMED, kind, keys, count, by=by, as_of=as_of)
    return count


def _note(
    event: str, kind: StuckKind, keys: Sequence[int], count: int, *, by: Actor, as_of: datetime
) -> None:
    if count:
        named = " ".join(str(key) for key in keys[:_NAMED])
        data = {"work": kind.key, "count": count, "keys": named}
        audit.record(event, by=by, as_of=as_of, data=data)
