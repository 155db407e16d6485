"""What the campaigns of the story brought, and what they cost month by month."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from accounts.action import action
from accounts.actor import Actor
from capture.costs.actions import CostCell, save_costs
from capture.costs.months import last_day, month_before, month_of, stretch
from capture.models import Campaign, CostKind, Touch, TouchPosition
from ground import days
from leads.models import Lead
from leads.stages import Channel

# Euros a month by kind and channel; a webinar costs working time in place of space.
_SPENT: dict[str, dict[str, int]] = {
    Channel.FACEBOOK: {CostKind.MEDIA: 600, CostKind.CREATION: 180, CostKind.STAFF: 240},
    Channel.INSTAGRAM: {CostKind.MEDIA: 450, CostKind.CREATION: 240, CostKind.STAFF: 180},
    Channel.WEBINAR: {CostKind.MEDIA: 0, CostKind.CREATION: 90, CostKind.STAFF: 700},
    Channel.PAID_SEARCH: {CostKind.MEDIA: 1_200, CostKind.CREATION: 60},
}
# What is spent for all of them.
_COMMON = {CostKind.TOOLS: 249, CostKind.STAFF: 800}
# In autumn people plan for the next year, and more is spent on reaching them: percent by month.
_SEASON = (90, 95, 110, 110, 100, 90, 70, 80, 120, 130, 120, 85)
# What was planned for the year: euros, and leads.
_PLANNED = {
    Channel.FACEBOOK: (12_000, 320),
    Channel.INSTAGRAM: (11_000, 260),
    Channel.WEBINAR: (9_000, 90),
    Channel.PAID_SEARCH: (14_000, 200),
}


@action
def credit_campaigns(*, by: Actor, until: datetime) -> int:
    """Credit the leads of each channel to its campaign and book a year of costs.

    Returns how many leads were credited.
    """
    campaigns = {campaign.channel: campaign for campaign in Campaign.objects.all()}
    leads = Lead.objects.visible_to(by).filter(first_channel__in=campaigns)
    touches = Touch.objects.bulk_create(
        Touch(
            lead_id=key,
            campaign=campaigns[channel],
            position=TouchPosition.FIRST,
            channel=channel,
            utm_campaign=campaigns[channel].code,
            occurred_at=at,
            is_sample=True,
        )
        for key, channel, at in leads.values_list("pk", "first_channel", "first_channel_at")
    )
    months = stretch(month_before(month_of(days.day_of(until))))
    save_costs(list(_cells(campaigns, months)), by=by, as_of=until, is_sample=True)
    for channel, campaign in campaigns.items():
        _plan(campaign, *_PLANNED[Channel(channel)], months[0])
    return len(touches)


def _cells(campaigns: Mapping[str, Campaign], months: Sequence[date]) -> Iterator[CostCell]:
    """Yield what was spent in each month; nobody has entered the newest month's salaries yet."""
    for month in months:
        season = Decimal(_SEASON[month.month - 1])
        for channel, campaign in campaigns.items():
            for kind, euros in _SPENT[channel].items():
                amount = (euros * season / 100).quantize(Decimal(1))
                yield CostCell(campaign.pk, month, kind, amount)
        for kind, euros in _COMMON.items():
            if kind != CostKind.STAFF or month != months[-1]:
                yield CostCell(None, month, kind, Decimal(euros))


def _plan(campaign: Campaign, budget: int, target: int, first: date) -> None:
    campaign.budget, campaign.target_leads = Decimal(budget), target
    campaign.starts_on, campaign.ends_on = first, last_day(month_before(first, -13))
    campaign.save(update_fields=["budget", "target_leads", "starts_on", "ends_on"])
