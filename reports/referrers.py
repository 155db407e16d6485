"""Who recommends us, and what becomes of those whom they send (row S08)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F

from accounts.actor import Actor
from leads.models import Lead, StageChange
from leads.models.lead import visible_q
from leads.stages import FUNNEL, Stage
from reports.funnel import reached
from reports.period import Period

SHOWN = 100


@dataclass(frozen=True, slots=True)
class ReferrerRow:
    """One person who recommends us: those they sent, and how many of them got how far.

    ``lead`` is None where the reader may not see who it is.
    """

    lead: Lead | None
    leads: int
    mql: int
    sql: int
    customers: int

    @property
    def name(self) -> str:
        """How the person is called; "" where the reader may not see who it is."""
        return str(self.lead) if self.lead else ""


def count_referrers(period: Period, *, actor: Actor) -> list[ReferrerRow]:
    """Count what each referrer brought in ``period``, those with most customers first.

    Counted are the episodes of leads with a referrer, opened in the period, that reached the first
    stage of the funnel: as in the report of sources. Two queries.
    """
    counted = _counted(period, actor)
    names = Lead.objects.visible_to(actor).in_bulk({row["referrer"] for row in counted})
    return [
        ReferrerRow(
            names.get(row["referrer"]), row["leads"], row["mql"], row["sql"], row["customers"]
        )
        for row in counted
    ]


def _counted(period: Period, actor: Actor) -> list[dict[str, Any]]:
    rows = (
        StageChange.objects.filter(visible_q(actor, "lead__"), to_stage__in=FUNNEL)
        .filter(lead__referrer__isnull=False)
        .filter(episode__opened_at__gte=period.start, episode__opened_at__lt=period.end)
        .order_by()
        .values(referrer=F("lead__referrer"))
        .annotate(
            leads=reached(FUNNEL[0]),
            mql=reached(Stage.MQL),
            sql=reached(Stage.SQL),
            customers=reached(Stage.CUSTOMER),
        )
        .order_by("-customers", "-sql", "-mql", "-leads", "referrer")
    )
    return [dict(row) for row in rows]
