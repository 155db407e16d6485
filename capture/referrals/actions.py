"""Giving out personal links, and finding who sent whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from accounts.action import action
from accounts.actor import Actor
from capture.activities import REFERRAL_FOLLOWED
from capture.models import Form
from capture.referrals.models import ReferralLink
from leads.actions.timeline import NewActivity, record
from leads.models import Lead

# Against links that are spread like advertising: so many leads a month count as sent by one person.
MAX_A_MONTH = 30
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be given to a lead; fields as in ``ReferralLink``."""

    code: str
    lead_id: int
    form: Form


@action
def give_links(links: Sequence[NewLink], *, by: Actor, as_of: datetime) -> int:
    """Keep personal links; the same one is kept once. Returns how many there are."""
    rows = [
        ReferralLink(code=link.code, lead_id=link.lead_id, form=link.form, created_at=as_of)
        for link in links
    ]
    return len(ReferralLink.objects.bulk_create(rows, ignore_conflicts=True))


def senders_of(codes: Sequence[str], *, as_of: datetime) -> dict[str, Lead]:
    """Return who passed on the link with each code; without those who sent too many of late."""
    wanted = set(codes) - {""}
    if not wanted:
        return {}
    links = ReferralLink.objects.filter(code__in=wanted, lead__deleted_at=None)
    found = {link.code: link.lead for link in links.select_related("lead")}
    recent = (
        Lead.objects.filter(
            referrer__in={lead.pk for lead in found.values()}, created_at__gt=as_of - MONTH
        )
        .order_by()
        .values_list("referrer")
        .annotate(number=Count("pk"))
    )
    busy = {lead for lead, number in recent if number >= MAX_A_MONTH}
    return {code: lead for code, lead in found.items() if lead.pk not in busy}


@action
def note_followed(sender_of: Mapping[int, int], *, by: Actor, as_of: datetime) -> int:
    """Note on leads that they came by the link of another, where they have that referrer now.

    ``sender_of`` maps lead to sender; returns how many were noted. Once for each lead.
    """
    rows = Lead.objects.filter(pk__in=sender_of).values_list("pk", "referrer_id")
    new = [(lead, sender) for lead, sender in rows if sender and sender == sender_of[lead]]
    told = record(
        [
            NewActivity(
                lead,
                REFERRAL_FOLLOWED,
                as_of,
                {"lead": sender},
                dedupe_key=f"referral.followed:{lead}",
            )
            for lead, sender in sorted(new)
        ],
        by=by,
        as_of=as_of,
    )
    return len(told)
