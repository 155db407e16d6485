"""What the campaigns of the story brought, and what they cost month by month."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.action import action
from accounts.actor import Actor
from capture.models import Campaign, Cost, CostKind, Touch, TouchPosition
from leads.models import Lead
from leads.stages import Channel

# Euros a month for space and for design, by channel; a webinar costs working time instead of space.
_SPENT: dict[str, tuple[tuple[str, int], ...]] = {
    Channel.FACEBOOK: ((CostKind.MEDIA, 600), (CostKind.CREATION, 180)),
    Channel.INSTAGRAM: ((CostKind.MEDIA, 450), (CostKind.CREATION, 240)),
    Channel.WEBINAR: ((CostKind.STAFF, 700), (CostKind.TOOLS, 49)),
    Channel.PAID_SEARCH: ((CostKind.MEDIA, 1_200), (CostKind.STAFF, 250)),
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
    Cost.objects.bulk_create(
        Cost(
            campaign=campaign,
            kind=kind,
            amount=Decimal(euros),
            starts_on=first,
            ends_on=last,
            created_at=until,
            is_sample=True,
        )
        for channel, campaign in campaigns.items()
        for kind, euros in _SPENT[channel]
        for first, last in _months(timezone.localdate(until))
    )
    return len(touches)


def _months(today: date) -> list[tuple[date, date]]:
    """Return the first and last day of the twelve months before that of ``today``."""
    months = []
    last = today.replace(day=1) - timedelta(days=1)
    for _number in range(12):
        months.append((last.replace(day=1), last))
        last = last.replace(day=1) - timedelta(days=1)
    return months
