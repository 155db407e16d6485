"""Rules and limits in plain words, in the language that is active."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.describe import describe, quote
from conditions.registry import Snapshot
from ground.errors import DomainError
from leads.kinds import KINDS
from leads.stages import Stage, Temperature
from scoring.compiled import CLOSE_TO_SALES, WARM_STAGES
from scoring.details import detail_label, detail_named, distinct_labels
from scoring.models import Counting
from scoring.rulesets import RuleSpec


def points_text(points: int) -> str:
    """Return points with their sign: +8, −5, 0."""
    return f"+{points}" if points > 0 else f"−{-points}" if points else "0"


def rule_sentence(spec: RuleSpec, snapshot: Snapshot) -> str:
    """Return what a rule asks for, without its points."""
    if spec.broken:
        return _("Cannot be read any more: {reason}").format(reason=spec.broken)
    if spec.node is not None:
        return describe(spec.node)
    return "; ".join([f"{_activity(spec, snapshot)} {_how_often(spec)}", *_bounds(spec)])


def rule_title(spec: RuleSpec, snapshot: Snapshot) -> str:
    """Return what a rule is about in short, for a rule that nobody gave a name."""
    return describe(spec.node) if spec.node is not None else _activity(spec, snapshot)


def _activity(spec: RuleSpec, snapshot: Snapshot) -> str:
    kind = KINDS.get(spec.activity_kind)
    shown = quote(str(kind.label) if kind else spec.activity_kind)
    if not spec.detail:
        return shown
    try:
        label = detail_named(spec.detail).label
        value = detail_label(spec.detail, spec.detail_value, snapshot)
    except DomainError:
        return shown
    return f"{shown} ({label}: {quote(value)})"


def _how_often(spec: RuleSpec) -> str:
    if spec.counting == Counting.FIRST:
        return _("the first time only")
    if spec.counting == Counting.DISTINCT:
        thing = str(distinct_labels().get(spec.distinct_by, spec.distinct_by))
        return _("once for each: {thing}").format(thing=thing)
    return _("every time")


def _bounds(spec: RuleSpec) -> list[str]:
    parts = []
    if spec.half_life_days is not None:
        words = ngettext("halves every day", "halves every {days} days", spec.half_life_days)
        parts.append(words.format(days=spec.half_life_days))
    if spec.cap is not None:
        words = ngettext("at most {points} point", "at most {points} points", spec.cap)
        parts.append(words.format(points=spec.cap))
    return parts


def temperature_rules(limits: dict[str, int]) -> dict[str, str]:
    """Return by which rule a lead is hot, warm or cold."""
    words = _(
        "a score of {score} or more or the stage {stages}, and active in the last {days} days"
    )
    return {
        Temperature.HOT.value: words.format(
            score=limits["hot_score"], days=limits["hot_days"], stages=_stages(*CLOSE_TO_SALES)
        ),
        Temperature.WARM.value: words.format(
            score=limits["warm_score"], days=limits["warm_days"], stages=_stages(*WARM_STAGES)
        ),
        Temperature.COLD.value: _("everybody else, and who stands outside the funnel"),
    }


def _stages(*stages: Stage) -> str:
    *first, last = [str(stage.label) for stage in stages]
    return _("{first} or {last}").format(first=", ".join(first), last=last)


def mql_rule(limits: dict[str, int]) -> str:
    """Return when a lead becomes MQL."""
    if not limits["min_fit"]:
        return _("A subscriber or lead becomes MQL with a score of {score} or more.").format(
            score=limits["mql_threshold"]
        )
    return _(
        "A subscriber or lead becomes MQL with a score of {score} or more, of which fit is at"
        " least {fit}."
    ).format(score=limits["mql_threshold"], fit=limits["min_fit"])
