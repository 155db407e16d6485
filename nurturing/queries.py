"""What the pages show about sequences and mails."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from accounts.actor import Actor
from accounts.rights import LeadScope, Right
from leads.models import Lead
from leads.models.lead import visible_q
from nurturing.models import (
    Enrolment,
    EnrolmentState,
    EventVerdict,
    ExitReason,
    MailEvent,
    MailEventKind,
    Message,
    MessageState,
    Sequence,
    SequenceState,
)

# A mail in doubt for longer than this is somebody's task.
DOUBT_IS_OLD = timedelta(minutes=15)


def clicked_by_human(kind: str = MailEventKind.CLICK) -> Exists:
    """Return the condition that a person followed a link in a message (or opened it)."""
    events = MailEvent.objects.filter(message=OuterRef("pk"), kind=kind, verdict=EventVerdict.HUMAN)
    return Exists(events)


def visible_messages(actor: Actor) -> QuerySet[Message]:
    """Return the messages that ``actor`` may see: those to leads that they see.

    Alerts to colleagues are seen by those who see every lead and may read sequences.
    """
    seen = visible_q(actor, "lead__") & Q(lead__isnull=False)
    if actor.lead_scope == LeadScope.ALL and actor.may(Right.SEQUENCES_READ):
        seen |= Q(lead=None)
    return Message.objects.filter(seen)


def in_doubt(actor: Actor, as_of: datetime) -> QuerySet[Message]:
    """Return the messages that ``actor`` sees in doubt for so long that a person must decide."""
    old = as_of - DOUBT_IS_OLD
    return visible_messages(actor).filter(state=MessageState.UNKNOWN, claimed_at__lt=old)


def sendable_mails(as_of: datetime) -> QuerySet[Message]:
    """Return the messages that are due at ``as_of`` and held up by no paused sequence."""
    due = Message.objects.filter(state=MessageState.QUEUED, due_at__lte=as_of)
    return due.exclude(sequence__state__in=(SequenceState.PAUSED, SequenceState.DRAFT))


def oldest_waiting_mail(as_of: datetime) -> datetime | None:
    """Return since when the mail waits that has been due longest, or None when none is due."""
    oldest: datetime | None = sendable_mails(as_of).aggregate(at=Min("due_at"))["at"]
    return oldest


@dataclass(slots=True)
class StepNumbers:
    """How one mail of a sequence did."""

    sent: int = 0
    waiting: int = 0
    skipped: int = 0
    failed: int = 0
    opened: int = 0
    clicked: int = 0


@dataclass(slots=True)
class Numbers:
    """How a sequence does: leads, mails, and why leads left; ``steps`` by key of the step."""

    enrolled: int = 0
    running: int = 0
    finished: int = 0
    exited: dict[str, int] = field(default_factory=dict)
    mails: StepNumbers = field(default_factory=StepNumbers)
    steps: dict[str, StepNumbers] = field(default_factory=dict)

    @property
    def exits(self) -> list[tuple[str, int]]:
        """The reasons for leaving with their counts, the most frequent first."""
        rows = sorted(self.exited.items(), key=lambda row: (-row[1], row[0]))
        return [(str(ExitReason(reason).label), count) for reason, count in rows]


def numbers_of(sequence: Sequence) -> Numbers:
    """Return the figures of one sequence over all its versions; three queries."""
    numbers = Numbers()
    runs = Enrolment.objects.filter(sequence=sequence).order_by()
    for state, reason, count in runs.values_list("state", "exit_reason").annotate(n=Count("pk")):
        numbers.enrolled += count
        if state == EnrolmentState.ACTIVE:
            numbers.running += count
        elif state == EnrolmentState.FINISHED:
            numbers.finished += count
        else:
            numbers.exited[reason] = numbers.exited.get(reason, 0) + count
    _count_mails(sequence, numbers)
    return numbers


def _count_mails(sequence: Sequence, numbers: Numbers) -> None:
    mails = Message.objects.filter(sequence=sequence).order_by()
    for key, state, count in mails.values_list("step__key", "state").annotate(n=Count("pk")):
        for target in (numbers.mails, numbers.steps.setdefault(key, StepNumbers())):
            name = _COLUMN.get(state, "waiting")
            setattr(target, name, getattr(target, name) + count)
    responses = (
        MailEvent.objects.filter(message__sequence=sequence, verdict=EventVerdict.HUMAN)
        .order_by()
        .values_list("message__step__key", "kind")
        .annotate(n=Count("message", distinct=True))
    )
    for key, kind, count in responses:
        name = "clicked" if kind == MailEventKind.CLICK else "opened"
        for target in (numbers.mails, numbers.steps.setdefault(key, StepNumbers())):
            setattr(target, name, getattr(target, name) + count)


_COLUMN = {
    MessageState.SENT: "sent",
    MessageState.SKIPPED: "skipped",
    MessageState.FAILED: "failed",
}


def with_numbers(sequences: Iterable[Sequence]) -> dict[int, tuple[int, int, int]]:
    """Return for each sequence how many leads run through it, mails sent and clicked by people.

    Two queries, whatever the number of sequences.
    """
    keys = [sequence.pk for sequence in sequences]
    running = dict(
        Enrolment.objects.filter(sequence__in=keys, state=EnrolmentState.ACTIVE)
        .order_by()
        .values_list("sequence")
        .annotate(n=Count("pk"))
    )
    mails = (
        Message.objects.filter(sequence__in=keys, state=MessageState.SENT)
        .order_by()
        .annotate(is_clicked=clicked_by_human())
        .values_list("sequence")
        .annotate(sent=Count("pk"), clicked=Count("pk", filter=Q(is_clicked=True)))
    )
    sent = {key: (count, clicks) for key, count, clicks in mails}
    return {key: (running.get(key, 0), *sent.get(key, (0, 0))) for key in keys}


def runs_of(lead: Lead, limit: int = 10) -> QuerySet[Enrolment]:
    """Return the newest runs of ``lead`` with their sequences."""
    runs = Enrolment.objects.filter(lead=lead).select_related("sequence", "next_step")
    return runs[:limit]


def mails_of(lead: Lead, limit: int = 6) -> QuerySet[Message]:
    """Return the newest messages to ``lead``."""
    return Message.objects.filter(lead=lead).select_related("sequence")[:limit]
