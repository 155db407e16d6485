"""Where a lead stands in the funnel as a buyer (source 001), apart from its stage with us.

A stage says how far we have come with a lead; the position how near it is to buying. Each position
has a condition; the furthest one that holds is it, and who meets none stands at the first. It is
worked out whenever it is asked for, so that it is never old.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, QuerySet, Value, When

from accounts.memo import forget, memo
from conditions.compile import compile_halves, make_context
from conditions.describe import describe
from conditions.halves import NEVER, Halves
from conditions.registry import Choice, Context, Snapshot
from conditions.tree import Node, parse
from ground.errors import DomainError
from leads.conditions import LEADS
from leads.models import Lead, PositionRule
from leads.stages import JourneyPhase

# How conditions ask for it.
OWN_FIELD = "funnel_position"
# The furthest first: the first that holds decides.
FURTHEST_FIRST = (JourneyPhase.REQUEST, JourneyPhase.CHOICE, JourneyPhase.INTEREST)


def _did(kind: str, days: int, number: int = 1, **params: Any) -> dict[str, Any]:
    told = {"kind": kind, "within_days": days, **params}
    return {"field": "activity_count", "op": "at_least", "value": number, "params": told}


# What counts until somebody says otherwise.
USUAL: dict[str, dict[str, Any]] = {
    JourneyPhase.REQUEST: {
        "any": [
            _did("form.submitted", 180, form_kind="quote"),
            _did("form.submitted", 180, form_kind="callback"),
            _did("meeting.booked", 180),
            _did("content.downloaded", 90, content_phase="request"),
            {"field": "stage", "op": "is", "value": "opportunity"},
        ]
    },
    JourneyPhase.CHOICE: {
        "any": [
            _did("content.downloaded", 180, content_phase="choice"),
            _did("event.attended", 180),
            _did("form.submitted", 180, form_kind="contact"),
        ]
    },
    JourneyPhase.INTEREST: {
        "any": [
            _did("content.downloaded", 365),
            _did("event.registered", 365),
            _did("page.visited", 30, 5),
        ]
    },
}
_inside: ContextVar[bool] = ContextVar("inside_position", default=False)


@dataclass(frozen=True, slots=True)
class Position:
    """One position with its name and its condition, which is None for the first, or unreadable."""

    phase: JourneyPhase
    label: str
    where: dict[str, Any] | None
    node: Node | None

    @property
    def sentence(self) -> str:
        """The condition in words."""
        return describe(self.node) if self.node else ""


def _rules() -> dict[str, PositionRule]:
    return memo("positions", lambda: {row.position: row for row in PositionRule.objects.all()})


def forget_positions() -> None:
    """Read the rules anew at their next use; whoever changes them calls this."""
    forget("positions")


def position_label(phase: str) -> str:
    """Return what a position is called here, in the reader's language."""
    row = _rules().get(phase)
    return (row.label if row else "") or str(JourneyPhase(phase).label)


def positions() -> list[Position]:
    """Return all positions, the first of the funnel first."""
    rows, snapshot = _rules(), LEADS.snapshot()
    found = []
    for phase in JourneyPhase:
        row = rows.get(phase)
        where = (row.where if row else None) or USUAL.get(phase)
        found.append(Position(phase, position_label(phase), where, _read(where, snapshot)))
    return found


def _read(where: Any, snapshot: Snapshot) -> Node | None:
    try:
        return parse(where, snapshot) if where else None
    except DomainError:
        return None


def position_halves(wanted: Iterable[str], context: Context) -> Halves:
    """Return the leads that stand at one of the positions ``wanted``, and all others.

    Asked for inside of its own rules, by way of a segment, it answers no.
    """
    if _inside.get():
        return NEVER
    chosen, found, further = set(wanted), NEVER, NEVER
    for phase, told in _told(context):
        if phase in chosen:
            found = found | (told & further.swapped())
        further = further | told
    if JourneyPhase.AWARENESS in chosen:
        found = found | further.swapped()
    return found


def _told(context: Context) -> list[tuple[JourneyPhase, Halves]]:
    """Return the positions with their conditions, the furthest first."""
    nodes = {position.phase: position.node for position in positions()}
    token = _inside.set(True)
    try:
        return [
            (phase, compile_halves(node, context.inside()) if (node := nodes[phase]) else NEVER)
            for phase in FURTHEST_FIRST
        ]
    finally:
        _inside.reset(token)


def with_position(leads: QuerySet[Lead], *, as_of: datetime) -> QuerySet[Any, Any]:
    """Return ``leads`` with their ``position``."""
    told = _told(make_context(as_of=as_of))
    return leads.annotate(
        position=Case(
            *(When(halves.when, then=Value(phase.value)) for phase, halves in told),
            default=Value(JourneyPhase.AWARENESS.value),
            output_field=CharField(),
        )
    )


def position_choices(_snapshot: Snapshot) -> list[Choice]:
    """Return the positions as choices of conditions, by their names here."""
    return [Choice(phase.value, position_label(phase), phase.value) for phase in JourneyPhase]
