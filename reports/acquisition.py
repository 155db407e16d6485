"""What becomes of leads by the way in which they were won: spear, seed or net (source 001)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, DurationField, ExpressionWrapper, F

from accounts.actor import Actor
from leads.acquisition import won_as
from leads.models import StageChange
from leads.models.lead import visible_q
from leads.stages import FUNNEL, AcquisitionType, Stage
from reports.funnel import reached, share
from reports.kept import kept
from reports.period import Period

# Below so many leads a rate says little: of 30 one more or less is three points.
SMALL = 30


class Median(Aggregate):
    """The median of a set of durations, halfway between the two in the middle of an even number."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class AcquisitionRow:
    """What one way of winning leads brought: episodes, and how many of them got how far.

    ``days`` is the median from the first contact to the customer, of ``customers`` episodes; None
    without any.
    """

    kind: str
    label: str
    leads: int
    mql: int
    sql: int
    customers: int
    days: float | None

    @property
    def won(self) -> float | None:
        """Customers per lead, between 0 and 1."""
        return share(self.customers, self.leads)

    @property
    def sql_rate(self) -> float | None:
        """SQLs per lead, between 0 and 1."""
        return share(self.sql, self.leads)

    @property
    def mql_rate(self) -> float | None:
        """MQLs per lead, between 0 and 1; what sales found is no MQL."""
        return share(self.mql, self.leads)

    @property
    def is_small(self) -> bool:
        """Whether there are too few leads for rates that tell something."""
        return self.leads < SMALL


def count_acquisitions(period: Period, *, actor: Actor) -> list[AcquisitionRow]:
    """Count what each way brought in ``period``, the best by customers per lead first.

    Counted are the episodes opened in the period that reached the first stage of the funnel, as in
    the report of sources, so that the sums are the same. Two queries.
    """
    rows = kept("acquisition", period.key, actor, lambda: _count(period, actor))
    told = []
    for kind in AcquisitionType:
        numbers = rows.get(kind.value, {"leads": 0, "mql": 0, "sql": 0, "customers": 0})
        told.append(AcquisitionRow(**{"days": None, **numbers}, kind=kind, label=str(kind.label)))
    return sorted(told, key=lambda row: (-(row.won or 0), -row.leads, row.label))


def _count(period: Period, actor: Actor) -> dict[str, dict[str, Any]]:
    changes = (
        StageChange.objects.filter(visible_q(actor, "lead__"), to_stage__in=FUNNEL)
        .filter(episode__opened_at__gte=period.start, episode__opened_at__lt=period.end)
        .order_by()
    )
    counted = changes.values(way=won_as("lead__")).annotate(
        leads=reached(FUNNEL[0]),
        mql=reached(Stage.MQL),
        sql=reached(Stage.SQL),
        customers=reached(Stage.CUSTOMER),
    )
    rows: dict[str, dict[str, Any]] = {}
    for row in counted:
        rows[row["way"]] = {name: row[name] for name in ("leads", "mql", "sql", "customers")}
    bought = changes.filter(to_stage=Stage.CUSTOMER)
    firsts = bought.order_by("episode_id", "at", "pk").distinct("episode_id").values("pk")
    lasted = ExpressionWrapper(F("at") - F("episode__opened_at"), output_field=DurationField())
    medians = (
        StageChange.objects.filter(pk__in=firsts)
        .order_by()
        .annotate(way=won_as("lead__"))
        .values_list("way")
        .annotate(median=Median(lasted))
    )
    for way, median in medians:
        rows[way]["days"] = median / timedelta(days=1)
    return rows
