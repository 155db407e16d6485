"""Which leads a sequence is for."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from conditions.compile import compile_q
from conditions.errors import ConditionError
from conditions.registry import Snapshot
from conditions.tree import parse
from leads.conditions import LEADS
from leads.models import Lead
from leads.models.lead import LeadQuerySet
from nurturing.models import Sequence, SequenceState

log = structlog.get_logger(__name__)


def matching_leads(
    where: Any, *, as_of: datetime, snapshot: Snapshot | None = None
) -> LeadQuerySet:
    """Return every lead that meets ``where`` at ``as_of`` and is not in the bin.

    For drains and counts, not for showing leads to somebody. Pass one ``snapshot`` for many. A
    condition that uses what is not there any more is met by nobody, so that it stops nothing else.
    """
    try:
        node = parse(where, snapshot or LEADS.snapshot())
    except ConditionError:
        log.warning("condition_unreadable")
        return Lead.objects.none()
    return Lead.objects.alive().filter(compile_q(node, as_of=as_of))


def running_with_trigger(kind: str) -> list[Sequence]:
    """Return the active sequences whose live version is entered by ``kind``, first things first."""
    return list(
        Sequence.objects.filter(state=SequenceState.ACTIVE, live__trigger__kind=kind)
        .select_related("live")
        .order_by("priority", "pk")
    )


Choices = list[tuple[str, str]]
_reasons: list[Callable[[], Choices]] = []


def register_rejection_reasons(load: Callable[[], Choices]) -> None:
    """Say for which reasons sales rejects leads; the app that knows them registers this."""
    _reasons.append(load)


def rejection_reasons() -> Choices:
    """Return the reasons with their labels, as choices."""
    return [choice for load in _reasons for choice in load()]
