"""What of sequences and mails can be stuck."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ground.due import LATE
from ground.stuck import NOT_TRIED, StuckKind, Text, Told, register_queue, register_stuck
from leads.stuck import tell_by_lead
from nurturing.actions.doubts import send_messages_again
from nurturing.actions.enrolment import STEPS_TICK
from nurturing.actions.queueing import SEND_TICK
from nurturing.actions.sequences import TRIGGERS_TICK
from nurturing.actions.stuck import end_stuck_runs, give_up_mails
from nurturing.models import (
    DueEnrolment,
    DueEntry,
    DueTrigger,
    DueVerdict,
    Message,
    MessageState,
    Reason,
)
from nurturing.queries import DOUBT_IS_OLD, sendable_mails


def _explain(error: str) -> Text:
    code = error.partition(":")[0]
    return Reason(code).label if code in Reason else NOT_TRIED


def _mails(
    found: Callable[[datetime], QuerySet[Message]], since: str, *, is_late: bool = False
) -> Callable[[datetime], QuerySet[Any]]:
    def rows(as_of: datetime) -> QuerySet[Any]:
        return found(as_of).annotate(
            stuck_since=F(since),
            stuck_tries=F("attempts"),
            stuck_error=Concat("reason", Value(": "), "detail", output_field=TextField()),
            is_late=Value(is_late, output_field=BooleanField()),
        )

    return rows


def _in_doubt(as_of: datetime) -> QuerySet[Message]:
    return Message.objects.filter(state=MessageState.UNKNOWN, claimed_at__lt=as_of - DOUBT_IS_OLD)


def _set_aside(as_of: datetime) -> QuerySet[Message]:
    given_up = Q(state=MessageState.FAILED, reason__in=(Reason.SET_ASIDE, Reason.UNREADABLE))
    return Message.objects.filter(given_up, settled_at__isnull=False)


def _late(as_of: datetime) -> QuerySet[Message]:
    return sendable_mails(as_of - LATE)


def _tell_mails(keys: Sequence[int]) -> dict[int, Told]:
    rows = Message.objects.filter(pk__in=keys).select_related("sequence")
    return {row.pk: _told(row) for row in rows.defer("text", "html")}


def _told(row: Message) -> Told:
    text = gettext("“%(title)s” to %(address)s") % {"title": row.title, "address": row.to_address}
    return Told(text, reverse("mail_detail", args=[row.public_id]))


def _stay_queued(keys: Sequence[int], *, by: Any, as_of: datetime) -> int:
    """Nothing is wrong with mails that wait: the clock is rung, which is all that can be done."""
    return len(keys)


def _register_mails(key: str, **values: Any) -> None:
    register_stuck(
        StuckKind(
            key=key,
            tick=SEND_TICK,
            tell=_tell_mails,
            discard=give_up_mails,
            explain=_explain,
            **values,
        )
    )


_register_mails(
    "nurturing.doubtful",
    label=_("Mails in doubt"),
    loss=_(
        "Nobody asks about the mail again; it counts as failed. Whether the reader got it stays"
        " unknown."
    ),
    rows=_mails(_in_doubt, "claimed_at"),
    again=send_messages_again,
    is_in_doubt=True,
)
_register_mails(
    "nurturing.failed",
    label=_("Mails that failed"),
    loss=_("The mail is not sent. Its sequence goes on with the next step."),
    rows=_mails(_set_aside, "settled_at"),
    again=send_messages_again,
)
_register_mails(
    "nurturing.waiting",
    label=_("Mails that wait"),
    loss=_("The mail is not sent. Its sequence goes on with the next step."),
    rows=_mails(_late, "due_at", is_late=True),
    again=_stay_queued,
)
register_queue(
    DueEnrolment,
    tick=STEPS_TICK,
    label=_("Steps of sequences"),
    loss=_("The lead leaves the sequence and gets no more of its mails."),
    tell=tell_by_lead(
        DueEnrolment,
        lambda row, name: (
            gettext("Next step of %(lead)s in “%(sequence)s”")
            % {"lead": name, "sequence": row.enrolment.sequence.name}
        ),
        path="enrolment__lead",
        also="enrolment__sequence",
    ),
    discard=end_stuck_runs,
)
register_queue(
    DueTrigger,
    tick=TRIGGERS_TICK,
    label=_("Looking for a sequence"),
    loss=_("Whether a sequence is for this lead is asked again when something happens to it."),
    tell=tell_by_lead(
        DueTrigger,
        lambda row, name: gettext("Which sequences are for %(lead)s") % {"lead": name},
    ),
)
register_queue(
    DueEntry,
    tick=TRIGGERS_TICK,
    label=_("Entries into sequences"),
    loss=_("The lead does not enter the sequence. It can be put into it on its page."),
    tell=tell_by_lead(
        DueEntry,
        lambda row, name: (
            gettext("%(lead)s is to enter “%(sequence)s”")
            % {"lead": name, "sequence": row.sequence.name}
        ),
        also="sequence",
    ),
)


def _tell_verdicts(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueVerdict.objects.filter(pk__in=keys).select_related("message__sequence")
    return {row.pk: _told(row.message) for row in rows}


register_queue(
    DueVerdict,
    tick="nurturing.verdicts",
    label=_("Opens and clicks"),
    loss=_("What was opened and clicked in this mail does not count until it is clicked again."),
    tell=_tell_verdicts,
)
