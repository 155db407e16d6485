from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.actor import user_actor
from ground.errors import ConflictError, NotAllowedError
from handoff.actions.answers import accept_handoffs
from handoff.actions.closing import (
    lose_opportunities,
    win_opportunities,
)
from handoff.actions.deals import (
    NewDeal,
    change_opportunities,
    create_opportunities,
    mark_offers_sent,
    move_opportunities,
)
from handoff.briefing import build_briefings
from handoff.models import DealStage, Opportunity
from leads.models import Activity, Lead
from tests.factories import NOW
from tests.handoff.factories import make_deal, make_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def sql(rep):
    handoff = make_offer(rep)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)
    return Lead.objects.get()


def create(lead, person, **overrides):
    deal = NewDeal(lead.pk, overrides.pop("name", "Pumpen 2027"), **overrides)
    return create_opportunities([deal], by=user_actor(person), as_of=NOW)


def test_an_offer_keeps_the_time_at_which_it_was_sent(rep, sql):
    deal = make_deal(sql)

    mark_offers_sent([deal.pk], by=user_actor(rep), as_of=NOW)
    later = NOW + timedelta(days=1)
    mark_offers_sent([deal.pk], by=user_actor(rep), as_of=later)

    deal.refresh_from_db()
    assert deal.offer_sent_at == NOW


@pytest.mark.requirement("S99")
def test_how_far_the_lead_would_go_stands_in_the_briefing(rep, sql):
    deal = make_deal(sql)
    values = {"price_tolerance": "bis +5 %", "delivery_tolerance": "6 Wochen"}

    change_opportunities([deal.pk], values=values, by=user_actor(rep), as_of=NOW)

    (told,) = build_briefings([sql], as_of=NOW)[sql.pk]["deals"]
    assert (told["price_tolerance"], told["delivery_tolerance"]) == ("bis +5 %", "6 Wochen")


def test_what_changed_in_a_deal_is_told_with_both_values(rep, sql):
    deal = make_deal(sql)
    values = {"amount": Decimal("99.90"), "closes_on": date(2026, 12, 24), "name": "Pumpen"}

    change_opportunities([deal.pk], values=values, by=user_actor(rep), as_of=NOW)

    told = Activity.objects.get(kind="opportunity.changed").data["changes"]
    assert told == {"amount": ["10000.00", "99.90"], "closes_on": [None, "2026-12-24"]}


def test_of_two_who_change_a_deal_the_second_is_told(rep, sql):
    deal = make_deal(sql)
    change_opportunities(
        [deal.pk], values={"name": "Neu"}, version=1, by=user_actor(rep), as_of=NOW
    )

    with pytest.raises(ConflictError):
        change_opportunities(
            [deal.pk], values={"name": "Anders"}, version=1, by=user_actor(rep), as_of=NOW
        )

    deal.refresh_from_db()
    assert deal.name == "Neu"


@pytest.mark.case("Z08")
def test_without_the_right_nothing_happens_to_deals(marketer, viewer, sql):
    deal = make_deal(sql)

    for person in (marketer, viewer):
        by = user_actor(person)
        for call in (
            lambda by=by: win_opportunities([deal.pk], by=by, as_of=NOW),
            lambda by=by: lose_opportunities([deal.pk], reason="price", by=by, as_of=NOW),
            lambda by=by: move_opportunities([deal.pk], to=DealStage.MEETING, by=by, as_of=NOW),
            lambda by=by: change_opportunities([deal.pk], values={"name": "x"}, by=by, as_of=NOW),
        ):
            with pytest.raises(NotAllowedError):
                call()

    deal.refresh_from_db()
    assert (deal.stage, deal.name, deal.version) == ("new", "Pumpen", 1)


def test_the_deals_of_foreign_leads_are_left_out(stranger, sql):
    deal = make_deal(sql)

    assert win_opportunities([deal.pk], by=user_actor(stranger), as_of=NOW) == []
    deal.refresh_from_db()
    assert deal.stage == "new"


def test_the_number_of_queries_does_not_grow(rep, sql, queries):
    one, many = [make_deal(sql).pk], [make_deal(sql).pk for _ in range(8)]

    def move(ids):
        move_opportunities(ids, to=DealStage.MEETING, by=user_actor(rep), as_of=NOW)

    assert queries(lambda: move(one)) == queries(lambda: move(many))
    assert Opportunity.objects.filter(stage="meeting").count() == 9
