"""How good the scores were that leads really had when sales took them on (source 001)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from scoring.backtest.figures import Band, bands_of
from scoring.backtest.outcomes import Outcome, outcomes
from scoring.backtest.statistics import FEW, Interval, difference, mean
from scoring.backtest.tally import PLACES, Run
from scoring.models import Backtest, BacktestState, ModelVersion, ScoringModel

HORIZON = timedelta(days=90)
LOOK_BACK = timedelta(days=2 * 365)


@dataclass(frozen=True, slots=True)
class Taken:
    """A lead that sales took on: when, and the score that the model had given it by then."""

    lead: int
    at: datetime
    score: int


@dataclass(frozen=True, slots=True)
class Quality:
    """What became of the leads of one band after sales took them on.

    ``revenue`` is the average of those that bought, ``judged`` how sales judged them after contact.
    """

    band: Band
    revenue: Interval | None
    judged: Band


@dataclass(frozen=True, slots=True)
class Drift:
    """How often leads of a band buy now, and how often by the backtest of the version."""

    now: Band
    expected: Band
    difference: Interval | None

    @property
    def is_sure(self) -> bool:
        """Whether chance alone would hardly explain the difference, with enough leads to say so."""
        found = self.difference
        if found is None or min(self.now.leads, self.expected.leads) < FEW:
            return False
        return found.low > 0 or found.high < 0


@dataclass(frozen=True, slots=True)
class QualityReport:
    """How the scores of a model did in real life.

    ``leads`` were watched for ``horizon``, ``waiting`` not so long yet. Amounts are in
    ``currency``; ``foreign`` deals in others are left out. ``drift`` is None without a backtest to
    compare with.
    """

    horizon: timedelta
    leads: int
    won: int
    waiting: int
    currency: str
    foreign: int
    rows: list[Quality]
    judged: int
    drift: list[Drift] | None
    backtest: Backtest | None


def taken_leads(model: ScoringModel, *, since: datetime, until: datetime) -> list[Taken]:
    """Return whom sales took on between two moments, each once, with the score of that time.

    Who had no score of the model by then, and who is in the bin, is left out; one query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, {"model": model.pk, "since": since, "until": until})
        return [Taken(*row) for row in cursor.fetchall()]


_TAKEN = """
    SELECT taken.lead_id, taken.at, given.to_total
    FROM (
        SELECT lead_id, min(at) AS at FROM leads_stagechange
        WHERE to_stage = 'sql' AND at >= %(since)s AND at <= %(until)s GROUP BY lead_id
    ) AS taken
    JOIN leads_lead AS lead ON lead.id = taken.lead_id AND lead.deleted_at IS NULL
    JOIN LATERAL (
        SELECT change.to_total FROM scoring_scorechange AS change
        JOIN scoring_modelversion AS version ON version.id = change.version_id
        WHERE change.lead_id = taken.lead_id AND version.model_id = %(model)s
            AND change.at <= taken.at
        ORDER BY change.at DESC, change.id DESC LIMIT 1
    ) AS given ON true
    ORDER BY taken.lead_id
"""


def quality_of(
    model: ScoringModel, active: ModelVersion | None, *, as_of: datetime
) -> QualityReport | None:
    """Return how the scores of ``model`` did over two years; None where nothing brings money."""
    outcome = next((o for o in outcomes().values() if o.amounts is not None), None)
    if outcome is None:
        return None
    backtest = _newest_backtest(active, outcome) if active else None
    horizon = timedelta(days=backtest.horizon_days) if backtest else HORIZON
    everybody = taken_leads(model, since=as_of - LOOK_BACK, until=as_of)
    watched = [lead for lead in everybody if lead.at <= as_of - horizon]
    amounts, currency, foreign = _amounts(outcome, watched, horizon)
    counts, sums = _Counts.of(watched, amounts)
    judged = _judged(model)
    bands = zip(counts.bands(), judged.bands(), strict=True)
    drift = None
    if active is not None and backtest is not None:
        since = active.active_from or as_of
        drift = _drift([lead for lead in watched if lead.at >= since], amounts, backtest)
    return QualityReport(
        horizon=horizon,
        leads=len(watched),
        won=len(amounts),
        waiting=len(everybody) - len(watched),
        currency=currency,
        foreign=foreign,
        rows=[Quality(band, _revenue(band, sums), judgement) for band, judgement in bands],
        judged=judged.leads,
        drift=drift,
        backtest=backtest,
    )


def _newest_backtest(active: ModelVersion, outcome: Outcome) -> Backtest | None:
    done = Backtest.objects.filter(version=active, outcome=outcome.name, state=BacktestState.DONE)
    return done.order_by("-pk").first()


def _amounts(
    outcome: Outcome, taken: Iterable[Taken], horizon: timedelta
) -> tuple[dict[int, float], str, int]:
    """Return what each lead that bought in time brought, in the usual currency; and how many deals
    in others are not in it.
    """
    assert outcome.amounts is not None
    since = {lead.lead: lead.at for lead in taken}
    rows = [
        (lead, float(amount or 0), currency)
        for lead, at, amount, currency in outcome.amounts().filter(lead__in=list(since))
        if since[lead] <= at <= since[lead] + horizon
    ]
    currencies = Counter(currency for _lead, _amount, currency in rows)
    usual = currencies.most_common(1)[0][0] if rows else "EUR"
    brought: dict[int, float] = {}
    for lead, amount, currency in rows:
        brought[lead] = brought.get(lead, 0.0) + (amount if currency == usual else 0.0)
    return brought, usual, len(rows) - currencies[usual]


@dataclass(slots=True)
class _Counts:
    """Leads by score: those that turned out well, and the others."""

    good: list[int]
    bad: list[int]

    @classmethod
    def of(
        cls, taken: Iterable[Taken], amounts: dict[int, float]
    ) -> tuple["_Counts", list[tuple[int, float]]]:
        """Return the counts, and the score and amount of each lead that bought."""
        counts, sums = cls([0] * PLACES, [0] * PLACES), []
        for lead in taken:
            if lead.lead in amounts:
                counts.good[lead.score] += 1
                sums.append((lead.score, amounts[lead.lead]))
            else:
                counts.bad[lead.score] += 1
        return counts, sums

    @property
    def leads(self) -> int:
        """How many leads were counted."""
        return sum(self.good) + sum(self.bad)

    def bands(self) -> list[Band]:
        """Return them by bands of ten points."""
        return list(bands_of(self.good, self.bad))


def _revenue(band: Band, sums: Iterable[tuple[int, float]]) -> Interval | None:
    amounts = [amount for score, amount in sums if band.low <= score <= band.high]
    return mean(len(amounts), sum(amounts), sum(amount * amount for amount in amounts))


def _judged(model: ScoringModel) -> _Counts:
    """Return the verdicts of sales by the score beside them; only the main model's stands there."""
    counts = _Counts([0] * PLACES, [0] * PLACES)
    for outcome in outcomes().values() if model.is_main else ():
        for _lead, _at, score, is_good in outcome.judged() if outcome.judged else ():
            (counts.good if is_good else counts.bad)[score] += 1
    return counts


def _drift(taken: list[Taken], amounts: dict[int, float], backtest: Backtest) -> list[Drift]:
    counts, _sums = _Counts.of(taken, amounts)
    run = Run(**backtest.figures["runs"][0])
    lost = [sent - won for sent, won in zip(run.sent, run.won, strict=True)]
    return [
        Drift(
            now,
            expected,
            difference((now.good, now.leads), (expected.good, expected.leads)),
        )
        for now, expected in zip(counts.bands(), bands_of(run.won, lost), strict=True)
    ]
