"""Meetings as visitors book them: from another zone, over a change of the clock, without scripts."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from capture import throttle
from handoff.meetings.booking import looks
from handoff.models import Meeting
from leads.models import Lead
from tests.meetings.scene import BERLIN, NEW_YORK, make_hours, make_type

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S30")]


@pytest.fixture(autouse=True)
def _own_pace(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path
    throttle.posts.clear()
    looks.clear()


def clock_change(zone: ZoneInfo) -> datetime:
    """Return midnight before the next change of the clock that lies some days ahead."""
    day = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=3)
    while day.utcoffset() == (day + timedelta(days=1)).utcoffset():
        day += timedelta(days=1)
    return day


def fill(page):
    page.get_by_label("Last name").fill("Smith")
    page.get_by_label("E-mail", exact=False).first.fill("smith@example.org")


@pytest.mark.requirement("S32")
def test_a_visitor_in_new_york_books_a_rep_in_berlin_on_the_day_the_clock_changes(
    browser, live_server, rep
):
    day = clock_change(BERLIN)
    make_hours(rep, {str(day.weekday()): [["18:00", "18:30"]]})
    ahead = (day - timezone.now()).days + 3
    kind = make_type(rep, ahead_days=min(ahead, 180))
    at = day.replace(hour=18)
    local = at.astimezone(NEW_YORK)
    context = browser.new_context(timezone_id="America/New_York", locale="en-US")
    page = context.new_page()

    page.goto(f"{live_server.url}/m/{kind.public_id}/en/?from={local:%Y-%m-%d}")
    expect(page.get_by_label("Times are shown for")).to_have_value("America/New_York")
    page.goto(
        f"{live_server.url}/m/{kind.public_id}/en/?zone=America/New_York&from={local:%Y-%m-%d}"
    )
    first = page.locator(".lm-slot").first
    hour = local.hour % 12 or 12
    expect(first).to_have_text(f"{hour} {'a.m.' if local.hour < 12 else 'noon'}".replace("12 ", ""))
    first.click()
    fill(page)
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Book this meeting").click()
    expect(page.get_by_role("heading", name="Your meeting is booked")).to_be_visible()

    meeting = Meeting.objects.get()
    assert meeting.starts_at == at
    assert meeting.guest_zone == "America/New_York"
    assert meeting.starts_at.astimezone(BERLIN).hour == 18
    assert Lead.objects.get().email == "smith@example.org"
    assert context.cookies() == []
    context.close()


def test_without_scripts_a_phone_books_cancels_and_every_page_is_clean(browser, live_server, rep):
    make_hours(rep)
    kind = make_type(rep)
    options = {"viewport": {"width": 390, "height": 800}, "locale": "en-US"}
    context = browser.new_context(java_script_enabled=False, **options)
    page = context.new_page()

    page.goto(f"{live_server.url}/m/{kind.public_id}/en/?zone=Europe/Berlin")
    page.locator(".lm-slot").first.click()
    fill(page)
    question = page.locator("[data-sum] label").inner_text()
    page.locator("[name=check_answer]").fill(str(_sum(question)))
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Book this meeting").click()
    expect(page.get_by_role("heading", name="Your meeting is booked")).to_be_visible()
    meeting = Meeting.objects.get()
    link = _manage(meeting).replace("http://localhost:8000", live_server.url)
    page.goto(live_server.url + "/" + link.split("/", 3)[3])
    page.get_by_role("button", name="Cancel the meeting").click()
    expect(page.get_by_role("heading", name="This meeting was cancelled")).to_be_visible()
    context.close()

    meeting.refresh_from_db()
    assert meeting.state == "cancelled"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_public_pages_are_accessible(browser, live_server, rep, scheme):
    make_hours(rep)
    kind = make_type(rep)
    address = f"{live_server.url}/m/{kind.public_id}/de/?zone=Europe/Berlin"
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()

    page.goto(address)
    slots = Axe().run(page)
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.locator(".lm-slot").first.click()
    form = Axe().run(page)
    context.close()

    assert slots.response["violations"] == []
    assert form.response["violations"] == []
    assert not wide


def _sum(question: str) -> int:
    return sum(int(word.strip("?")) for word in question.split() if word.strip("?").isdigit())


def _manage(meeting: Meeting) -> str:
    from handoff.meetings.links import manage_link

    return manage_link(meeting.public_id)
