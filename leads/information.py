"""Who is only gathering information: one definition in SQL, which gate, page and API share.

A lead gathers information (source 002) when it said so itself or somebody marked it, until it gives
a signal to buy; or when the rule of the settings says so, unless it gave such a signal lately or
somebody said that the rule is wrong about it.
"""

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from accounts.memo import forget, memo
from conditions.compile import compile_halves, make_context
from conditions.describe import describe
from conditions.halves import NEVER, Halves, exists
from conditions.registry import Context
from conditions.tree import Node, parse
from ground.errors import DomainError
from leads.buying_signals import SIGNALS, signals_q, usual_signals
from leads.conditions import LEADS
from leads.models import Activity, InformationMark, InformationSettings, Lead, MarkSource

# How conditions ask for it.
OWN_FIELD = "information_only"
# What is inferred while nobody wrote a rule: much is read, and nobody speaks.
USUAL_WHERE: dict[str, Any] = {
    "all": [
        {"field": "stage", "op": "is_one_of", "value": ["subscriber", "lead", "mql"]},
        {
            "field": "activity_count",
            "op": "at_least",
            "value": 3,
            "params": {"kind": "content.downloaded", "within_days": 30},
        },
    ]
}
_inside: ContextVar[bool] = ContextVar("inside_information", default=False)


@dataclass(frozen=True, slots=True)
class Informing:
    """Why a lead counts as only gathering information: who said so, since when, in which words."""

    source: MarkSource
    since: datetime | None
    reason: str
    set_by: str


def stored_information() -> InformationSettings:
    """Return the stored row, or one with the defaults; read once in each request."""
    return memo(
        "information",
        lambda: (
            InformationSettings.objects.filter(pk=1).first()
            or InformationSettings(where=USUAL_WHERE)
        ),
    )


def forget_information() -> None:
    """Read the settings anew at their next use; whoever changes them calls this."""
    forget("information")


def chosen_signals() -> list[str]:
    """Return the names of the signals that end it."""
    known = [name for name in stored_information().signals if name in SIGNALS]
    return known or usual_signals()


def rule() -> Node | None:
    """Return the rule by which it is inferred; None for none, or one that cannot be read now."""
    where = stored_information().where
    if where is None:
        return None
    try:
        return parse(where, LEADS.snapshot())
    except DomainError:
        return None


def rule_sentence() -> str:
    """Return the rule in words, "" where there is none."""
    node = rule()
    return describe(node) if node else ""


def informing_halves(context: Context) -> Halves:
    """Return the leads that only gather information at ``context.as_of``, and all others.

    Asked for inside of its own rule, by way of a segment, it answers no.
    """
    if _inside.get():
        return NEVER
    as_of = context.as_of
    marks = InformationMark.objects.filter(lead=OuterRef("pk"), since__lte=as_of)
    after = _signals(as_of).filter(lead=OuterRef("lead"), occurred_at__gt=OuterRef("since"))
    marked = exists(marks.filter(~Exists(after), is_only=True))
    node = rule()
    if node is None:
        return marked
    lately = as_of - timedelta(days=stored_information().signal_days)
    recent = exists(_signals(as_of).filter(lead=OuterRef("pk"), occurred_at__gt=lately))
    denied = exists(marks.filter(is_only=False))
    token = _inside.set(True)
    try:
        inferred = compile_halves(node, context.inside())
    finally:
        _inside.reset(token)
    return marked | (inferred & recent.swapped() & denied.swapped())


def _signals(as_of: datetime) -> QuerySet[Activity]:
    return Activity.objects.filter(signals_q(chosen_signals()), occurred_at__lte=as_of)


def informing_q(as_of: datetime) -> Q:
    """Return the condition for the leads that only gather information at ``as_of``."""
    return informing_halves(make_context(as_of=as_of)).when


def with_informing(leads: QuerySet[Lead], *, as_of: datetime) -> QuerySet[Lead]:
    """Return ``leads`` with ``is_informing``."""
    answer = Case(
        When(informing_q(as_of), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    return leads.annotate(is_informing=answer)


_MARK = ("is_only", "source", "since", "reason", "set_by")


def informing_rows(lead_ids: Sequence[int], *, as_of: datetime) -> QuerySet[Any, Any]:
    """Return those of the leads that only gather information, as ``tell_informing`` reads them."""
    leads = Lead.objects.filter(informing_q(as_of), pk__in=lead_ids).order_by()
    return leads.values_list("pk", *(f"information_mark__{name}" for name in _MARK))


def tell_informing(rows: Iterable[Sequence[Any]]) -> dict[int, Informing]:
    """Return why each of ``informing_rows`` only gathers information, by the id of the lead."""
    found = {}
    for pk, is_only, source, since, reason, set_by in rows:
        if is_only:
            found[pk] = Informing(MarkSource(source), since, reason, set_by)
        else:
            found[pk] = Informing(MarkSource.INFERRED, None, rule_sentence(), "")
    return found


def find_informing(lead_ids: Sequence[int], *, as_of: datetime) -> dict[int, Informing]:
    """Return why each of these leads that only gathers information does; one query."""
    return tell_informing(informing_rows(lead_ids, as_of=as_of))
