"""Whether each stage holds enough leads, and whether it will (source 002).

A funnel runs dry from above: a stage that is full today and loses more than it gets is short in a
few weeks. So the stock is told with what came in and went out lately, and where that leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Count

from accounts.actor import Actor
from accounts.rights import LeadScope
from leads.models import StageChange, StageTarget
from leads.models.lead import visible_q
from leads.stages import FUNNEL, Stage
from reports.funnel import Stock, count_stock
from reports.kept import kept

# So many weeks are looked back on, and looked ahead.
WEEKS = 4


@dataclass(frozen=True, slots=True)
class Level:
    """One stage of the funnel: what it holds, what it should, what comes and goes in a week.

    ``arrived`` and ``left`` are the changes of the last ``WEEKS`` weeks into and out of the stage;
    targets are None where nobody set any.
    """

    stage: Stage
    count: int
    days: float | None
    arrived: int
    left: int
    target: int | None
    inflow_target: int | None

    @property
    def inflow(self) -> float:
        """How many came in a week."""
        return self.arrived / WEEKS

    @property
    def outflow(self) -> float:
        """How many left in a week."""
        return self.left / WEEKS

    @property
    def forecast(self) -> int:
        """What the stage holds in ``WEEKS`` weeks when the last ones repeat themselves.

        ``max(0, count + arrived - left)``: the net change of the weeks looked back on is that of
        the weeks looked ahead, as both are as many. A plain line: what a season does, it does not
        know.
        """
        return max(0, self.count + self.arrived - self.left)

    @property
    def is_under(self) -> bool:
        """Whether the stage holds less than it should."""
        return self.target is not None and self.count < self.target

    @property
    def will_be_under(self) -> bool:
        """Whether it holds enough today and too little in ``WEEKS`` weeks."""
        return self.target is not None and not self.is_under and self.forecast < self.target

    @property
    def is_slow(self) -> bool:
        """Whether fewer came in than should have."""
        return self.inflow_target is not None and self.inflow < self.inflow_target

    @property
    def weeks_to_target(self) -> int | None:
        """In how many whole weeks the target is reached at this pace; None for never, or reached.

        ``ceil((target - count) / ((arrived - left) / WEEKS))``.
        """
        net = self.inflow - self.outflow
        if not self.is_under or self.target is None or net <= 0:
            return None
        return ceil((self.target - self.count) / net)

    @property
    def warns(self) -> bool:
        """Whether something about the stage falls short."""
        return self.is_under or self.will_be_under or self.is_slow


def measure_levels(
    *, actor: Actor, as_of: datetime, stock: Sequence[Stock] | None = None, anew: bool = False
) -> list[Level]:
    """Return the stages of the funnel with targets and flow; up to three queries.

    ``stock`` is what ``count_stock`` returned, where it was asked already. Targets are those of
    the organisation: who sees only some leads is told none.
    """
    counted = {row.stage: row for row in stock or count_stock(actor=actor, as_of=as_of, anew=anew)}
    flows = kept("flows", "", actor, lambda: _flows(actor, as_of), anew=anew)
    targets = {row.stage: row for row in _targets(actor)}
    levels = []
    for stage in FUNNEL:
        arrived, left = flows.get(stage.value, (0, 0))
        target = targets.get(stage)
        levels.append(
            Level(
                stage=stage,
                count=counted[stage].count,
                days=counted[stage].days,
                arrived=arrived,
                left=left,
                target=target.stock if target else None,
                inflow_target=target.inflow if target else None,
            )
        )
    return levels


def _targets(actor: Actor) -> list[StageTarget]:
    return list(StageTarget.objects.all()) if actor.lead_scope == LeadScope.ALL else []


def _flows(actor: Actor, as_of: datetime) -> dict[str, tuple[int, int]]:
    """Return how often leads came into and left each stage in the last ``WEEKS`` weeks."""
    rows = (
        StageChange.objects.filter(visible_q(actor, "lead__"))
        .filter(at__gt=as_of - timedelta(weeks=WEEKS), at__lte=as_of)
        .order_by()
        .values_list("from_stage", "to_stage")
        .annotate(Count("pk"))
    )
    flows = {stage.value: [0, 0] for stage in Stage}
    for before, after, number in rows:
        if before == after:
            continue
        flows[after][0] += number
        if before:
            flows[before][1] += number
    return {stage: (arrived, left) for stage, (arrived, left) in flows.items()}
