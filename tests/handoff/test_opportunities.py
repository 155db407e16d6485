from datetime import date
from decimal import Decimal

import pytest

from accounts.actor import user_actor
from ground.errors import DomainError
from handoff.actions.answers import accept_handoffs
from handoff.actions.closing import (
    lose_opportunities,
    reopen_opportunities,
    win_opportunities,
)
from handoff.actions.contacts import Contact, log_contacts
from handoff.actions.deals import (
    NewDeal,
    create_opportunities,
    move_opportunities,
)
from handoff.models import DealStage, Opportunity
from leads.actions.lifecycle import change_stage
from leads.models import Activity, Episode, Lead, StageChange
from leads.stages import Stage
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


@pytest.mark.requirement("S49")
def test_without_talk_offer_or_exception_there_is_no_opportunity(rep, sql):
    with pytest.raises(DomainError) as refusal:
        create(sql, rep)

    sql.refresh_from_db()
    assert refusal.value.code == "follow_up_missing"
    assert (sql.stage, Opportunity.objects.count()) == (Stage.SQL, 0)


@pytest.mark.requirement("S49")
@pytest.mark.parametrize("outcome", ["not_reached", "wrong_number"])
def test_a_call_in_which_nobody_was_reached_is_no_talk(rep, sql, outcome):
    log_contacts([Contact(sql.pk, outcome)], by=user_actor(rep), as_of=NOW)

    with pytest.raises(DomainError):
        create(sql, rep)


@pytest.mark.requirement("S49")
def test_after_a_talk_the_lead_becomes_an_opportunity(rep, sql):
    log_contacts([Contact(sql.pk, "reached")], by=user_actor(rep), as_of=NOW)

    (deal,) = create(sql, rep, amount=Decimal("12000"))

    sql.refresh_from_db()
    assert (sql.stage, deal.stage, deal.owner) == (Stage.OPPORTUNITY, "new", rep)


@pytest.mark.requirement("S49")
def test_a_sent_offer_or_a_written_exception_will_do(rep, sql):
    create(sql, rep, exception="Rahmenvertrag lag schon vor")

    change = StageChange.objects.filter(to_stage="opportunity").get()
    assert change.reason == "Rahmenvertrag lag schon vor"


@pytest.mark.requirement("S49")
def test_an_offer_that_was_sent_will_do(rep, sql):
    (deal,) = create(sql, rep, is_offer_sent=True)

    sql.refresh_from_db()
    assert (sql.stage, deal.offer_sent_at) == (Stage.OPPORTUNITY, NOW)


@pytest.mark.requirement("S49")
def test_the_gate_holds_for_every_other_door_too(rep, sql):
    with pytest.raises(DomainError) as refusal:
        change_stage([sql.pk], to=Stage.OPPORTUNITY, by=user_actor(rep), as_of=NOW)
    assert refusal.value.code == "follow_up_missing"

    change_stage([sql.pk], to=Stage.OPPORTUNITY, by=user_actor(rep), as_of=NOW, reason="Messe")

    sql.refresh_from_db()
    assert sql.stage == Stage.OPPORTUNITY


def test_a_lead_that_sales_has_not_accepted_has_no_deal(rep):
    lead = make_offer(rep).lead

    with pytest.raises(DomainError) as refusal:
        create(lead, rep, exception="Eilt")

    assert refusal.value.code == "not_with_sales"
    assert Opportunity.objects.count() == 0


@pytest.mark.requirement("S50")
def test_a_won_deal_makes_a_customer_with_date_and_value(rep, sql):
    deal = make_deal(sql)

    win_opportunities(
        [deal.pk],
        amount=Decimal("9500.50"),
        won_on=date(2026, 10, 30),
        by=user_actor(rep),
        as_of=NOW,
    )

    deal.refresh_from_db()
    sql.refresh_from_db()
    assert sql.stage == Stage.CUSTOMER
    assert (deal.stage, deal.amount) == ("won", Decimal("9500.50"))
    assert deal.won_at.isoformat() == "2026-10-29T23:00:00+00:00"


@pytest.mark.requirement("S50")
def test_a_deal_is_not_won_without_a_value(rep, sql):
    deal = make_deal(sql, amount=None)

    with pytest.raises(DomainError) as refusal:
        win_opportunities([deal.pk], by=user_actor(rep), as_of=NOW)

    sql.refresh_from_db()
    assert (refusal.value.code, sql.stage) == ("amount_missing", Stage.OPPORTUNITY)


def test_winning_twice_is_recorded_once(rep, sql):
    deal = make_deal(sql)

    win_opportunities([deal.pk], by=user_actor(rep), as_of=NOW)
    again = win_opportunities([deal.pk], by=user_actor(rep), as_of=NOW)

    assert again == []
    assert Activity.objects.filter(kind="opportunity.won").count() == 1


def test_a_day_that_has_not_come_yet_is_refused(rep, sql):
    deal = make_deal(sql)

    with pytest.raises(DomainError) as refusal:
        win_opportunities([deal.pk], won_on=date(2026, 11, 3), by=user_actor(rep), as_of=NOW)

    assert refusal.value.code == "won_in_future"


@pytest.mark.parametrize(
    ("is_final", "stage", "reason"), [(False, "lead", ""), (True, "other", "no_interest")]
)
def test_a_lost_deal_sends_the_lead_back(rep, sql, is_final, stage, reason):
    deal = make_deal(sql)

    lose_opportunities([deal.pk], reason="price", is_final=is_final, by=user_actor(rep), as_of=NOW)

    deal.refresh_from_db()
    sql.refresh_from_db()
    assert (sql.stage, sql.other_reason) == (stage, reason)
    assert (deal.stage, deal.lost_at, deal.lost_reason) == ("lost", NOW, "price")


def test_a_lead_with_another_open_deal_stays_an_opportunity(rep, sql):
    first, _second = make_deal(sql), make_deal(sql)

    lose_opportunities([first.pk], reason="timing", by=user_actor(rep), as_of=NOW)

    sql.refresh_from_db()
    assert sql.stage == Stage.OPPORTUNITY


def test_a_deal_is_not_lost_without_a_reason(rep, sql):
    deal = make_deal(sql)

    with pytest.raises(DomainError) as refusal:
        lose_opportunities([deal.pk], reason="", by=user_actor(rep), as_of=NOW)

    deal.refresh_from_db()
    assert (refusal.value.code, deal.stage) == ("lost_reason_missing", "new")


def test_a_deal_that_was_lost_is_not_won_before_it_is_reopened(rep, sql):
    deal = make_deal(sql)
    lose_opportunities([deal.pk], reason="price", by=user_actor(rep), as_of=NOW)

    with pytest.raises(DomainError) as refusal:
        win_opportunities([deal.pk], by=user_actor(rep), as_of=NOW)
    reopen_opportunities([deal.pk], by=user_actor(rep), as_of=NOW)

    deal.refresh_from_db()
    sql.refresh_from_db()
    assert refusal.value.code == "deal_closed"
    assert (deal.stage, deal.lost_at, sql.stage) == ("negotiation", None, Stage.OPPORTUNITY)


@pytest.mark.requirement("S10")
def test_the_new_deal_of_a_customer_opens_a_new_episode(rep, sql):
    win_opportunities([make_deal(sql).pk], by=user_actor(rep), as_of=NOW)
    before = list(StageChange.objects.order_by("pk").values())

    (deal,) = create(sql, rep, name="Nachkauf", exception="Ruft an")
    sql.refresh_from_db()
    lose_opportunities([deal.pk], reason="price", by=user_actor(rep), as_of=NOW)

    lead = Lead.objects.get()
    assert (sql.stage, lead.stage) == (Stage.OPPORTUNITY, Stage.CUSTOMER)
    assert Episode.objects.filter(lead=lead).count() == 2
    assert list(StageChange.objects.order_by("pk").values())[: len(before)] == before


def test_deals_move_between_open_stages(rep, sql):
    deal = make_deal(sql)

    move_opportunities([deal.pk], to=DealStage.PROPOSAL, by=user_actor(rep), as_of=NOW)
    again = move_opportunities([deal.pk], to=DealStage.PROPOSAL, by=user_actor(rep), as_of=NOW)

    deal.refresh_from_db()
    assert (deal.stage, deal.version, again) == ("proposal", 2, [])


def test_moving_does_not_close_a_deal(rep, sql):
    deal = make_deal(sql)

    with pytest.raises(DomainError) as refusal:
        move_opportunities([deal.pk], to=DealStage.WON, by=user_actor(rep), as_of=NOW)

    assert refusal.value.code == "deal_stage"
