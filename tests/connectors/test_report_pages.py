"""Connections that bring reports about mails and no leads."""

import pytest
from django.urls import reverse

from capture.connectors.models import Connection, HookEvent
from leads.models import Lead
from tests.connectors.scene import make_connection
from tests.simulators.ses import TOPIC

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(as_user, marketer):
    return as_user(marketer)


def page(browser, name, row):
    return browser.get(reverse(name, args=[row.public_id])).content.decode()


@pytest.mark.parametrize("connector", ["ses", "mailevents"])
def test_each_is_connected_with_steps_and_a_test_from_which_nothing_follows(browser, connector):
    browser.post(reverse("connection_create"), {"connector": connector})
    row = Connection.objects.get()

    shown = page(browser, "connection_detail", row)
    tested = browser.post(reverse("test_connection", args=[row.public_id]))

    assert f"/hooks/{connector}/{row.public_id}/" in shown
    assert shown.count("<li>") >= 5
    assert reverse("connection_fields", args=[row.public_id]) not in shown
    event = HookEvent.objects.get()
    assert tested.url == reverse("hook_event", args=[event.public_id])
    assert (event.state, event.error, Lead.objects.count()) == ("test", {}, 0)
    told = page(browser, "hook_event", event)
    assert "test.person@example.com" in told
    assert reverse("connection_fields", args=[row.public_id]) not in told


def test_the_topic_is_asked_for_and_kept(browser):
    row = make_connection("ses")
    address = reverse("connection_detail", args=[row.public_id])
    assert "Still to be entered:" in page(browser, "connection_detail", row)

    refused = browser.post(address, {"topic_arn": TOPIC, "sns_url": "no address"})
    taken = browser.post(address, {"topic_arn": TOPIC, "sns_url": ""})

    row.refresh_from_db()
    assert (refused.status_code, taken.status_code) == (422, 302)
    assert row.settings == {"topic_arn": TOPIC, "sns_url": ""}
    assert "Still to be entered:" not in page(browser, "connection_detail", row)


def test_their_settings_ask_for_nothing_about_leads(browser):
    row = make_connection("ses")
    shown = page(browser, "connection_settings", row)

    saved = browser.post(
        reverse("connection_settings", args=[row.public_id]), {"name": "Amazon", "is_active": "on"}
    )

    row.refresh_from_db()
    assert ('name="kind"' in shown, 'name="tags"' in shown) == (False, False)
    assert (saved.status_code, row.name, row.channel) == (302, "Amazon", "email")
