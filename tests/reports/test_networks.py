"""What each network brings."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from capture.models import FormKind, LinkDay, Network, Signal, SocialProfile
from leads.actions.lifecycle import change_stage
from leads.conditions import leads_where
from leads.stages import Channel
from reports.networks import count_networks
from reports.period import Period
from tests.capture.scene import make_form, submit
from tests.capture.test_short_links import make_link, make_post
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db
MONTH = Period.ending(NOW.date())


@pytest.fixture
def rows(marketer):
    return lambda: {row.network: row for row in count_networks(MONTH, actor=user_actor(marketer))}


@pytest.mark.requirement("S39")
def test_networks_tell_posts_clicks_leads_mqls_and_customers(rows, no_gates):
    post = make_post(network="tiktok")
    link = make_link(post=post)
    with writing("scene"):
        LinkDay.objects.create(link=link, day=NOW.date(), clicks=4, machine_clicks=9)
    leads = [make_lead(channel=Channel.TIKTOK) for _number in range(3)]
    change_stage([leads[0].pk], to="customer", by=EVERYTHING, as_of=NOW, reason="x")
    change_stage([leads[1].pk], to="mql", by=EVERYTHING, as_of=NOW, reason="x")

    row = rows()["tiktok"]

    assert (row.posts, row.clicks, row.leads, row.mql, row.customers) == (1, 4, 3, 2, 1)


@pytest.mark.requirement("S39")
def test_the_networks_of_the_source_are_channels_of_leads_too():
    assert {"facebook", "instagram", "tiktok"} <= set(Network.values) & set(Channel.values)


@pytest.mark.requirement("S39")
def test_signals_and_people_are_counted_and_a_dash_where_a_network_sends_none(rows):
    with writing("scene"):
        seen = {"first_seen_at": NOW, "last_seen_at": NOW}
        eva = SocialProfile.objects.create(network="facebook", external_id="1", **seen)
        for at in (NOW, NOW, NOW - timedelta(days=400)):
            Signal.objects.create(profile=eva, kind="like", occurred_at=at)

    told = rows()

    assert (told["facebook"].signals, told["facebook"].people) == (2, 1)
    assert (told["instagram"].signals, told["instagram"].people) == (0, 0)
    assert (told["xing"].signals, told["xing"].people) == (None, None)


@pytest.mark.requirement("S40")
@pytest.mark.parametrize("kind", [FormKind.WEBINAR, FormKind.DOWNLOAD, FormKind.NEWSLETTER])
def test_what_people_of_facebook_signed_up_for_can_be_asked_and_scored(kind, marketer):
    page = "https://www.example.org/?utm_source=facebook"
    submit(make_form(kind=kind), page_url=page)
    submit(make_form(kind=kind), email="b@example.org", page_url="https://www.example.org/")
    sent = {"field": "activity_count", "op": "at_least", "value": 1}
    condition = {
        "all": [
            {"field": "touch_channel", "op": "has", "value": "facebook"},
            {**sent, "params": {"kind": "form.submitted", "form_kind": kind.value}},
        ]
    }

    found = leads_where(condition, actor=user_actor(marketer), as_of=timezone.now())

    assert [lead.email for lead in found] == ["eva@example.org"]


def test_the_report_is_shown_with_a_row_for_each_network(as_user, viewer):
    answer = as_user(viewer).get(reverse("report_networks"))

    assert len(answer.context["rows"]) == len(Network)


@pytest.mark.requirement("S39")
@pytest.mark.parametrize("name", ["networks", "sources"])
def test_the_table_can_be_exported_with_the_same_figures(as_user, viewer, no_gates, name):
    leads = [make_lead(channel=Channel.TIKTOK) for _number in range(2)]
    change_stage([leads[0].pk], to="mql", by=EVERYTHING, as_of=NOW, reason="x")
    asked = {"first": "2026-11-01", "last": "2026-11-30"}

    answer = as_user(viewer).get(reverse(f"report_{name}_export"), asked)

    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    (tiktok,) = [row for row in rows if row["label"] == "TikTok"]
    assert (tiktok["leads"], tiktok["mql"], tiktok["customers"]) == ("2", "1", "0")
