"""What may become of a lead: against what a version is tried."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from leads.models import StageChange
from leads.stages import Stage

Rows = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something good that sales finds out about a lead.

    ``rows`` gives its cases as (lead, when), ``amounts``, where it brings money, as (lead, when,
    amount, currency). ``judged``, where somebody judged, has every judgement with the score beside
    which it was given, as (lead, when, score, whether it was good). ``right`` is what it takes to
    read it.
    """

    name: str
    label: str | Promise
    rows: Callable[[], Rows]
    amounts: Callable[[], Rows] | None = None
    judged: Callable[[], Rows] | None = None
    right: Right = Right.SCORING_READ


_outcomes: dict[str, Outcome] = {}


def register_outcome(outcome: Outcome) -> None:
    """Let versions be tried against ``outcome``; called from an app's ``outcomes.py``."""
    if outcome.name in _outcomes:
        raise ValueError(f"The outcome {outcome.name} exists twice.")
    _outcomes[outcome.name] = outcome


def outcomes() -> dict[str, Outcome]:
    """Return every outcome by name, the one that is asked for first at the beginning."""
    return {outcome.name: outcome for outcome in reversed(_outcomes.values())}


def readable_outcomes(actor: Actor) -> list[str]:
    """Return the names of the outcomes that the actor may read."""
    return [outcome.name for outcome in outcomes().values() if actor.may(outcome.right)]


def times_of(outcome: Outcome, lead_ids: Iterable[int], *, until: datetime) -> dict[int, list[Any]]:
    """Return when it happened to each of these leads, the oldest first; one query."""
    return collect_times(outcome.rows(), lead_ids, until=until)


def collect_times(rows: Rows, lead_ids: Iterable[int], *, until: datetime) -> dict[int, list[Any]]:
    """Return the times of ``rows`` of (lead, when) up to ``until``, by lead and in order."""
    found: dict[int, list[Any]] = {}
    for lead, at in rows.filter(lead__in=list(lead_ids)):
        if at <= until:
            found.setdefault(lead, []).append(at)
    for times in found.values():
        times.sort()
    return found


def sales_steps() -> Rows:
    """Return when leads became SQL, which only sales can make them."""
    steps = StageChange.objects.filter(to_stage=Stage.SQL).order_by()
    return steps.values_list("lead_id", "at")


register_outcome(Outcome("sql", _("became SQL"), sales_steps))
