import re

import pytest
from django.urls import reverse

from accounts.action import writing
from capture.connectors.drains import drain_hooks
from capture.connectors.mapping import FieldMapping
from capture.connectors.models import Connection, HookEvent
from leads.customfields import forget_fields
from leads.models import Activity, FieldDefinition, Lead
from tests.connectors.scene import make_connection, map_to, work
from tests.factories import make_field

pytestmark = pytest.mark.django_db
EVERY = ["meta", "google", "linkedin", "tiktok", "hubspot", "forms", "generic"]


@pytest.fixture
def browser(as_user, marketer):
    return as_user(marketer)


def page(browser, name, row):
    return browser.get(reverse(name, args=[row.public_id])).content.decode()


@pytest.mark.parametrize("connector", EVERY)
def test_each_connector_is_connected_with_steps_address_and_a_test_that_leaves_no_lead(
    browser, connector
):
    response = browser.post(reverse("connection_create"), {"connector": connector})
    row = Connection.objects.get()
    made = make_connection(connector, "With secrets")

    shown = page(browser, "connection_detail", made)
    tested = browser.post(reverse("test_connection", args=[made.public_id]))

    assert response.url == reverse("connection_detail", args=[row.public_id])
    assert f"/hooks/{connector}/{made.public_id}/" in shown
    assert shown.count("<li>") >= 3
    event = HookEvent.objects.latest("pk")
    assert tested.url == reverse("hook_event", args=[event.public_id])
    assert (event.state, event.error, Lead.objects.count()) == ("test", {}, 0)
    assert "test.person@example.com" in page(browser, "hook_event", event)


@pytest.mark.parametrize("connector", ["meta", "linkedin", "tiktok"])
def test_a_test_without_the_secret_says_what_is_missing(browser, connector):
    browser.post(reverse("connection_create"), {"connector": connector})
    row = Connection.objects.get()

    response = browser.post(reverse("test_connection", args=[row.public_id]), follow=True)

    assert response.redirect_chain[-1][0] == reverse("connection_detail", args=[row.public_id])
    assert "The secret is not entered yet." in response.content.decode()


def test_secrets_of_the_other_side_are_kept_sealed_and_never_shown(browser):
    row = make_connection("meta")
    address = reverse("connection_detail", args=[row.public_id])

    browser.post(address, {"app_secret": "very-secret", "page_id": "5", "graph_url": ""})
    browser.post(address, {"app_secret": "", "page_id": "6", "graph_url": ""})

    row.refresh_from_db()
    assert row.secrets()["app_secret"] == "very-secret"
    assert (row.settings["page_id"], "very-secret" in row.secret) == ("6", False)
    assert "very-secret" not in page(browser, "connection_detail", row)


def test_an_address_that_is_none_is_refused(browser):
    row = make_connection("meta")

    response = browser.post(
        reverse("connection_detail", args=[row.public_id]), {"graph_url": "ftp://x"}
    )

    assert response.status_code == 422
    assert "Enter a whole address" in response.content.decode()


def _send(client, row, body):
    return client.post(
        f"/hooks/forms/{row.public_id}/", body, content_type="application/x-www-form-urlencoded"
    )


def test_the_mapping_learns_from_the_first_submission_and_a_failed_one_is_replayed(browser):
    make_field("roof")
    row = make_connection("forms")
    assert "No fields are known yet" in page(browser, "connection_fields", row)
    _send(browser, row, "q1=Eva+Muster&q2=eva%40example+org&q3=flat&q4=eva%40example.org")
    work()

    fields = page(browser, "connection_fields", row)
    assert re.search(r"<bdi>q1</bdi>.*?<bdi>Eva Muster</bdi>", fields, re.DOTALL)
    data = {
        "name": ["q1", "q2", "q3", "q4"],
        "target0": "full_name",
        "target1": "ignore",
        "target2": "custom.roof",
        "target3": "email",
    }
    saved = browser.post(reverse("connection_fields", args=[row.public_id]), data)
    _send(browser, row, "q1=Max+Muster&q3=steep&q4=max%40example.org")
    work()

    assert saved.status_code == 302
    lead = Lead.objects.get(email="max@example.org")
    assert (lead.first_name, lead.custom) == ("Max", {"roof": "steep"})


def test_what_went_into_a_field_that_is_no_longer_used_stays_readable(browser):
    row = make_connection("forms")
    field = make_field("roof")
    map_to(row, q1="custom.roof", q2="email")
    with writing("scene"):
        FieldDefinition.objects.filter(pk=field.pk).update(is_active=False)
    forget_fields()

    _send(browser, row, "q1=flat&q2=eva%40example.org")
    work()

    assert Activity.objects.get(kind="form.submitted").data["message"] == "q1: flat"


def test_a_consent_needs_its_wording(browser):
    row = make_connection("forms")
    data = {"name": ["box", "mail"], "target0": "consent_email", "target1": "email"}
    address = reverse("connection_fields", args=[row.public_id])

    refused = browser.post(address, data)
    taken = browser.post(
        address, {**data, "consent_text": "Yes, write to me.", "asks_by_mail": "on"}
    )

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert "it is the proof of the consent" in refused.content.decode()
    row.refresh_from_db()
    assert FieldMapping.from_json(row.mapping) == FieldMapping(
        {"box": "consent_email", "mail": "email"}, "Yes, write to me.", asks_by_mail=True
    )


def test_what_failed_is_shown_with_its_reason_and_replayed_one_or_all(browser):
    row = make_connection("forms")
    for number in range(3):
        _send(browser, row, f"nick=nobody{number}")
    work()
    events = list(row.events.order_by("pk"))

    listing = page(browser, "connection_events", row)
    one = page(browser, "hook_event", events[0])
    browser.post(
        reverse("connection_fields", args=[row.public_id]), {"name": ["nick"], "target0": "city"}
    )
    browser.post(reverse("replay_hook_event", args=[events[0].public_id]))
    waiting = row.events.filter(state="received").count()
    browser.post(reverse("replay_hook_events", args=[row.public_id]), {"all_failed": "1"})

    assert listing.count("No e-mail address and no phone number was found") == 3
    assert "Replay all 3 failures" in listing
    assert "nick=nobody0" in one
    assert (waiting, row.events.filter(state="received").count()) == (1, 3)


def test_a_ticked_event_is_replayed_and_a_lead_is_not(browser):
    row = make_connection("forms")
    _send(browser, row, "nick=nobody")
    _send(browser, row, "email=eva%40example.org")
    work()
    ids = [str(event.public_id) for event in row.events.all()]

    browser.post(reverse("replay_hook_events", args=[row.public_id]), {"ids": ids})

    assert sorted(row.events.values_list("state", flat=True)) == ["processed", "received"]


def test_the_key_of_google_is_not_shown_in_what_came(browser):
    row = make_connection("google")
    browser.post(reverse("test_connection", args=[row.public_id]))

    shown = page(browser, "hook_event", HookEvent.objects.get())

    assert row.secrets()["google_key"] not in shown
    assert "•••" in shown


def test_settings_are_changed_and_the_door_closed(browser):
    row = make_connection("forms")
    data = {
        "name": "Shop",
        "kind": "webinar",
        "language": "en",
        "channel": "facebook",
        "tags": "a, b",
    }

    browser.post(reverse("connection_settings", args=[row.public_id]), data)

    row.refresh_from_db()
    assert (row.name, row.kind, row.tags, row.is_active) == ("Shop", "webinar", ["a", "b"], False)
    assert _send(browser, row, "email=eva%40example.org").status_code == 410


def test_a_name_that_is_taken_is_said(browser):
    make_connection("forms", "Shop")
    row = make_connection("generic", "Other")
    data = {"name": "Shop", "kind": "contact", "language": "en", "channel": "api"}

    response = browser.post(reverse("connection_settings", args=[row.public_id]), data)

    assert response.status_code == 422


def test_a_removed_connection_keeps_its_leads(browser):
    row = make_connection("forms")
    _send(browser, row, "email=eva%40example.org")
    work()

    browser.post(reverse("remove_connection", args=[row.public_id]))

    assert (Connection.objects.count(), Lead.objects.count()) == (0, 1)
    assert drain_hooks(HookEvent.objects.all().count() or row.created_at) == 0


@pytest.mark.parametrize("name", ["connection_list", "connection_create", "profile_list"])
def test_the_empty_pages_say_what_to_do(browser, name):
    assert browser.get(reverse(name)).status_code == 200
