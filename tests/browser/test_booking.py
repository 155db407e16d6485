"""Meetings as visitors book them: from another zone, over a change of the clock, no scripts."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.action import writing
from capture.guard.doors import FORM
from handoff.meetings.booking import looks
from handoff.meetings.links import manage_link
from handoff.models import Meeting, MeetingType
from leads.models import Lead
from tests.browser.pages import PHONE
from tests.meetings.scene import BERLIN, NEW_YORK, make_hours, make_type

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S30")]


@pytest.fixture(autouse=True)
def _own_pace(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path
    FORM.clear()
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
def test_a_visitor_in_new_york_books_a_rep_in_berlin_on_the_day_the_clock_changes(open_page, rep):
    day = clock_change(BERLIN)
    make_hours(rep, {str(day.weekday()): [["18:00", "18:30"]]})
    kind = make_type(rep)
    with writing("scene"):
        # Further ahead than anybody books, so that the day comes whenever this runs.
        MeetingType.objects.update(ahead_days=(day - timezone.now()).days + 3)
    at = day.replace(hour=18)
    local = at.astimezone(NEW_YORK)
    hour = "noon" if local.hour == 12 else f"{local.hour % 12} {'ap'[local.hour > 12]}.m."

    page = open_page(
        None, f"/m/{kind.public_id}/en/", timezone_id="America/New_York", locale="en-US"
    )
    expect(page.get_by_label("Times are shown for")).to_have_value("America/New_York")
    page.goto(f"/m/{kind.public_id}/en/?zone=America/New_York&from={local:%Y-%m-%d}")
    slot = page.get_by_role("link", name=f"{local.day}, {local.year}", exact=False)
    expect(slot).to_have_text(hour)
    slot.click()
    fill(page)
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Book this meeting").click()
    expect(page.get_by_role("heading", name="Your meeting is booked")).to_be_visible()

    meeting = Meeting.objects.get()
    assert (meeting.starts_at, meeting.guest_zone) == (at, "America/New_York")
    assert meeting.starts_at.astimezone(BERLIN).hour == 18
    assert Lead.objects.get().email == "smith@example.org"
    assert page.context.cookies() == []


def test_without_scripts_a_phone_books_and_cancels(open_page, live_server, rep):
    make_hours(rep)
    kind = make_type(rep)
    # Far enough ahead that a guest can still cancel, whatever the hour.
    day = timezone.now() + timedelta(days=2)
    page = open_page(
        None,
        f"/m/{kind.public_id}/en/?zone=Europe/Berlin&from={day:%Y-%m-%d}",
        java_script_enabled=False,
        viewport=PHONE,
    )

    page.locator(".lm-slot").first.click()
    fill(page)
    question = page.locator("[data-sum] label").inner_text()
    page.locator("[name=check_answer]").fill(str(_sum(question)))
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Book this meeting").click()
    expect(page.get_by_role("heading", name="Your meeting is booked")).to_be_visible()
    meeting = Meeting.objects.get()
    page.goto("/" + manage_link(meeting.public_id).split("/", 3)[3])
    page.get_by_role("button", name="Cancel the meeting").click()
    expect(page.get_by_role("heading", name="This meeting was cancelled")).to_be_visible()

    meeting.refresh_from_db()
    assert meeting.state == "cancelled"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_public_pages_fit_on_a_phone_and_are_accessible(open_page, rep, axe, scheme):
    make_hours(rep)
    kind = make_type(rep)
    page = open_page(
        None, f"/m/{kind.public_id}/de/?zone=Europe/Berlin", scheme=scheme, viewport=PHONE
    )

    axe(page)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.locator(".lm-slot").first.click()
    expect(page.get_by_role("button", name="Termin verbindlich buchen")).to_be_visible()
    axe(page)


def _sum(question: str) -> int:
    return sum(int(word.strip("?")) for word in question.split() if word.strip("?").isdigit())
