"""Stuck work: every room says of its queues what a row is, and what its loss would mean.

``leadcrm/stuck/`` shows what was set aside or is late, and lets a person decide.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ground.due import LATE, WORKER_DIED, DueRow, drop, try_again

Text = str | Promise

# What the causes of errors are called, by the name of the exception; told without its details.
CAUSES: dict[str, Text] = {
    "ConnectionRefusedError": _("Another server did not answer."),
    "DataError": _("The database cannot store a value in it."),
    "IntegrityError": _("It contradicts something that the database knows already."),
    "InterfaceError": _("The database did not answer."),
    "MemoryError": _("The memory of the machine was not enough for it."),
    "OperationalError": _("The database did not answer."),
    "OSError": _("A file or another server could not be reached."),
    "RetryableError": _("Another server did not answer."),
    "SMTPException": _("The mail server did not take it."),
    "SMTPServerDisconnected": _("The mail server did not answer."),
    "SoftTimeLimitExceeded": _("It took too long."),
    "TimeoutError": _("Another server did not answer in time."),
    "gaierror": _("The name of another server could not be looked up."),
}
UNEXPECTED = _("The program met an error that nobody expected.")
DIED = _("The program ended each time while it worked on this, perhaps for want of memory.")
NOT_TRIED = _("Nobody has worked on it yet.")


@dataclass(frozen=True, slots=True)
class Told:
    """What one stuck thing is, in words, and the page where it can be looked at."""

    text: str
    url: str = ""


def explain(error: str) -> Text:
    """Return the cause of ``error`` in words; ``error`` is what a due row keeps."""
    if not error:
        return NOT_TRIED
    return DIED if error == WORKER_DIED else CAUSES.get(error.partition(":")[0], UNEXPECTED)


@dataclass(frozen=True, slots=True)
class StuckKind:
    """One kind of work that can be stuck.

    ``rows(as_of)`` are the stuck ones, with the annotations in ``COLUMNS``; ``tell(keys)`` says of
    each what it is, in a fixed number of queries. ``again`` and ``discard`` take keys, ``by`` and
    ``as_of``, run inside an action and return how many they changed. ``loss`` says what is lost by
    discarding. Of what ``is_in_doubt`` nobody knows whether it was done, so that it is never just
    tried again.
    """

    key: str
    label: Text
    loss: Text
    tick: str
    rows: Callable[[datetime], QuerySet[Any]]
    tell: Callable[[Sequence[int]], dict[int, Told]]
    again: Callable[..., int]
    discard: Callable[..., int]
    explain: Callable[[str], Text] = explain
    is_in_doubt: bool = False


COLUMNS = ("stuck_since", "stuck_tries", "stuck_error", "is_late")
KINDS: dict[str, StuckKind] = {}


def register_stuck(kind: StuckKind) -> None:
    """Let the page show ``kind``."""
    if kind.key in KINDS:
        raise ValueError(f"The stuck work {kind.key} exists twice.")
    KINDS[kind.key] = kind


def register_queue(
    model: type[DueRow],
    *,
    tick: str,
    label: Text,
    loss: Text,
    tell: Callable[[Sequence[int]], dict[int, Told]],
    again: Callable[..., int] | None = None,
    discard: Callable[..., int] | None = None,
) -> None:
    """Let the page show what is set aside or late in a queue of due rows.

    ``again`` and ``discard`` are for queues whose rows have consequences elsewhere.
    """

    def begin_anew(keys: Sequence[int], *, by: Any, as_of: datetime) -> int:
        return try_again(model, keys, as_of=as_of)

    def give_up(keys: Sequence[int], *, by: Any, as_of: datetime) -> int:
        return drop(model, keys)

    register_stuck(
        StuckKind(
            key=model.queue_name(),
            label=label,
            loss=loss,
            tick=tick,
            rows=lambda as_of: stuck_rows(model, as_of),
            tell=tell,
            again=again or begin_anew,
            discard=discard or give_up,
        )
    )


def stuck_rows(model: type[DueRow], as_of: datetime) -> QuerySet[Any]:
    """Return the rows of a queue that are set aside or late."""
    found = Q(quarantined_at__isnull=False) | Q(due_at__lt=as_of - LATE)
    return model._default_manager.filter(found).annotate(
        stuck_since=Coalesce("quarantined_at", "due_at"),
        stuck_tries=F("attempts"),
        stuck_error=F("last_error"),
        is_late=ExpressionWrapper(Q(quarantined_at=None), output_field=BooleanField()),
    )
