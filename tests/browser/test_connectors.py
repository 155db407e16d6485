"""Connecting a sender in the browser, from the empty page to the lead."""

import json

import pytest
from playwright.sync_api import Page, expect

from capture.connectors.models import Connection, HookEvent
from leads.models import Lead
from tests.browser.pages import PHONE
from tests.connectors.scene import make_connection, work
from tests.simulators.forms import CONTACT_FORM_7
from tests.simulators.hubspot import HubSpotSite
from tests.simulators.meta import PAGE, MetaApp, feed_change

pytestmark = pytest.mark.django_db(transaction=True)


def door_of(page: Page, server: str) -> str:
    """Return the address that the page shows, at the server of this test."""
    shown = page.get_by_label("Address for the sender").input_value()
    return f"{server}/hooks/{shown.split('/hooks/')[1]}"


@pytest.mark.requirement("S36")
def test_a_form_of_a_website_is_connected_mapped_and_replayed(
    open_page, live_server, marketer, axe
):
    page = open_page(marketer, "/capture/connectors/")
    expect(page.get_by_text("Nothing is connected yet")).to_be_visible()
    axe(page)

    page.get_by_role("link", name="Connect something").first.click()
    page.get_by_role("button", name="Forms of your website").click()
    expect(page.get_by_role("heading", name="In these steps")).to_be_visible()
    axe(page)
    CONTACT_FORM_7.send(door_of(page, live_server.url))
    work()
    page.get_by_role("link", name="Fields", exact=True).click()
    row = page.get_by_role("row").filter(has_text="your-subject")
    expect(row).to_contain_text("Angebot")
    row.get_by_role("combobox").select_option("tag")
    page.get_by_label("acceptance-news").select_option("consent_email")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("it is the proof of the consent")).to_be_visible()
    page.get_by_label("wording beside the box").fill("Yes, write to me.")
    axe(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Fields saved.").first).to_be_visible()

    page.get_by_role("link", name="What came in", exact=True).click()
    expect(page.get_by_role("link", name="Eva Muster")).to_be_visible()
    axe(page)
    assert Lead.objects.get().email == "eva@example.org"


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, PHONE], ids=["desk", "phone"])
def test_a_test_is_sent_by_a_button_and_shows_what_would_become_of_it(
    open_page, marketer, axe, viewport
):
    row = make_connection("tiktok", "Lead-Anzeige")
    page = open_page(marketer, f"/capture/connectors/{row.public_id}/", viewport=viewport)
    axe(page)

    page.get_by_role("button", name="Send a test").click()

    expect(page.get_by_text("A new lead; as this is a test, it was not kept.")).to_be_visible()
    expect(page.get_by_text("test.person@example.com").first).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert (Lead.objects.count(), HookEvent.objects.get().state) == (0, "test")


def test_failures_are_replayed_from_the_log(open_page, marketer, axe):
    row = make_connection("generic", "Shop")
    from capture.connectors.actions.events import NewEvent, store_events
    from tests.factories import EVERYTHING, NOW

    store_events(
        row,
        [NewEvent("id:1", b'{"nick": "nobody"}', "application/json")],
        by=EVERYTHING,
        as_of=NOW,
    )
    work()
    page = open_page(marketer, f"/capture/connectors/{row.public_id}/events/")
    expect(page.get_by_text("No e-mail address and no phone number was found")).to_be_visible()

    page.get_by_role("button", name="Replay 1 failure").click()

    expect(page.get_by_text("1 event is worked on again.").first).to_be_visible()
    assert HookEvent.objects.get().state == "received"


def test_a_page_of_another_website_submits_a_hubspot_form(open_page, live_server, website, browser):
    site = HubSpotSite(live_server.url)
    make_connection("hubspot", settings={"portal_id": site.portal_id, "form_guid": site.form_guid})
    website.pages["/"] = "<!doctype html><title>Kontakt</title>"
    page = browser.new_context().new_page()
    page.goto(website.url)

    answer = page.evaluate(
        """async ([url, body]) => {
            const headers = {"Content-Type": "application/json"};
            const answer = await fetch(url, {method: "POST", headers, body});
            return [answer.status, await answer.json()];
        }""",
        [site.url, json.dumps(site.submission())],
    )
    page.context.close()
    work()

    assert answer == [200, {"inlineMessage": "Thank you. We have received your message."}]
    assert Lead.objects.get().email == "eva@example.org"


@pytest.mark.requirement("S38")
def test_a_person_who_commented_becomes_a_lead_by_hand(open_page, live_server, marketer, axe):
    row = make_connection("meta", settings={"page_id": PAGE})
    app = MetaApp(f"{live_server.url}/hooks/meta/{row.public_id}/", "meta-app-secret", "")
    app.notify(feed_change("comment", "77", comment_id="5", message="Was kostet das?"))
    work()
    assert Connection.objects.count() == 1

    page = open_page(marketer, "/capture/connectors/people/")
    expect(page.get_by_text("Was kostet das?")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Eva Muster").click()
    page.get_by_label("e-mail").fill("eva@example.org")
    axe(page)
    page.get_by_role("button", name="Make a lead").click()

    expect(page.get_by_text("This person is a lead now").first).to_be_visible()
    lead = Lead.objects.get()
    page.goto(f"/leads/{lead.public_id}/")
    expect(page.get_by_text("Facebook, Comment: Was kostet das?", exact=True)).to_be_visible()


def test_fields_are_mapped_on_a_phone(open_page, marketer, axe):
    row = make_connection("google")
    page = open_page(marketer, f"/capture/connectors/{row.public_id}/fields/", viewport=PHONE)

    choice = page.get_by_label("FULL_NAME").bounding_box()

    assert choice is not None
    assert choice["x"] >= 0
    assert choice["x"] + choice["width"] <= PHONE["width"]
    axe(page)
