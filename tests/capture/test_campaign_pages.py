from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.action import writing
from accounts.actor import user_actor
from capture.actions.campaigns import add_cost, save_campaign
from capture.models import Campaign, Cost
from ground.errors import DomainError, NotAllowedError
from leads.models import Lead
from tests.capture.scene import make_form, submit
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 2)


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def make_campaign(name="Herbst", **values):
    return save_campaign(None, name=name, by=EVERYTHING, as_of=NOW, **values)


def spend(campaign, amount, **values):
    return add_cost(
        campaign.pk,
        kind="media",
        amount=Decimal(amount),
        by=EVERYTHING,
        as_of=NOW,
        **{"starts_on": DAY, "ends_on": DAY, **values},
    )


def test_a_campaign_is_made_with_a_code_from_its_name(client):
    data = {"name": "Herbst Aktion", "kind": "social", "channel": "facebook", "state": "running"}

    response = client.post(reverse("campaign_create"), data)

    campaign = Campaign.objects.get()
    assert response["Location"] == reverse("campaign_detail", args=[campaign.public_id])
    assert (campaign.code, campaign.channel) == ("herbst-aktion", "facebook")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"name": "Herbst"}, "name_taken"),
        ({"name": "Winter", "code": "herbst"}, "code_taken"),
        ({"name": "Winter", "channel": ""}, "channel_missing"),
        ({"name": "???"}, "code_missing"),
    ],
)
def test_a_campaign_that_cannot_be_told_apart_is_refused(values, code):
    make_campaign()

    with pytest.raises(DomainError) as refusal:
        save_campaign(None, by=EVERYTHING, as_of=NOW, **values)

    assert refusal.value.code == code
    assert Campaign.objects.count() == 1


def test_the_cost_per_lead_is_cost_by_leads_and_a_dash_without(client):
    campaign = make_campaign()
    spend(campaign, "100")
    address = reverse("campaign_detail", args=[campaign.public_id])

    before = client.get(address)
    for number in range(4):
        submit(make_form(campaign_id=campaign.pk), email=f"a{number}@example.org", message="Gruß")
    after = client.get(address)

    assert before.context["per_lead"] is None
    assert after.context["per_lead"] == Decimal(25)


def test_a_cost_is_noted_the_german_way_and_taken_away(client):
    campaign = make_campaign()
    data = {
        "kind": "media",
        "amount": "1.250,50",
        "starts_on": "2026-11-01",
        "ends_on": "2026-11-30",
    }

    client.post(reverse("add_campaign_cost", args=[campaign.public_id]), data)
    cost = Cost.objects.get()
    client.post(reverse("delete_campaign_cost", args=[cost.public_id]))

    assert cost.amount == Decimal("1250.50")
    assert Cost.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "viel"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"ends_on": "2026-10-01"}, "ends_on"),
    ],
)
def test_a_cost_that_cannot_be_is_marked(client, change, field):
    campaign = make_campaign()
    data = {"kind": "media", "amount": "1", "starts_on": "2026-11-01", "ends_on": "2026-11-30"}

    response = client.post(
        reverse("add_campaign_cost", args=[campaign.public_id]), {**data, **change}
    )

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert Cost.objects.count() == 0


def test_the_list_shows_cost_and_leads(client):
    campaign = make_campaign()
    spend(campaign, "99.50")
    spend(campaign, "0.50")
    submit(make_form(campaign_id=campaign.pk))

    (row,) = client.get(reverse("campaign_list")).context["page"].rows

    assert (row.cost_total, row.lead_count) == (Decimal("100.00"), 1)


@pytest.mark.case("Z08")
def test_leads_are_counted_as_far_as_the_reader_sees_them(as_user, client, rep, stranger):
    campaign = make_campaign()
    spend(campaign, "100")
    for number in range(3):
        submit(make_form(campaign_id=campaign.pk), email=f"a{number}@example.org", message="Gruß")
    own, foreign, binned = Lead.objects.order_by("pk")
    with writing("scene"):
        Lead.objects.filter(pk=own.pk).update(owner=rep, team=rep.team)
        Lead.objects.filter(pk=foreign.pk).update(owner=stranger, team=stranger.team)
        Lead.objects.filter(pk=binned.pk).update(deleted_at=NOW)
    address = reverse("campaign_detail", args=[campaign.public_id])

    of_all = client.get(address).context
    of_rep = as_user(rep).get(address).context

    assert (of_all["campaign"].lead_count, of_all["per_lead"]) == (2, Decimal(50))
    assert (of_rep["campaign"].lead_count, of_rep["per_lead"]) == (1, None)


@pytest.mark.parametrize("person", ["rep", "manager", "viewer", "service"])
def test_only_marketing_makes_campaigns_and_notes_costs(request, as_user, person):
    user = request.getfixturevalue(person)
    campaign = make_campaign()

    with pytest.raises(NotAllowedError):
        save_campaign(campaign.pk, name="X", by=user_actor(user), as_of=NOW)
    response = as_user(user).post(
        reverse("add_campaign_cost", args=[campaign.public_id]),
        {"kind": "media", "amount": "1", "starts_on": "2026-11-01", "ends_on": "2026-11-30"},
    )

    campaign.refresh_from_db()
    assert (campaign.name, response.status_code, Cost.objects.count()) == ("Herbst", 403, 0)
