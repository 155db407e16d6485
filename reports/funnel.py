"""How far leads came: the funnel as a cohort count from the stage log.

The cohort are the episodes that were opened in a period. An episode counts at a stage when its log
has this stage or one further down, so the figures can only fall from stage to stage. Episodes that
left the funnel are counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import TruncWeek

from accounts.actor import Actor
from ground import days
from leads.models import Episode, Lead, StageChange
from leads.models.lead import visible_q
from leads.stages import FUNNEL, RANK, Channel, Stage
from reports.period import Period


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One stage of the funnel: how many reached it, and the share of the stage before and of all.

    Shares are between 0 and 1, None where there is nothing to divide by.
    """

    stage: Stage
    reached: int
    of_previous: float | None
    of_all: float | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The funnel of one cohort; ``other`` counts those that stand outside of it now."""

    steps: list[FunnelStep]
    other: int

    @property
    def total(self) -> int:
        """How many episodes the cohort has that ever stood in the funnel."""
        return self.steps[0].reached


def share(part: int, whole: int) -> float | None:
    """Return ``part`` of ``whole`` between 0 and 1, or None for a share of nothing."""
    return part / whole if whole else None


def _reached(stage: Stage) -> Q:
    return Q(to_stage__in=FUNNEL[RANK[stage] :])


def count_funnel(period: Period, *, actor: Actor, until: datetime | None = None) -> Funnel:
    """Count the funnel of the episodes that were opened in ``period``; two queries.

    With ``until`` only what they had reached before that moment: two cohorts can be compared where
    both had the same time to get on.
    """
    log = StageChange.objects.filter(visible_q(actor, "lead__"))
    if until:
        log = log.filter(at__lt=until)
    cohort = log.filter(episode__opened_at__gte=period.start, episode__opened_at__lt=period.end)
    counts = cohort.aggregate(
        **{stage.value: Count("episode", distinct=True, filter=_reached(stage)) for stage in FUNNEL}
    )
    outside = Episode.objects.filter(
        visible_q(actor, "lead__"),
        opened_at__gte=period.start,
        opened_at__lt=period.end,
        closed_at=None,
        lead__stage=Stage.OTHER,
    ).count()
    steps = []
    before = total = counts[FUNNEL[0].value]
    for stage in FUNNEL:
        reached = counts[stage.value]
        steps.append(FunnelStep(stage, reached, share(reached, before), share(reached, total)))
        before = reached
    return Funnel(steps, outside)


@dataclass(frozen=True, slots=True)
class Stock:
    """How many leads stand in a stage now, and for how many days on average."""

    stage: Stage
    count: int
    days: float | None


def count_stock(*, actor: Actor, as_of: datetime) -> list[Stock]:
    """Count the leads of each stage; one query."""
    age = ExpressionWrapper(Value(as_of) - F("stage_at"), output_field=DurationField())
    rows = (
        Lead.objects.visible_to(actor)
        .order_by()
        .values("stage")
        .annotate(count=Count("pk"), age=Avg(age))
    )
    found = {row["stage"]: row for row in rows}
    return [
        Stock(
            stage,
            found[stage]["count"] if stage in found else 0,
            found[stage]["age"].total_seconds() / 86_400 if stage in found else None,
        )
        for stage in Stage
    ]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What one channel brought: episodes in the funnel, how many became MQL, SQL and customers.

    ``won`` is customers per lead, between 0 and 1.
    """

    channel: str
    label: str
    leads: int
    mql: int
    sql: int
    customers: int
    won: float | None


def count_sources(period: Period, *, actor: Actor) -> list[SourceRow]:
    """Count what each channel brought in ``period``, the best by customers per lead first.

    Counted are the episodes that reached the first stage of the funnel, so that the sum is its
    total: spam and sign-ups without confirmation were no leads. Channels are ranked by quality and
    not by number (source 000); one query.
    """
    rows = (
        StageChange.objects.filter(visible_q(actor, "lead__"), _reached(FUNNEL[0]))
        .filter(episode__opened_at__gte=period.start, episode__opened_at__lt=period.end)
        .order_by()
        .values("episode__channel")
        .annotate(
            leads=Count("episode", distinct=True),
            mql=Count("episode", distinct=True, filter=_reached(Stage.MQL)),
            sql=Count("episode", distinct=True, filter=_reached(Stage.SQL)),
            customers=Count("episode", distinct=True, filter=_reached(Stage.CUSTOMER)),
        )
    )
    sources = [
        SourceRow(
            row["episode__channel"],
            str(Channel(row["episode__channel"]).label),
            row["leads"],
            row["mql"],
            row["sql"],
            row["customers"],
            share(row["customers"], row["leads"]),
        )
        for row in rows
    ]
    return sorted(sources, key=_quality)


def _quality(row: SourceRow) -> tuple[float, int, str]:
    return (-(row.won or 0), -row.leads, row.label)


def weekly_arrivals(period: Period, *, actor: Actor) -> Sequence[tuple[datetime, int, int]]:
    """Return each week of ``period`` with how many episodes opened and how many became MQL."""
    opened = dict(
        Episode.objects.filter(
            visible_q(actor, "lead__"), opened_at__gte=period.start, opened_at__lt=period.end
        )
        .order_by()
        .annotate(week=TruncWeek("opened_at", tzinfo=days.zone()))
        .values_list("week")
        .annotate(Count("pk"))
    )
    qualified = dict(
        StageChange.objects.filter(
            visible_q(actor, "lead__"),
            to_stage=Stage.MQL,
            at__gte=period.start,
            at__lt=period.end,
        )
        .order_by()
        .annotate(week=TruncWeek("at", tzinfo=days.zone()))
        .values_list("week")
        .annotate(Count("pk"))
    )
    weeks = sorted({*opened, *qualified})
    return [(week, opened.get(week, 0), qualified.get(week, 0)) for week in weeks]
