"""A webinar as a visitor meets it: register, get the mail with the calendar entry, cancel."""

import re

import icalendar
import pytest
from playwright.sync_api import expect

from accounts.action import writing
from capture.events.drains import drain_seats
from capture.models import EventRegistration, FormReply, FormVersion
from capture.replies import attachments_of
from nurturing.models import Message
from tests.capture.scene import work
from tests.events.scene import JOIN, in_days, make_event, make_event_form
from tests.events.test_attendance import put_down
from tests.services.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


def path_in(text, part):
    return re.search(rf"https?://[^/\s]+({part}\S+)", text)[1]


def send_form(page, button):
    page.get_by_label(re.compile("First name|Vorname")).fill("Eva")
    page.get_by_label(re.compile("Last name|Nachname")).fill("Muster")
    page.get_by_role("textbox", name="E-").fill("eva@example.org")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name=button).click()


@pytest.mark.requirement("S15")
def test_a_visitor_registers_gets_a_mail_with_calendar_and_cancels(open_page, live_server):
    event = make_event(capacity=5)
    form = make_event_form(event)
    page = open_page(None, f"/f/{form.public_id}/")
    expect(page.get_by_text("Solar for firms", exact=True)).to_be_visible()

    send_form(page, "Register")
    entry = page.get_by_role("link", name="Add to calendar")
    expect(entry).to_be_visible()
    assert f"/e/{event.public_id}/calendar.ics" in entry.get_attribute("href")
    work()

    message = Message.objects.get()
    (file,) = attachments_of(FormReply.objects.get())
    (invite,) = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
    assert JOIN in message.text
    assert (str(invite["summary"]), invite["dtstart"].dt) == ("Solar for firms", event.starts_at)

    page.goto(live_server.url + path_in(message.text, "/e/r/"))
    expect(page.get_by_text("You are registered.")).to_be_visible()
    page.get_by_role("button", name="Cancel my registration").click()
    expect(page.get_by_text("Your registration is cancelled.")).to_be_visible()
    expect(page.get_by_role("link", name="Register again")).to_be_visible()
    assert EventRegistration.objects.get().state == "cancelled"
    wait_until(lambda: Message.objects.count() == 2)


@pytest.mark.requirement("S15")
def test_a_full_webinar_on_another_website_puts_on_the_waiting_list(
    open_page, website, live_server
):
    event = make_event(capacity=1)
    form = make_event_form(event, language="de")
    put_down(event, "ada")
    website.pages["/"] = (
        f'<script src="{live_server.url}/embed.js" data-form="{form.public_id}" async></script>'
    )
    page = open_page(None, f"{website.url}/")
    expect(page.get_by_text("Alle Plätze sind vergeben.", exact=False)).to_be_visible()

    send_form(page, "Verbindlich anmelden")
    expect(page.get_by_text("Sie stehen auf der Warteliste", exact=False)).to_be_visible()
    work()
    drain_seats(in_days(1))

    assert EventRegistration.objects.get(email="eva@example.org").state == "waiting"


def test_a_closed_webinar_on_another_website_shows_the_next(open_page, website, live_server):
    event = make_event(closes_at=in_days(-1))
    form = make_event_form(make_event(1))
    with writing("scene"):
        definition = {**form.published.definition, "event": str(event.public_id)}
        FormVersion.objects.filter(pk=form.published_id).update(definition=definition)
    coming = make_event(9, title_en="Storage for firms")
    make_event_form(coming)
    website.pages["/"] = (
        f'<script src="{live_server.url}/embed.js" data-form="{form.public_id}" async></script>'
    )

    page = open_page(None, f"{website.url}/")

    expect(page.get_by_text("Registration is closed")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Storage for firms"))).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
