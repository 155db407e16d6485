"""Makers for the tests of hand-over, on top of ``tests.factories``."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.action import writing
from accounts.models import User
from handoff.actions.deals import NewDeal, create_opportunities
from handoff.actions.offers import offer_leads
from handoff.actions.tasks import NewTask, create_tasks
from handoff.models import Agreement, AssignmentRule, Handoff, Opportunity, Strategy, Task
from leads.entries import ConsentEntry
from leads.models import Lead
from leads.stages import Stage
from tests.factories import EVERYTHING, NOW, make_activity, make_lead

EVERYONE = {"everyone": True}


def make_mql(*, is_complete: bool = True, **overrides: Any) -> Lead:
    """Create an MQL; a complete one has a consent and has shown an interest."""
    if is_complete:
        overrides.setdefault("consents", [ConsentEntry("marketing", "phone")])
    lead = make_lead(**{"stage": Stage.MQL, **overrides})
    if is_complete:
        make_activity(lead, "consent.granted", data={"content": "Whitepaper Pumpen"})
    return lead


def make_agreement(**overrides: Any) -> Agreement:
    values: dict[str, Any] = {"version": 1, "is_active": True, "created_at": NOW, **overrides}
    with writing("scene"):
        return Agreement.objects.create(**values)


def make_rule(name: str = "Everybody", **overrides: Any) -> AssignmentRule:
    values = {"where": EVERYONE, "strategy": Strategy.ROUND_ROBIN, "position": 1, **overrides}
    with writing("scene"):
        return AssignmentRule.objects.create(name=name, **values)


def make_offer(to: User, as_of: datetime = NOW, **overrides: Any) -> Handoff:
    """Hand a complete MQL to somebody."""
    lead = overrides.pop("lead", None) or make_mql(**overrides)
    (handoff,) = offer_leads([lead.pk], to_user=to, by=EVERYTHING, as_of=as_of)
    return handoff


def make_task(lead: Lead, assignee: User | None, as_of: datetime = NOW, **overrides: Any) -> Task:
    values = {"due_at": as_of, "title": "", **overrides}
    new = NewTask(lead.pk, assignee_id=assignee.pk if assignee else None, **values)
    (task,) = create_tasks([new], by=EVERYTHING, as_of=as_of)
    return task


def make_deal(lead: Lead, as_of: datetime = NOW, **overrides: Any) -> Opportunity:
    """Open a deal with a lead of sales; ``amount`` is 10,000 unless given."""
    values = {"name": "Pumpen", "amount": Decimal(10_000), "exception": "Szene", **overrides}
    (deal,) = create_opportunities([NewDeal(lead.pk, **values)], by=EVERYTHING, as_of=as_of)
    return deal
