"""Campaigns and what was spent on them."""

from datetime import date
from decimal import Decimal
from typing import Any

from capture.actions.campaigns import save_campaign
from capture.actions.touches import NewTouch, record_touches
from capture.attribution import Origin
from capture.costs.actions import CostCell, save_costs
from capture.models import Campaign, CostChange
from leads.models import Lead
from tests.factories import EVERYTHING, NOW, make_lead

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)


def make_campaign(name: str = "Herbst", **values: Any) -> Campaign:
    return save_campaign(None, name=name, by=EVERYTHING, as_of=NOW, **values)


def spend(
    campaign: Campaign | None,
    amount: str | None,
    *,
    kind: str = "media",
    month: date = NOVEMBER,
) -> CostChange | None:
    """Note what was spent on ``campaign``, or for all where it is None."""
    key = campaign.pk if campaign else None
    value = None if amount is None else Decimal(amount)
    cell = CostCell(key, month, kind, value)
    return save_costs([cell], by=EVERYTHING, as_of=NOW, campaign_id=key)


def credit(campaign: Campaign | None, day: date, **values: Any) -> Lead:
    """Make a lead that came on ``day``, by ``campaign`` where there is one."""
    at = NOW.replace(year=day.year, month=day.month, day=day.day)
    lead = make_lead(occurred_at=at, as_of=at, **values)
    if campaign is not None:
        touch(lead, campaign, day)
    return lead


def touch(lead: Lead, campaign: Campaign, day: date) -> None:
    at = NOW.replace(year=day.year, month=day.month, day=day.day)
    record_touches(
        [NewTouch(lead.pk, Origin(), "facebook", at, campaign=campaign)], by=EVERYTHING, as_of=at
    )
