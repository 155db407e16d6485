"""What a person decides about mails and runs of sequences that cannot go on by themselves."""

from collections.abc import Sequence
from datetime import datetime

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.due import drop
from nurturing.actions.enrolment import exit_enrolments
from nurturing.models import DueEnrolment, ExitReason, Message, MessageState

# What becomes of a mail that is given up: one in doubt may have been sent, the others were not.
_GIVEN_UP = {
    MessageState.UNKNOWN: MessageState.FAILED,
    MessageState.FAILED: MessageState.SKIPPED,
    MessageState.QUEUED: MessageState.SKIPPED,
}


@action
def give_up_mails(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Settle mails that are in doubt, failed or wait: nobody sends them or asks about them again.

    The reason why they were stuck stays. A mail that is being sent just now is left alone.
    """
    by.require(Right.SEQUENCES_ACTIVATE)
    found = list(
        Message.objects.filter(pk__in=keys, state__in=_GIVEN_UP)
        .only("pk", "state")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    for message in found:
        message.state, message.settled_at = _GIVEN_UP[MessageState(message.state)], as_of
    Message.objects.bulk_update(found, ["state", "settled_at"], batch_size=500)
    return len(found)


@action
def end_stuck_runs(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """End the runs whose next step fails each time; ``keys`` are those of the due rows."""
    rows = DueEnrolment.objects.filter(pk__in=keys)
    enrolments = list(rows.values_list("enrolment_id", flat=True))
    exit_enrolments(enrolments, reason=ExitReason.BY_HAND, by=by, as_of=as_of)
    # Those of runs that had ended before.
    drop(DueEnrolment, keys)
    return len(enrolments)
