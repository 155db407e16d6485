"""An answer is about the lead as it stands now: the past is neither rejected nor asked again."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.actor import user_actor
from ground import days
from ground.errors import ConflictError
from handoff.actions.answers import accept_handoffs, reject_handoffs, return_handoffs
from handoff.actions.closing import lose_opportunities, win_opportunities
from handoff.models import DueRevisit
from handoff.ticks import revisit
from leads.actions.lifecycle import open_episodes
from leads.actions.ownership import assign_leads
from leads.models import Lead
from leads.stages import OtherReason, Stage
from tests.api.client import ApiClient
from tests.factories import EVERYTHING, NOW
from tests.handoff.factories import make_deal, make_offer

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=9)


@pytest.fixture
def accepted(rep):
    handoff = make_offer(rep)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)
    return handoff


def reject(handoff, person, reason="too_early", as_of=LATER, **options):
    by = user_actor(person)
    return reject_handoffs([handoff.pk], reason=reason, by=by, as_of=as_of, **options)


def send_back(handoff, person):
    return return_handoffs([handoff.pk], by=user_actor(person), as_of=LATER)


def became_customer(handoff, rep):
    win_opportunities([make_deal(handoff.lead).pk], by=EVERYTHING, as_of=NOW)


def has_a_new_interest(handoff, rep):
    became_customer(handoff, rep)
    open_episodes([handoff.lead_id], channel="phone", by=EVERYTHING, as_of=LATER)


def went_back_to_the_pool(handoff, rep):
    assign_leads([handoff.lead_id], owner=None, by=EVERYTHING, as_of=NOW)


def was_handed_over_again(handoff, rep):
    make_offer(rep, lead=Lead.objects.get(), as_of=LATER)


@pytest.mark.requirement("S94")
@pytest.mark.parametrize("answer", [reject, send_back])
@pytest.mark.parametrize(
    "meanwhile", [became_customer, has_a_new_interest, went_back_to_the_pool, was_handed_over_again]
)
def test_what_was_accepted_once_is_not_given_back_later(rep, accepted, meanwhile, answer):
    meanwhile(accepted, rep)
    before = Lead.objects.values().get()

    with pytest.raises(ConflictError) as refusal:
        answer(accepted, rep)

    accepted.refresh_from_db()
    assert (refusal.value.code, accepted.state) == ("already_answered", "accepted")
    assert Lead.objects.values().get() == before


@pytest.mark.requirement("S94")
def test_no_key_gives_back_a_customer(rep, accepted):
    became_customer(accepted, rep)
    api = ApiClient(rep, "leads:read", "handoffs:write")

    response = api.post(f"handoffs/{accepted.public_id}/reject/", {"reason": "too_early"})

    assert (response.status_code, response.json()["code"]) == (409, "already_answered")
    assert Lead.objects.get().stage == Stage.CUSTOMER


def test_the_page_offers_to_reject_only_to_the_owner(as_user, rep, manager, accepted):
    address = reverse("lead_detail", args=[accepted.lead.public_id])
    mine = as_user(rep).get(address).content.decode()
    assign_leads([accepted.lead_id], owner=None, by=EVERYTHING, as_of=NOW)

    of_nobody = as_user(rep).get(address).content.decode()

    assert ["reject/" in page for page in (mine, of_nobody)] == [True, False]


@pytest.mark.requirement("S96")
def test_a_lead_that_is_rejected_for_good_is_not_asked_again(rep):
    first = make_offer(rep)
    day = date(2027, 2, 1)
    reject(first, rep, "no_interest", as_of=NOW, revisit_on=day)
    open_episodes([first.lead_id], channel="phone", stage=Stage.MQL, by=EVERYTHING, as_of=LATER)
    second = make_offer(rep, lead=Lead.objects.get(), as_of=LATER)

    reject(second, rep, "no_interest", is_final=True)
    asked = revisit(days.start_of(day) + timedelta(days=30))

    lead = Lead.objects.get()
    assert (DueRevisit.objects.count(), asked) == (0, 0)
    assert (lead.stage, lead.other_reason) == (Stage.OTHER, OtherReason.NO_INTEREST)


@pytest.mark.requirement("S96")
def test_the_later_day_counts_and_not_the_first_that_was_named(rep):
    first = make_offer(rep)
    reject(first, rep, "no_interest", as_of=NOW, revisit_on=date(2027, 2, 1))
    open_episodes([first.lead_id], channel="phone", stage=Stage.MQL, by=EVERYTHING, as_of=LATER)
    second = make_offer(rep, lead=Lead.objects.get(), as_of=LATER)

    reject(second, rep, "no_interest", revisit_on=date(2027, 6, 1))

    assert DueRevisit.objects.get().due_at.date() == date(2027, 6, 1)


@pytest.mark.requirement("S96")
def test_a_deal_that_is_lost_for_good_is_not_asked_again(rep):
    first = make_offer(rep)
    reject(first, rep, "no_interest", as_of=NOW, revisit_on=date(2027, 2, 1))
    open_episodes([first.lead_id], channel="phone", stage=Stage.SQL, by=EVERYTHING, as_of=LATER)
    deal = make_deal(Lead.objects.get(), as_of=LATER)

    lose_opportunities([deal.pk], reason="price", is_final=True, by=EVERYTHING, as_of=LATER)

    assert DueRevisit.objects.count() == 0
