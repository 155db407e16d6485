"""What scoring offers to conditions."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F, OuterRef, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.rights import Right
from conditions import columns
from conditions.halves import Halves, exists
from conditions.operators import COUNT_OPS, Kind
from conditions.refs import Usage, register_usages
from conditions.registry import Ask, Choice, Field, Param, Snapshot
from conditions.times import moments_of
from leads.conditions import LEADS
from leads.fields.lifecycle import SCORE
from leads.models import Activity
from scoring.activities import THRESHOLD_CROSSED
from scoring.models import Rule, Score, ScoreChange, ScoringModel, VersionState

_TIMES = (
    "in_last_days",
    "not_in_last_days",
    "more_than_days_ago",
    "in_period",
    "on",
    "before",
    "after",
    "between",
    "is_set",
    "is_empty",
)


def _models(_snapshot: Snapshot) -> Iterable[Choice]:
    for public_id, name, key in ScoringModel.objects.values_list("public_id", "name", "pk"):
        yield Choice(str(public_id), name, key)


def _score_of_model(ask: Ask) -> Halves:
    """By a certain model; who was never judged by it answers no."""
    scores = Score.objects.filter(lead=OuterRef("pk"), model=ask.params["model"])
    return exists(scores.filter(columns.number("total")(ask).when))


def _crossed(ask: Ask) -> Halves:
    crossings = Activity.objects.filter(
        lead=OuterRef("pk"), kind=THRESHOLD_CROSSED, occurred_at__lte=ask.context.as_of
    )
    if ask.op == "is_set":
        return exists(crossings)
    return exists(crossings.filter(columns.within("occurred_at", moments_of(ask)).when))


def _gained(ask: Ask, points: int) -> Halves:
    """At least so many points more than before the window; who had no change gained 0."""
    as_of = ask.context.as_of
    gains = (
        ScoreChange.objects.filter(
            lead=OuterRef("pk"),
            version__model__is_main=True,
            at__gt=as_of - timedelta(days=ask.params["within_days"]),
            at__lte=as_of,
        )
        .order_by()
        .values("lead")
        .annotate(gain=Sum(F("to_total") - F("from_total")))
    )
    if points > 0:
        return exists(gains.filter(gain__gte=points))
    return exists(gains.filter(gain__lt=points)).swapped()


LEADS.register(
    Field(
        name="score_of_model",
        label=_("Score by another model"),
        group=SCORE,
        kind=Kind.NUMBER,
        ops=COUNT_OPS,
        is_whole=True,
        params=(
            Param(
                name="model",
                label=_("Model"),
                kind=Kind.CHOICE,
                choices=_models,
                is_required=True,
                ref_kind="scoring_model",
            ),
        ),
        readable_by=Right.SCORES_READ,
        test=_score_of_model,
    ),
    Field(
        name="score_crossed_at",
        label=_("Reached the MQL threshold"),
        group=SCORE,
        kind=Kind.DATETIME,
        ops=_TIMES,
        readable_by=Right.SCORES_READ,
        test=_crossed,
    ),
    Field(
        name="score_gain",
        label=_("Points gained"),
        group=SCORE,
        kind=Kind.NUMBER,
        ops=COUNT_OPS,
        is_whole=True,
        params=(
            Param(
                name="within_days",
                label=_("in the last … days"),
                kind=Kind.NUMBER,
                is_required=True,
                lowest=1,
                highest=3650,
            ),
        ),
        readable_by=Right.SCORES_READ,
        test=columns.ladder(_gained),
    ),
)


def _rules() -> Iterable[Usage]:
    """Yield the rules of versions that count now or may count soon."""
    in_use = (VersionState.DRAFT, VersionState.PROPOSED, VersionState.ACTIVE)
    rules = Rule.objects.filter(version__state__in=in_use, where__isnull=False)
    for rule in rules.select_related("version__model"):
        url = reverse("scoring_version", args=[rule.version.public_id])
        yield Usage(str(_("Scoring rule")), f"{rule.version}: {rule.name}", url, rule.where)


register_usages("scoring_rule", _rules)
