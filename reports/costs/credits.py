"""Which leads came by which campaign in which month, and what became of them.

A lead counts once for each campaign that it came by, in the month of its first touch of it, so that
months add up. Who was sorted out is no lead and counted apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from django.db import connection
from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet, Value

from accounts.actor import Actor
from capture.models import Campaign, Touch
from ground import days
from leads.models import Lead, StageChange
from leads.models.lead import visible_q
from leads.stages import FUNNEL, RANK, SORTED_OUT, Stage
from reports.kept import kept

# Stages that are counted from the moment of the touch on.
REACHED = {"mql": Stage.MQL, "sql": Stage.SQL, "customers": Stage.CUSTOMER}


@dataclass(frozen=True, slots=True)
class Credit:
    """How many leads came, how many of them reached a stage since, and who they are today.

    Leads that sales found by itself are no MQLs.
    ``sorted_out`` are those beside the leads who were none.
    """

    leads: int = 0
    mql: int = 0
    sql: int = 0
    customers: int = 0
    hot: int = 0
    warm: int = 0
    cold: int = 0
    sorted_out: int = 0

    @classmethod
    def sum(cls, credits: Iterable["Credit"]) -> Self:
        """Return all of them together."""
        rows = list(credits)
        names = [field.name for field in fields(cls)]
        return cls(**{name: sum(getattr(row, name) for row in rows) for name in names})


Credits = Mapping[tuple[int | None, date], Credit]


def count_credits(actor: Actor, *, campaign: Campaign | None = None, anew: bool = False) -> Credits:
    """Count the leads that ``actor`` may see by campaign and month; one query.

    With ``campaign`` only its own.
    """
    about = str(campaign.pk) if campaign else "all"
    rows = kept(
        "credits", about, actor, lambda: _count(arrived_by_campaign(actor, campaign)), anew=anew
    )
    return _read(rows)


def count_uncredited(actor: Actor, *, anew: bool = False) -> Credits:
    """Count the leads that came by no campaign, by the month in which they came; one query."""
    return _read(kept("uncredited", "", actor, lambda: _count(arrived_without(actor)), anew=anew))


def count_newcomers(actor: Actor, *, anew: bool = False) -> Mapping[date, int]:
    """Count the new leads of each month, once for each campaign, who bear the common costs.

    Two queries, which ask nothing of the stages.
    """
    rows = kept("newcomers", "", actor, lambda: _count_newcomers(actor), anew=anew)
    return {date.fromisoformat(month): leads for month, leads in rows}


def arrived_by_campaign(actor: Actor, campaign: Campaign | None = None) -> QuerySet[Any, Any]:
    """Return campaign, lead and moment of the first touch of each lead by each campaign."""
    touches = Touch.objects.filter(visible_q(actor, "lead__"), campaign__isnull=False)
    if campaign is not None:
        touches = touches.filter(campaign=campaign)
    return (
        touches.order_by("campaign_id", "lead_id", "occurred_at", "pk")
        .distinct("campaign_id", "lead_id")
        .values_list("campaign_id", "lead_id", "occurred_at")
    )


def arrived_without(actor: Actor) -> QuerySet[Any, Any]:
    """Return the leads that came by no campaign in the same shape."""
    touched = Touch.objects.filter(lead=OuterRef("pk"), campaign__isnull=False)
    leads = Lead.objects.visible_to(actor).filter(~Exists(touched)).order_by()
    none = Value(None, output_field=BigIntegerField())
    return leads.values_list(none, "pk", "first_channel_at")


# Grouped twice, which the ORM cannot: by lead and campaign, and then by month. The log of stages is
# read once: whoever reached a stage after a moment did so at the last time too. As conditions of
# counts it took four seconds for 200,000 touches, so it takes half of one.
_COUNT = """
    WITH arrived (campaign, lead, moment) AS MATERIALIZED ({arrived}),
    reached AS (
        SELECT lead_id,
            max(at) FILTER (WHERE to_stage = ANY(%(mql)s)) AS mql,
            max(at) FILTER (WHERE to_stage = ANY(%(sql)s)) AS sql,
            max(at) FILTER (WHERE to_stage = ANY(%(customers)s)) AS customers
        FROM {changes} WHERE to_stage = ANY(%(mql)s) AND lead_id IN (SELECT lead FROM arrived)
        GROUP BY lead_id
    ),
    told AS (
        SELECT arrived.campaign, arrived.moment, lead.temperature,
            lead.stage = %(other)s AND lead.other_reason = ANY(%(out)s) AS is_out,
            reached.mql >= moment AND NOT lead.is_sales_sourced AS mql,
            reached.sql >= moment AS sql,
            reached.customers >= moment AS customers
        FROM arrived JOIN {leads} lead ON lead.id = arrived.lead
        LEFT JOIN reached ON reached.lead_id = arrived.lead
    )
    SELECT campaign, date_trunc('month', moment AT TIME ZONE %(zone)s)::date,
        count(*) FILTER (WHERE NOT is_out),
        count(*) FILTER (WHERE NOT is_out AND mql),
        count(*) FILTER (WHERE NOT is_out AND sql),
        count(*) FILTER (WHERE NOT is_out AND customers),
        count(*) FILTER (WHERE NOT is_out AND temperature = 'hot'),
        count(*) FILTER (WHERE NOT is_out AND temperature = 'warm'),
        count(*) FILTER (WHERE NOT is_out AND temperature = 'cold'),
        count(*) FILTER (WHERE is_out)
    FROM told GROUP BY 1, 2 ORDER BY 1, 2
"""
_COUNT_NEW = """
    SELECT date_trunc('month', moment AT TIME ZONE %(zone)s)::date, count(*)
    FROM ({arrived}) AS arrived (campaign, lead, moment)
    JOIN {leads} lead ON lead.id = arrived.lead
    WHERE NOT (lead.stage = %(other)s AND lead.other_reason = ANY(%(out)s)) GROUP BY 1
"""


def _count(arrived: QuerySet[Any, Any]) -> list[list[Any]]:
    """Return campaign, month and the fields of ``Credit`` of each of them."""
    rows = ask_arrived(_COUNT, arrived)
    return [[campaign, month.isoformat(), *numbers] for campaign, month, *numbers in rows]


def _read(rows: Iterable[Iterable[Any]]) -> Credits:
    return {(key, date.fromisoformat(month)): Credit(*numbers) for key, month, *numbers in rows}


def _count_newcomers(actor: Actor) -> list[list[Any]]:
    counts: dict[date, int] = {}
    for arrived in (arrived_by_campaign(actor), arrived_without(actor)):
        for month, number in ask_arrived(_COUNT_NEW, arrived):
            counts[month] = counts.get(month, 0) + number
    return [[month.isoformat(), number] for month, number in counts.items()]


def ask_arrived(sql: str, arrived: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """Run ``sql`` over ``arrived``, whose own parameters are given names here."""
    inner, given = arrived.query.sql_with_params()
    names = {f"given_{number}": value for number, value in enumerate(given)}
    inner = inner % tuple(f"%({name})s" for name in names)
    tables = {"leads": Lead._meta.db_table, "changes": StageChange._meta.db_table}
    reached = {name: list(FUNNEL[RANK[stage] :]) for name, stage in REACHED.items()}
    about: dict[str, Any] = {
        "zone": days.zone().key,
        "other": Stage.OTHER.value,
        "out": list(SORTED_OUT),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.format(arrived=inner, **tables), {**about, **reached, **names})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
