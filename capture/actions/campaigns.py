"""Campaigns."""

from datetime import datetime
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.models import Campaign
from ground.errors import DomainError
from leads.normalise import clean_text
from leads.stages import Channel

FIELDS = (
    "name",
    "code",
    "kind",
    "channel",
    "state",
    "starts_on",
    "ends_on",
    "budget",
    "target_leads",
)


@action
def save_campaign(
    campaign_id: int | None, *, by: Actor, as_of: datetime, is_sample: bool = False, **values: Any
) -> Campaign:
    """Make a campaign (None) or change one; ``values`` are those of ``FIELDS``.

    A missing code is made from the name. Raises ``DomainError`` (``name_missing``, ``name_taken``,
    ``code_taken``, ``channel_missing``, ``budget_negative``).
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    if campaign_id is None:
        campaign = Campaign(created_at=as_of, is_sample=is_sample)
    else:
        campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    for name in FIELDS:
        if name in values:
            setattr(campaign, name, values[name])
    campaign.name = clean_text(campaign.name, limit=120)
    campaign.code = (campaign.code or slugify(campaign.name))[:80].strip("-")
    _refuse(campaign)
    campaign.save()
    return campaign


def _refuse(campaign: Campaign) -> None:
    if not campaign.name:
        raise DomainError("name_missing", _("Give the campaign a name."), "name")
    if campaign.channel not in Channel.values:
        raise DomainError("channel_missing", _("Say where these leads come from."), "channel")
    if not campaign.code:
        raise DomainError("code_missing", _("Give the campaign a code for its links."), "code")
    if campaign.budget is not None and campaign.budget < 0:
        raise DomainError("budget_negative", _("A budget cannot be negative."), "budget")
    others = Campaign.objects.exclude(pk=campaign.pk)
    if others.filter(name=campaign.name).exists():
        raise DomainError("name_taken", _("There is a campaign with this name."), "name")
    if others.filter(code=campaign.code).exists():
        raise DomainError("code_taken", _("Another campaign has this code."), "code")
