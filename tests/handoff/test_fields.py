from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.actor import user_actor
from conditions.describe import describe
from conditions.tree import parse
from handoff.actions.answers import accept_handoffs, reject_handoffs
from handoff.actions.closing import lose_opportunities, win_opportunities
from handoff.actions.contacts import Contact, log_contacts
from handoff.actions.tasks import complete_tasks
from leads.conditions import LEADS, leads_where
from leads.models import Lead
from leads.stages import Stage
from tests.factories import EVERYTHING, NOW, make_lead
from tests.handoff.factories import make_deal, make_offer, make_task

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def meets(lead, field, op, value=None, as_of=NOW, **params):
    leaf = {"field": field, "op": op, "params": params}
    if value is not None:
        leaf["value"] = value
    return leads_where(leaf, actor=EVERYTHING, as_of=as_of).filter(pk=lead.pk).exists()


def test_the_hand_over_is_asked_as_it_was_at_each_moment(rep):
    handoff = make_offer(rep)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW + DAY)
    reject_handoffs([handoff.pk], reason="no_fit", by=user_actor(rep), as_of=NOW + 2 * DAY)

    def state_at(moment):
        states = ("offered", "accepted", "rejected")
        return [s for s in states if meets(handoff.lead, "handoff_state", "is", s, moment)]

    assert state_at(NOW - DAY) == []
    assert state_at(NOW) == ["offered"]
    assert state_at(NOW + DAY) == ["accepted"]
    assert state_at(NOW + 2 * DAY) == ["rejected"]


def test_a_lead_that_was_never_handed_over_is_empty():
    lead = make_lead()

    assert meets(lead, "handoff_state", "is_empty")
    assert meets(lead, "handoff_state", "is_not", "offered")


def test_a_rejection_counts_within_its_days(rep):
    handoff = make_offer(rep)
    reject_handoffs([handoff.pk], reason="too_early", by=user_actor(rep), as_of=NOW)
    later = NOW + 10 * DAY

    assert meets(handoff.lead, "rejected_because", "is", "too_early", later, within_days=14)
    assert not meets(handoff.lead, "rejected_because", "is", "too_early", later, within_days=9)
    assert not meets(handoff.lead, "rejected_because", "is", "no_fit", later)


def test_a_rejection_reads_as_a_sentence():
    leaf = {
        "field": "rejected_because",
        "op": "is",
        "value": "too_early",
        "params": {"within_days": 30},
    }

    sentence = describe(parse(leaf, LEADS))

    assert sentence == "Reason for rejection by sales is “Too early” in the last 30 days"


def test_a_next_step_counts_until_it_is_done(rep):
    lead = make_lead(owner=rep)
    task = make_task(lead, rep)
    complete_tasks([task.pk], by=user_actor(rep), as_of=NOW + DAY)

    assert meets(lead, "open_task", "is", True)
    assert not meets(lead, "open_task", "is", True, NOW + DAY)


def test_only_the_last_call_counts(rep):
    lead = make_lead(owner=rep)
    log_contacts([Contact(lead.pk, "not_reached")], by=user_actor(rep), as_of=NOW)
    log_contacts([Contact(lead.pk, "reached")], by=user_actor(rep), as_of=NOW + DAY)

    assert meets(lead, "last_call", "is", "not_reached")
    assert not meets(lead, "last_call", "is", "not_reached", NOW + DAY)
    assert meets(lead, "last_call", "is", "reached", NOW + DAY)


@pytest.fixture
def buyer(rep):
    """A lead that won two deals, 100 in euros and 900 in francs, and has one open."""
    make_lead(stage=Stage.SQL, owner=rep, team=rep.team)
    lead = Lead.objects.get()
    deals = [
        make_deal(lead, amount=Decimal(100)),
        make_deal(lead, amount=Decimal(900), currency="CHF"),
    ]
    make_deal(lead)
    win_opportunities([deal.pk for deal in deals], by=EVERYTHING, as_of=NOW)
    return lead


@pytest.mark.requirement("S79")
def test_won_deals_are_counted_and_summed_in_the_own_currency(buyer):
    assert meets(buyer, "won_deals", "is", 2)
    assert meets(buyer, "won_value", "is", 100)
    assert meets(buyer, "won_value", "between", [50, 150])
    assert not meets(buyer, "won_value", "more_than", 100)
    assert meets(buyer, "won_deals", "is", 0, NOW - DAY)


def test_who_has_bought_nothing_has_a_value_of_zero():
    lead = make_lead()

    assert meets(lead, "won_value", "at_most", 0)
    assert meets(lead, "won_value", "is", 0)
    assert not meets(lead, "won_value", "at_least", 1)


def test_a_deal_is_open_until_it_is_won_or_lost(rep):
    lead = make_lead(stage=Stage.SQL, owner=rep, team=rep.team)
    deal = make_deal(lead)
    lose_opportunities([deal.pk], reason="price", by=user_actor(rep), as_of=NOW + DAY)

    assert meets(lead, "open_deal", "is", True)
    assert meets(lead, "open_deal", "is", False, NOW + DAY)
