"""What a draft would change, while it is being built: counted, never written."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Max, Min

from conditions.preview import PREVIEW_MS, statement_timeout
from ground import days
from leads.models import Lead
from scoring.actions.crossing import ready_leads
from scoring.compiled import Compiled, compile_ruleset
from scoring.models import ModelVersion, ScoringModel
from scoring.rulesets import Ruleset

# 10,000 leads with 30 activities each take about half a second on two cores.
SAMPLE = 10_000
WEEKS = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """Leads picked at random, the same ones each time, out of ``population``."""

    ids: tuple[int, ...]
    population: int

    @property
    def is_everybody(self) -> bool:
        """Whether the sample is the whole."""
        return len(self.ids) == self.population

    def scale(self, number: int) -> int:
        """Return what ``number`` in the sample means for the whole."""
        return round(number * self.population / len(self.ids)) if self.ids else 0


@dataclass(frozen=True, slots=True)
class Preview:
    """How many leads a draft concerns.

    ``matches`` get points by the one rule that was asked about, ``changes`` get another score,
    ``crossings`` would become MQL at once. Estimates where ``sample`` is not everybody.
    """

    sample: Sample
    matches: int | None
    changes: int
    crossings: int


@dataclass(frozen=True, slots=True)
class Week:
    """How many leads rose above both thresholds in the week from Monday ``monday``."""

    monday: date
    now: int
    new: int


def take_sample() -> Sample:
    """Return all leads, or ``SAMPLE`` of them picked at random where there are many more."""
    alive = Lead.objects.alive()
    population = alive.count()
    if population <= SAMPLE * 2:
        return Sample(tuple(alive.values_list("pk", flat=True)), population)
    ends = alive.aggregate(low=Min("pk"), high=Max("pk"))
    span = range(ends["low"], ends["high"] + 1)
    # Keys of leads that are gone are picked in vain; at most half of all are, or it takes longer.
    picked = random.Random(0).sample(span, min(len(span), SAMPLE * 2))  # noqa: S311 - no secret
    found = alive.filter(pk__in=picked).values_list("pk", flat=True)[:SAMPLE]
    return Sample(tuple(found), population)


def preview(ruleset: Ruleset, *, as_of: datetime, rule: UUID | None = None) -> Preview:
    """Return what ``ruleset`` would change if it were active at ``as_of``.

    Raises ``TooSlowError`` after two seconds.
    """
    compiled = compile_ruleset(ruleset, as_of=as_of)
    numbers = [number for number, spec in enumerate(ruleset.rules) if spec.key == rule]
    with statement_timeout(PREVIEW_MS):
        sample = take_sample()
        parameters = compiled.for_leads(sample.ids) | {"model": ruleset.model_id}
        with connection.cursor() as cursor:
            cursor.execute(_counts(compiled, numbers), parameters)
            matches, changes, crossings = cursor.fetchone()
    return Preview(
        sample,
        sample.scale(matches) if numbers else None,
        sample.scale(changes),
        sample.scale(crossings),
    )


def _counts(compiled: Compiled, numbers: list[int]) -> str:
    matching = " OR ".join(f"p{number} <> 0" for number in numbers) or "false"
    return f"""
        {compiled.chain}
        SELECT (SELECT count(*) FROM ruled WHERE {matching}),
            (SELECT count(*) FROM judged
                LEFT JOIN scoring_score AS stored
                    ON stored.lead_id = judged.lead_id AND stored.model_id = %(model)s
                WHERE judged.total <> COALESCE(stored.total, 0)),
            COALESCE(cardinality(({ready_leads(compiled)})), 0)
    """  # noqa: S608 - numbers of rules


def threshold_weeks(
    ruleset: Ruleset, active: ModelVersion, *, as_of: datetime, weeks: int = WEEKS
) -> list[Week]:
    """Return per week how many leads rose above the thresholds of ``active`` and of ``ruleset``.

    Counts in the history of scores as they were given at that time, so that it shows what another
    threshold alone would have changed. The oldest week comes first; the last one is not over.
    """
    today = days.day_of(as_of)
    first = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    parameters = {
        "zone": str(days.zone()),
        "model": active.model_id,
        "first": first,
        "as_of": as_of,
        "old": active.mql_threshold,
        "old_fit": active.min_fit,
        "new": ruleset.limits["mql_threshold"],
        "new_fit": ruleset.limits["min_fit"],
    }
    with statement_timeout(PREVIEW_MS), connection.cursor() as cursor:
        cursor.execute(_WEEKS, parameters)
        found = {monday: (now, new) for monday, now, new in cursor.fetchall()}
    mondays = [first + timedelta(weeks=number) for number in range(weeks)]
    return [Week(monday, *found.get(monday, (0, 0))) for monday in mondays]


_WEEKS = """
    SELECT date_trunc('week', change.at AT TIME ZONE %(zone)s)::date AS monday,
        count(DISTINCT lead_id) FILTER (
            WHERE (from_total < %(old)s OR from_fit < %(old_fit)s)
                AND to_total >= %(old)s AND to_fit >= %(old_fit)s),
        count(DISTINCT lead_id) FILTER (
            WHERE (from_total < %(new)s OR from_fit < %(new_fit)s)
                AND to_total >= %(new)s AND to_fit >= %(new_fit)s)
    FROM scoring_scorechange AS change
    JOIN scoring_modelversion AS version ON version.id = change.version_id
    WHERE version.model_id = %(model)s AND change.at <= %(as_of)s
        AND change.at >= %(first)s::timestamp AT TIME ZONE %(zone)s
    GROUP BY monday
"""


def judged_leads(model: ScoringModel) -> int:
    """Return how many leads the model has judged: what its figures rest on."""
    return model.scores.filter(lead__deleted_at=None).count()
