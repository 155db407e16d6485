"""Whether a campaign keeps to its budget and reaches its target."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from capture.costs.months import last_day, month_of
from capture.models import Campaign
from reports.costs.figures import Costed

LONGEST = 3_650


@dataclass(frozen=True, slots=True)
class Plan:
    """What was planned beside what is.

    ``used`` and ``reached`` are shares, which may be over 1; None without a plan. ``ends_on`` is
    the day on which the budget is spent if it goes on like this, ``expected`` how many leads there
    will be on the last day of the campaign if they go on to come like this.
    """

    budget: Decimal | None
    spent: Decimal
    target: int | None
    leads: int
    ends_on: date | None = None
    expected: int | None = None

    @property
    def used(self) -> Decimal | None:
        """The share of the budget that is spent."""
        return self.spent / self.budget if self.budget else None

    @property
    def left(self) -> Decimal | None:
        """What is left of the budget; below zero where more was spent."""
        return None if self.budget is None else self.budget - self.spent

    @property
    def reached(self) -> float | None:
        """The share of the target that came."""
        return self.leads / self.target if self.target else None

    @property
    def is_overspent(self) -> bool:
        """Whether more was spent than there was."""
        return self.left is not None and self.left < 0

    @property
    def is_short(self) -> bool:
        """Whether fewer leads are to be expected than were wanted."""
        return self.expected is not None and self.expected < (self.target or 0)


def plan_of(campaign: Campaign, months: Mapping[date, Costed], *, today: date) -> Plan:
    """Compare a campaign with its plan on ``today``.

    Costs are told by month: the pace is what was spent from the first day to the end of the last
    month of which something was entered, or to today within it. The share of common costs is no
    part of the budget.
    """
    spent = sum((row.spent for row in months.values()), Decimal(0))
    leads = sum(row.credit.leads for row in months.values())
    return Plan(
        campaign.budget,
        spent,
        campaign.target_leads,
        leads,
        _runs_out(campaign, months, spent, today),
        _expected(campaign, months, leads, today),
    )


def _first_day(campaign: Campaign, months: Mapping[date, Costed]) -> date | None:
    return campaign.starts_on or min(months, default=None)


def _runs_out(
    campaign: Campaign, months: Mapping[date, Costed], spent: Decimal, today: date
) -> date | None:
    paid = [month for month, row in months.items() if row.spent]
    if campaign.budget is None or not paid or spent >= campaign.budget:
        return None
    first = min(paid)
    if campaign.starts_on and month_of(campaign.starts_on) <= first:
        first = campaign.starts_on
    until = min(today, last_day(max(paid)))
    if campaign.ends_on:
        until = min(until, max(campaign.ends_on, first))
    days = (until - first).days + 1
    if days < 1:
        return None
    lasts = int(campaign.budget * days / spent)
    return first + timedelta(days=lasts - 1) if lasts <= LONGEST else None


def _expected(
    campaign: Campaign, months: Mapping[date, Costed], leads: int, today: date
) -> int | None:
    first, last = _first_day(campaign, months), campaign.ends_on
    if first is None or last is None or campaign.target_leads is None or today < first:
        return None
    if last <= today:
        return leads
    return round(leads * ((last - first).days + 1) / ((today - first).days + 1))


def told_months(months: list[date], today: date) -> list[date]:
    """Return those of ``months`` that are over, or all where none is: costs come in afterwards."""
    over = [month for month in months if month < month_of(today)]
    return over or months
