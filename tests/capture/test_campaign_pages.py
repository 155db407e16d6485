from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.action import writing
from accounts.actor import user_actor
from capture.actions.campaigns import save_campaign
from capture.models import Campaign, Cost
from ground.errors import DomainError, NotAllowedError
from leads.models import Lead
from tests.capture.cost_scene import NOVEMBER, make_campaign, spend
from tests.capture.scene import make_form, submit
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


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


@pytest.mark.requirement("S44")
def test_a_budget_the_german_way_and_a_target_are_kept_and_a_debt_is_refused(client):
    data = {"name": "Herbst", "kind": "lead_ad", "channel": "facebook", "state": "running"}

    client.post(reverse("campaign_create"), {**data, "budget": "1.250,50", "target_leads": "80"})
    refused = client.post(reverse("campaign_create"), {**data, "name": "B", "budget": "-5"})

    (campaign,) = Campaign.objects.all()
    assert (campaign.budget, campaign.target_leads) == (Decimal("1250.50"), 80)
    assert list(refused.context["form"].errors) == ["budget"]


def test_the_list_shows_cost_and_leads(client):
    campaign = make_campaign()
    spend(campaign, "99.50")
    spend(campaign, "0.50", kind="tools")
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

    def told(user):
        page = user.get(reverse("campaign_detail", args=[campaign.public_id]))
        ((_template, panel),) = page.context["panels"]
        (row,) = user.get(reverse("campaign_list")).context["page"].rows
        return panel, row.lead_count

    (of_all, listed), (of_rep, listed_to_rep) = told(client), told(as_user(rep))

    assert (of_all["total"].credit.leads, of_all["total"].per_lead) == (2, Decimal(50))
    assert (of_rep["total"].credit.leads, of_rep["sees_all"]) == (1, False)
    assert (listed, listed_to_rep) == (2, 1)


def test_who_was_sorted_out_is_no_lead_of_the_campaign(client):
    campaign = make_campaign()
    for number in range(3):
        submit(make_form(campaign_id=campaign.pk), email=f"a{number}@example.org", message="Gruß")
    first, second, _third = Lead.objects.order_by("pk")
    with writing("scene"):
        Lead.objects.filter(pk=first.pk).update(stage="other", other_reason="spam")
        Lead.objects.filter(pk=second.pk).update(stage="other", other_reason="no_interest")

    (row,) = client.get(reverse("campaign_list")).context["page"].rows

    assert row.lead_count == 2


def test_the_list_takes_the_same_few_queries_for_any_number(client, django_assert_max_num_queries):
    for number in range(12):
        spend(make_campaign(f"Herbst {number}"), "5")

    with django_assert_max_num_queries(12):
        client.get(reverse("campaign_list"))


@pytest.mark.parametrize("person", ["rep", "manager", "viewer", "service"])
def test_only_marketing_makes_campaigns_and_notes_costs(request, as_user, person):
    user = request.getfixturevalue(person)
    campaign = make_campaign()

    with pytest.raises(NotAllowedError):
        save_campaign(campaign.pk, name="X", by=user_actor(user), as_of=NOW)
    response = as_user(user).post(
        reverse("save_campaign_costs", args=[campaign.public_id]), {f"{NOVEMBER:%Y-%m}_media": "1"}
    )

    campaign.refresh_from_db()
    assert (campaign.name, response.status_code, Cost.objects.count()) == ("Herbst", 403, 0)
