"""What lead ads are for: campaigns, kinds of forms, networks, and figures about them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from capture.actions.campaigns import save_campaign
from capture.connectors.models import HookEvent
from capture.connectors.social import Signal, SocialProfile
from capture.models import CampaignKind, Touch
from leads.models import Lead
from reports.networks import count_networks
from reports.period import Period
from scoring.models import Score
from scoring.ticks import drain as drain_scores
from tests.capture.cost_scene import spend
from tests.connectors.scene import make_connection, map_to, work
from tests.factories import EVERYTHING, NOW
from tests.scoring.scene import activity_rule, make_active

pytestmark = pytest.mark.django_db


def send(client, row, **fields):
    response = client.post(f"/hooks/{row.connector}/{row.public_id}/", fields)
    assert response.status_code == 200


@pytest.mark.requirement("S44")
def test_a_lead_ad_has_cost_form_and_mapping(client, as_user, marketer):
    campaign = save_campaign(
        None,
        name="Herbst",
        kind=CampaignKind.LEAD_AD,
        channel="facebook",
        by=EVERYTHING,
        as_of=NOW,
    )
    spend(campaign, "300")
    row = make_connection("forms", "Anzeige", campaign_id=campaign.pk, channel="facebook")
    map_to(row, q1="email")
    for number in range(3):
        send(client, row, q1=f"person{number}@example.org")
    work()

    page = as_user(marketer).get(reverse("campaign_detail", args=[campaign.public_id]))

    assert Touch.objects.filter(campaign=campaign, channel="facebook").count() == 3
    shown = page.content.decode()
    assert "€100" in shown
    assert reverse("connection_fields", args=[row.public_id]) in shown


@pytest.mark.requirement("S40")
@pytest.mark.parametrize("kind", ["webinar", "download", "newsletter"])
def test_what_people_sign_up_for_at_facebook_is_scored(client, kind):
    make_active(activity_rule(20, "form.submitted", detail="form_kind", detail_value=kind, cap=40))
    row = make_connection("forms", "Anzeige", channel="facebook", kind=kind)
    quiet = make_connection("forms", "Andere", channel="facebook", kind="feedback")

    send(client, row, email="eva@example.org")
    send(client, quiet, email="max@example.org")
    work()
    drain_scores(timezone.now() + timedelta(minutes=1))

    scores = dict(Score.objects.values_list("lead__email", "engagement"))
    assert scores == {"eva@example.org": 20, "max@example.org": 0}
    assert Lead.objects.get(email="eva@example.org").first_channel == "facebook"


@pytest.mark.requirement("S39")
def test_each_network_is_counted_with_signals_leads_and_what_became_of_them(
    client, as_user, viewer
):
    now = timezone.now()
    for network in ("facebook", "instagram", "tiktok"):
        send(
            client,
            make_connection("forms", network, channel=network),
            email=f"{network}@example.org",
        )
    work()
    with writing("scene"):
        profile = SocialProfile.objects.create(
            network="facebook", external_id="1", first_seen_at=now, last_seen_at=now
        )
        for _number in range(2):
            Signal.objects.create(profile=profile, kind="like", occurred_at=now)

    today = timezone.localdate()
    rows = {row.network: row for row in count_networks(Period(today, today), actor=EVERYTHING)}
    page = as_user(viewer).get(reverse("report_networks"))

    facebook = rows["facebook"]
    assert (facebook.signals, facebook.people, facebook.leads) == (2, 1, 1)
    assert (rows["tiktok"].leads, rows["linkedin"].leads) == (1, 0)
    assert page.status_code == 200
    assert "Instagram" in page.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "eva@mailinator.com"},
        {"email": "eva@example.org", "name": "Win now http://spam.example"},
        {"email": "eva@example.org", "message": "http://a.example http://b.example www.c.example"},
        {"email": "eva@example.org", "company_fax": "1"},
    ],
)
def test_what_looks_like_spam_is_held_until_a_person_lets_it_through(
    client, as_user, marketer, fields
):
    row = make_connection("forms")
    send(client, row, **fields)
    work()
    event = HookEvent.objects.get()
    assert (event.state, event.error["code"], Lead.objects.count()) == ("held", "suspicious", 0)

    as_user(marketer).post(reverse("replay_hook_event", args=[event.public_id]))
    work()

    event.refresh_from_db()
    assert (event.state, Lead.objects.count()) == ("processed", 1)
