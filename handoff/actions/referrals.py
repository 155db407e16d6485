"""Customers who recommend: they become promoters, and the new lead knows who sent it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor, delegated
from accounts.rights import Right
from ground.errors import DomainError
from handoff.activities import LEAD_REFERRED, PROMOTER_SCORE, SATISFACTION_GIVEN
from leads.actions.entry import enter_leads
from leads.actions.lifecycle import change_stage, lock_leads
from leads.actions.timeline import NewActivity, record
from leads.entries import Entered, LeadEntry
from leads.models import Lead
from leads.stages import AcquisitionType, Channel, Stage


@action
def record_referral(
    promoter_id: int, entries: Sequence[LeadEntry], *, by: Actor, as_of: datetime
) -> list[Entered]:
    """Enter people whom the lead ``promoter_id`` recommended; a customer becomes a promoter.

    New leads and those without referrer get this one; their channel is *referral* and they were
    won as *seeds*. Nobody recommends themselves. Raises ``DomainError`` (``promoter_unknown``,
    ``refers_to_self``).
    """
    by.require(Right.LEADS_CREATE)
    promoter = Lead.objects.visible_to(by).filter(pk=promoter_id).first()
    if promoter is None:
        raise DomainError("promoter_unknown", _("This lead is not there any more."))
    entered = enter_leads(
        [
            replace(
                entry,
                channel=Channel.REFERRAL,
                referrer_id=promoter_id,
                values={"acquisition_type": AcquisitionType.SEED, **entry.values},
            )
            for entry in entries
        ],
        by=by,
        as_of=as_of,
    )
    if any(item.lead_id == promoter_id for item in entered):
        raise DomainError("refers_to_self", _("Nobody can recommend themselves."), field="email")
    tell_referrals({item.lead_id: promoter_id for item in entered}, by=by, as_of=as_of)
    return entered


@action
def tell_referrals(promoter_of: dict[int, int], *, by: Actor, as_of: datetime) -> None:
    """Note at the promoters whom they recommended, once each; customers become promoters.

    ``promoter_of`` maps the ids of new leads to those of the promoters.
    """
    known = set(Lead.objects.filter(pk__in=promoter_of).values_list("pk", flat=True))
    record(
        [
            NewActivity(
                promoter,
                LEAD_REFERRED,
                as_of,
                {"lead": lead},
                dedupe_key=f"referred:{promoter}:{lead}",
            )
            for lead, promoter in promoter_of.items()
            if lead in known
        ],
        by=by,
        as_of=as_of,
    )
    make_promoters(sorted(set(promoter_of.values())), _("Recommended us"), by=by, as_of=as_of)


@action
def record_satisfaction(
    lead_ids: Sequence[int], *, score: int, by: Actor, as_of: datetime, text: str = ""
) -> int:
    """Note how likely leads would recommend us, 0 to 10; from 9 on a customer becomes a promoter.

    Returns how many leads were noted. Raises ``DomainError`` (``satisfaction_range``).
    """
    by.require(Right.LEADS_EDIT)
    if not 0 <= score <= 10:
        raise DomainError("satisfaction_range", _("Choose 0 to 10."), field="score")
    ids = sorted(Lead.objects.visible_to(by).filter(pk__in=lead_ids).values_list("pk", flat=True))
    data = {"score": score, "text": text.strip()[:500]}
    record(
        [NewActivity(lead_id, SATISFACTION_GIVEN, as_of, data) for lead_id in ids],
        by=by,
        as_of=as_of,
    )
    if score >= PROMOTER_SCORE:
        make_promoters(ids, _("Would recommend us (%s of 10)") % score, by=by, as_of=as_of)
    return len(ids)


def make_promoters(lead_ids: Sequence[int], reason: str, *, by: Actor, as_of: datetime) -> None:
    """Move the customers among these leads to promoter; others stay where they are."""
    customers = [lead.pk for lead in lock_leads(lead_ids) if lead.stage == Stage.CUSTOMER]
    if customers:
        seller = delegated(by, Right.STAGE_SALES)
        change_stage(customers, to=Stage.PROMOTER, by=seller, as_of=as_of, reason=reason)
