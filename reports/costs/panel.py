"""The figures on the page of a campaign."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format

from accounts.actor import Actor
from accounts.rights import LeadScope
from capture.campaign_panels import CampaignPanel, register_campaign_panel
from capture.models import Campaign, CostKind
from ground import days
from reports.costs.credits import Credit
from reports.costs.figures import Costed, cost_campaign, per
from reports.costs.plan import plan_of, told_months
from reports.costs.sorted import count_sorted_out, waste_in
from reports.kept import is_large


@dataclass(frozen=True, slots=True)
class KindRow:
    """What was spent on one thing, and how much of it falls on a lead."""

    label: str
    amount: Decimal | None
    per_lead: Decimal | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A kind of cost and the months of which nobody entered it."""

    kind: str
    months: str


def by_kind(costed: Costed) -> list[KindRow]:
    """Return a row for each kind of cost, with a dash where nothing was entered."""
    leads = costed.credit.leads
    return [
        KindRow(str(kind.label), costed.own.get(kind), per(costed.own.get(kind), leads))
        for kind in CostKind
        if kind != CostKind.OTHER or kind in costed.own
    ]


def name_missing(missing: Mapping[str, list[date]]) -> list[Missing]:
    """Return the kinds that are missing with the months in words."""
    return [
        Missing(str(CostKind(kind).label), ", ".join(date_format(m, "F Y") for m in months))
        for kind, months in missing.items()
    ]


def campaign_figures(campaign: Campaign, actor: Actor) -> dict[str, Any]:
    """Return costs, leads and the plan of ``campaign``.

    Who sees only some of the leads cannot tell what each of them cost: they see how many are
    theirs, and what was spent.
    """
    today = days.today()
    months, books = cost_campaign(campaign, actor=actor, today=today)
    total = Costed.sum(months.values())
    if actor.lead_scope != LeadScope.ALL:
        return {"sees_all": False, "total": total, "spent": total.spent if total.own else None}
    return {
        "sees_all": True,
        "is_kept": is_large(),
        "total": total,
        "spent": total.spent if total.own else None,
        "kinds": by_kind(total),
        "months": [(month, row) for month, row in reversed(months.items()) if _has_any(row)],
        "missing": name_missing(books.missing(campaign.pk, told_months(list(months), today))),
        "plan": plan_of(campaign, months, today=today),
        "ladder": ladder(total),
        "waste": waste_in(
            campaign, total, count_sorted_out(list(months), actor=actor, campaign=campaign)
        )
        if total.credit.sorted_out
        else [],
    }


def ladder(costed: Costed) -> list[tuple[str, int, Decimal | None]]:
    """Return how many reached each step, and what one of them cost."""
    credit = costed.credit
    steps = (("leads", credit.leads), ("mql", credit.mql), ("sql", credit.sql),
             ("customers", credit.customers), ("hot", credit.hot), ("warm", credit.warm),
             ("cold", credit.cold))  # fmt: skip
    return [(name, number, per(costed.total, number)) for name, number in steps]


def _has_any(row: Costed) -> bool:
    return bool(row.own or row.common or row.credit != Credit())


register_campaign_panel(
    CampaignPanel("costs", "reports/costs/campaign.html", campaign_figures, order=10)
)
