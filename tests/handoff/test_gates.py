from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.actor import user_actor
from ground.errors import DomainError
from handoff.actions.closing import (
    lose_opportunities,
    reopen_opportunities,
    win_opportunities,
)
from handoff.actions.deals import NewDeal, create_opportunities
from handoff.actions.referrals import record_satisfaction
from leads.actions.lifecycle import change_stage
from leads.models import Lead, StageChange
from leads.stages import Stage
from tests.api.client import ApiClient
from tests.factories import EVERYTHING, NOW, make_lead
from tests.handoff.factories import make_deal, make_mql

pytestmark = pytest.mark.django_db

AROUND = [
    pytest.param("opportunity", "Sales must accept", marks=pytest.mark.requirement("S48")),
    pytest.param("customer", "by a deal that is won", marks=pytest.mark.requirement("S50")),
    pytest.param("promoter", "by a deal that is won", marks=pytest.mark.requirement("S51")),
]


def move(lead, to, as_of=NOW):
    return change_stage([lead.pk], to=to, by=EVERYTHING, as_of=as_of, reason="Eilt")


@pytest.mark.parametrize(("to", "told"), AROUND)
def test_no_dialog_leads_round_sales(as_user, rep, to, told):
    lead = make_mql(owner=rep, team=rep.team)

    response = as_user(rep).post(
        reverse("lead_stage", args=[lead.public_id]), {"to": to, "reason": "Eilt"}
    )

    lead.refresh_from_db()
    assert (response.status_code, told in response.content.decode()) == (422, True)
    assert (lead.stage, StageChange.objects.filter(lead=lead).count()) == (Stage.MQL, 1)


@pytest.mark.parametrize(("to", "told"), AROUND)
def test_no_key_leads_round_sales(rep, to, told):
    lead = make_mql(owner=rep, team=rep.team)
    api = ApiClient(rep, "leads:read", "leads:write")

    response = api.post(f"leads/{lead.public_id}/stage/", {"to": to, "reason": "Eilt"})

    lead.refresh_from_db()
    assert (response.status_code, told in response.json()["message"]) == (422, True)
    assert (lead.stage, StageChange.objects.filter(lead=lead).count()) == (Stage.MQL, 1)


@pytest.mark.requirement("S50")
def test_a_deal_that_is_open_makes_no_customer():
    lead = make_lead(stage=Stage.SQL)
    make_deal(lead)

    with pytest.raises(DomainError) as refusal:
        move(lead, Stage.CUSTOMER)

    lead.refresh_from_db()
    assert (refusal.value.code, lead.stage) == ("deal_missing", Stage.OPPORTUNITY)


@pytest.mark.requirement("S50")
def test_what_a_customer_bought_before_makes_no_customer_of_the_new_interest():
    lead = make_lead(stage=Stage.SQL)
    win_opportunities([make_deal(lead).pk], by=EVERYTHING, as_of=NOW)
    later = NOW + timedelta(days=9)
    new = NewDeal(lead.pk, "Nachkauf", exception="Ruft an")
    (deal,) = create_opportunities([new], by=EVERYTHING, as_of=later)

    with pytest.raises(DomainError) as refusal:
        move(lead, Stage.CUSTOMER, later)
    lose_opportunities([deal.pk], reason="price", by=EVERYTHING, as_of=later)

    lead.refresh_from_db()
    assert (refusal.value.code, lead.stage) == ("deal_missing", Stage.CUSTOMER)


@pytest.mark.requirement("S50")
def test_a_won_deal_of_an_earlier_episode_is_reopened_and_won_again():
    lead = make_lead(stage=Stage.SQL)
    first = make_deal(lead)
    win_opportunities([first.pk], by=EVERYTHING, as_of=NOW)
    later = NOW + timedelta(days=9)
    new = NewDeal(lead.pk, "Nachkauf", exception="Ruft an")
    create_opportunities([new], by=EVERYTHING, as_of=later)

    reopen_opportunities([first.pk], by=EVERYTHING, as_of=later)
    win_opportunities([first.pk], by=EVERYTHING, as_of=later)

    lead.refresh_from_db()
    assert lead.stage == Stage.CUSTOMER


@pytest.mark.requirement("S51")
def test_a_customer_becomes_no_promoter_without_a_recommendation():
    lead = make_lead(stage=Stage.CUSTOMER)
    record_satisfaction([lead.pk], score=8, by=EVERYTHING, as_of=NOW)

    with pytest.raises(DomainError) as refusal:
        move(lead, Stage.PROMOTER)

    lead.refresh_from_db()
    assert (refusal.value.code, lead.stage) == ("recommendation_missing", Stage.CUSTOMER)


@pytest.mark.requirement("S51")
def test_a_lead_that_recommends_us_is_a_customer_first():
    lead = make_mql()
    record_satisfaction([lead.pk], score=10, by=EVERYTHING, as_of=NOW)

    with pytest.raises(DomainError) as refusal:
        move(lead, Stage.PROMOTER)

    lead.refresh_from_db()
    assert (refusal.value.code, lead.stage) == ("deal_missing", Stage.MQL)


@pytest.mark.requirement("S51")
def test_a_promoter_taken_for_a_customer_by_mistake_is_put_right():
    lead = make_lead(stage=Stage.CUSTOMER)
    record_satisfaction([lead.pk], score=9, by=EVERYTHING, as_of=NOW)

    move(lead, Stage.CUSTOMER)
    move(lead, Stage.PROMOTER)

    lead.refresh_from_db()
    assert lead.stage == Stage.PROMOTER


@pytest.mark.requirement("S48")
def test_one_lead_that_may_not_pass_holds_back_all():
    accepted, other = make_lead(stage=Stage.SQL), make_mql()

    with pytest.raises(DomainError):
        change_stage(
            [accepted.pk, other.pk],
            to=Stage.OPPORTUNITY,
            by=EVERYTHING,
            as_of=NOW,
            reason="Eilt",
        )

    stages = dict(Lead.objects.values_list("pk", "stage"))
    assert stages == {accepted.pk: Stage.SQL, other.pk: Stage.MQL}


@pytest.mark.requirement("S11")
def test_the_own_lead_of_a_rep_becomes_an_opportunity_by_exception(rep):
    lead = make_lead(is_sales_sourced=True, owner=rep, team=rep.team)

    change_stage(
        [lead.pk], to=Stage.OPPORTUNITY, by=user_actor(rep), as_of=NOW, reason="Rahmenvertrag"
    )

    lead.refresh_from_db()
    assert lead.stage == Stage.OPPORTUNITY
