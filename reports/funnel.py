"""How far leads came: the funnel as a cohort count from the stage log.

The cohort are the episodes that were opened in a period. An episode counts at a stage when its log
has this stage or one further down, so the figures can only fall from stage to stage. Episodes that
left the funnel are counted apart, and so are leads that sales found by itself: they are no success
of marketing and never MQL (sources 001 and 004). What other reports call an MQL, they count with
``reached``, so that the number is the same in all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Avg,
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import TruncWeek

from accounts.actor import Actor
from ground import days
from leads.models import Episode, Lead, StageChange
from leads.models.lead import visible_q
from leads.stages import FUNNEL, RANK, Channel, Stage
from reports.kept import kept
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
    """The funnel of one cohort; ``other`` counts those that stand outside of it now.

    ``found_by_sales`` are those that sales found by itself, which no step counts.
    """

    steps: list[FunnelStep]
    other: int
    found_by_sales: int

    @property
    def total(self) -> int:
        """How many episodes the cohort has that ever stood in the funnel."""
        return self.steps[0].reached

    @property
    def mql(self) -> int:
        """How many became MQL or more: the number that every report tells."""
        return self.steps[RANK[Stage.MQL]].reached


def share(part: int, whole: int) -> float | None:
    """Return ``part`` of ``whole`` between 0 and 1, or None for a share of nothing."""
    return part / whole if whole else None


def _cohort(period: Period, actor: Actor, until: datetime | None) -> QuerySet[Episode]:
    """Return the episodes opened in ``period`` with the rank of the ``furthest`` stage."""
    before = Q(stage_changes__at__lt=until) if until else None
    ranks = Case(
        *(When(stage_changes__to_stage=stage, then=Value(rank)) for stage, rank in RANK.items()),
        output_field=IntegerField(),
    )
    return Episode.objects.filter(
        visible_q(actor, "lead__"), opened_at__gte=period.start, opened_at__lt=period.end
    ).annotate(furthest=Max(ranks, filter=before))


def count_funnel(
    period: Period, *, actor: Actor, until: datetime | None = None, anew: bool = False
) -> Funnel:
    """Count the funnel of the episodes that were opened in ``period``; one query.

    With ``until`` only what they had reached before that moment: two cohorts can be compared where
    both had the same time to get on.
    """
    about = f"{period.key}:{until.isoformat()}" if until else period.key
    counts = kept("funnel", about, actor, lambda: _count_funnel(period, actor, until), anew=anew)
    steps = []
    before = total = counts[FUNNEL[0].value]
    for stage in FUNNEL:
        reached = counts[stage.value]
        steps.append(FunnelStep(stage, reached, share(reached, before), share(reached, total)))
        before = reached
    return Funnel(steps, counts["outside"], counts["found_by_sales"])


def _count_funnel(period: Period, actor: Actor, until: datetime | None) -> dict[str, int]:
    outside = Q(closed_at=None, now_in=Stage.OTHER)
    return (
        _cohort(period, actor, until)
        .annotate(now_in=F("lead__stage"), is_sales=F("lead__is_sales_sourced"))
        .aggregate(
            **{
                stage.value: Count("pk", filter=Q(furthest__gte=RANK[stage], is_sales=False))
                for stage in FUNNEL
            },
            outside=Count("pk", filter=outside),
            found_by_sales=Count("pk", filter=Q(furthest__gte=0, is_sales=True)),
        )
    )


def reached(stage: Stage) -> Count:
    """Count the episodes of stage changes that reached ``stage`` or one further down.

    As MQL counts nobody whom sales found by itself. The rows must be changes into the funnel.
    """
    there = Q(to_stage__in=FUNNEL[RANK[stage] :])
    if stage == Stage.MQL:
        there &= Q(lead__is_sales_sourced=False)
    return Count("episode", distinct=True, filter=there)


@dataclass(frozen=True, slots=True)
class Stock:
    """How many leads stand in a stage now, and for how many days on average."""

    stage: Stage
    count: int
    days: float | None


def count_stock(*, actor: Actor, as_of: datetime, anew: bool = False) -> list[Stock]:
    """Count the leads of each stage; one query."""
    found = kept("stock", "", actor, lambda: _count_stock(actor, as_of), anew=anew)
    return [Stock(stage, *found.get(stage.value, (0, None))) for stage in Stage]


def _count_stock(actor: Actor, as_of: datetime) -> dict[str, tuple[int, float]]:
    age = ExpressionWrapper(Value(as_of) - F("stage_at"), output_field=DurationField())
    rows = (
        Lead.objects.visible_to(actor)
        .order_by()
        .values("stage")
        .annotate(count=Count("pk"), age=Avg(age))
    )
    return {row["stage"]: (row["count"], row["age"].total_seconds() / 86_400) for row in rows}


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
    total and what sales found: spam and sign-ups without confirmation were no leads. Channels are
    ranked by quality and not by number (source 000); one query.
    """
    rows = kept("sources", period.key, actor, lambda: _count_sources(period, actor))
    sources = [
        SourceRow(
            row["channel"],
            str(Channel(row["channel"]).label),
            row["leads"],
            row["mql"],
            row["sql"],
            row["customers"],
            share(row["customers"], row["leads"]),
        )
        for row in rows
    ]
    return sorted(sources, key=_quality)


def _count_sources(period: Period, actor: Actor) -> list[dict[str, Any]]:
    rows = (
        StageChange.objects.filter(visible_q(actor, "lead__"), to_stage__in=FUNNEL)
        .filter(episode__opened_at__gte=period.start, episode__opened_at__lt=period.end)
        .order_by()
        .values(channel=F("episode__channel"))
        .annotate(
            leads=reached(FUNNEL[0]),
            mql=reached(Stage.MQL),
            sql=reached(Stage.SQL),
            customers=reached(Stage.CUSTOMER),
        )
    )
    return [dict(row) for row in rows]


def _quality(row: SourceRow) -> tuple[float, int, str]:
    return (-(row.won or 0), -row.leads, row.label)


def weekly_arrivals(
    period: Period, *, actor: Actor, anew: bool = False
) -> Sequence[tuple[datetime, int, int]]:
    """Return each week of ``period`` with how many episodes opened and how many became MQL since.

    The MQLs stand in the week in which they came in, so that the sum is that of the funnel.
    """
    rows = kept("weeks", period.key, actor, lambda: _count_weeks(period, actor), anew=anew)
    return [(datetime.fromisoformat(week), opened, mqls) for week, opened, mqls in rows]


def _count_weeks(period: Period, actor: Actor) -> list[tuple[str, int, int]]:
    episodes = Episode.objects.filter(visible_q(actor, "lead__"))
    opened = _by_week(episodes, "opened_at", period, Count("pk"))
    changes = StageChange.objects.filter(visible_q(actor, "lead__"), to_stage__in=FUNNEL)
    qualified = _by_week(changes, "episode__opened_at", period, reached(Stage.MQL))
    weeks = sorted({*opened, *qualified})
    return [(week.isoformat(), opened.get(week, 0), qualified.get(week, 0)) for week in weeks]


def _by_week(
    rows: QuerySet[Any], moment: str, period: Period, number: Count
) -> dict[datetime, int]:
    rows = rows.filter(**{f"{moment}__gte": period.start, f"{moment}__lt": period.end})
    weeks = rows.order_by().annotate(week=TruncWeek(moment, tzinfo=days.zone())).values_list("week")
    return dict(weeks.annotate(number=number))
