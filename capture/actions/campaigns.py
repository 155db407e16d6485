"""Campaigns and what they cost."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.models import Campaign, Cost, CostKind
from ground.errors import DomainError
from leads.normalise import clean_text
from leads.stages import Channel

FIELDS = ("name", "code", "kind", "channel", "state", "starts_on", "ends_on")


@action
def save_campaign(
    campaign_id: int | None, *, by: Actor, as_of: datetime, is_sample: bool = False, **values: Any
) -> Campaign:
    """Make a campaign (None) or change one; ``values`` are those of ``FIELDS``.

    A missing code is made from the name. Raises ``DomainError`` (``name_missing``, ``name_taken``,
    ``code_taken``, ``channel_missing``).
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
    others = Campaign.objects.exclude(pk=campaign.pk)
    if others.filter(name=campaign.name).exists():
        raise DomainError("name_taken", _("There is a campaign with this name."), "name")
    if others.filter(code=campaign.code).exists():
        raise DomainError("code_taken", _("Another campaign has this code."), "code")


@action
def add_cost(
    campaign_id: int,
    *,
    kind: str,
    amount: Decimal,
    starts_on: date,
    ends_on: date,
    by: Actor,
    as_of: datetime,
    note: str = "",
    is_sample: bool = False,
) -> Cost:
    """Note what a campaign cost between two days, both included, in the organisation's currency.

    Raises ``DomainError`` (``kind_missing``, ``amount_negative``, ``ends_before_start``).
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    if kind not in CostKind.values:
        raise DomainError("kind_missing", _("Say what the money was spent on."), "kind")
    if amount < 0:
        raise DomainError("amount_negative", _("A cost cannot be negative."), "amount")
    if ends_on < starts_on:
        raise DomainError("ends_before_start", _("The end lies before the start."), "ends_on")
    return Cost.objects.create(
        campaign_id=campaign_id,
        kind=kind,
        amount=amount,
        starts_on=starts_on,
        ends_on=ends_on,
        note=clean_text(note, limit=200),
        created_at=as_of,
        is_sample=is_sample,
    )


@action
def delete_cost(cost_id: int, *, by: Actor, as_of: datetime) -> None:
    """Take a cost away again."""
    by.require(Right.CAMPAIGNS_MANAGE)
    Cost.objects.filter(pk=cost_id).delete()
