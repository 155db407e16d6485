"""Posts, tracking and landing pages as a marketer meets them, on a desk and on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.action import writing
from capture.models import PageEvent, Post, TrackingSettings
from tests.browser.pages import DESK, PHONE
from tests.capture.test_counting import Scene, count
from tests.capture.test_post_pages import bring, click
from tests.capture.test_short_links import make_post

pytestmark = pytest.mark.django_db(transaction=True)
PERIOD = "?first=2026-11-02&last=2026-11-08"


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


@pytest.fixture
def screens():
    """Fill the screens, and return their addresses."""
    post = make_post("Ein Beitrag mit einem recht langen Titel, wie sie wirklich sind")
    click(post, 12)
    bring(post)
    with writing("scene"):
        scene = Scene()
        view = scene.look(1, seconds=30, depth=80, campaign_code="herbst")
        scene.act(view)
        PageEvent.objects.create(
            view=view, kind="outbound", url="https://a.example/", occurred_at=view.occurred_at
        )
    count(2)
    return [
        reverse("post_list"),
        reverse("post_detail", args=[post.public_id]),
        reverse("post_create"),
        reverse("tracking_settings"),
        reverse("report_pages") + PERIOD,
        reverse("report_page", args=[scene.page("/a").public_id]) + PERIOD,
        reverse("report_networks"),
    ]


@pytest.mark.parametrize(("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_screens_are_accessible_and_fit(open_page, marketer, axe, screens, viewport, scheme):
    page = open_page(marketer, screens[0], viewport=viewport, scheme=scheme)
    for address in screens:
        page.goto(address)

        axe(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"], address


@pytest.mark.requirement("S35")
def test_a_marketer_adds_a_post_and_gets_the_link_to_copy(open_page, marketer):
    page = open_page(marketer, reverse("post_list"))

    page.get_by_role("main").get_by_role("link", name="Add a post").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Herbst")
    dialog.get_by_label("Network").select_option("instagram")
    dialog.get_by_label("Address it leads to").fill("kein link")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Enter an address that begins with https://.")).to_be_visible()
    dialog.get_by_label("Address it leads to").fill("https://www.example.org/angebot")
    dialog.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="Herbst", level=1)).to_be_visible()
    code = Post.objects.get().links.get().code
    expect(page.locator(f"[value$='/l/{code}']")).to_be_visible()


def test_tracking_is_switched_on_in_the_browser(open_page, marketer):
    page = open_page(marketer, reverse("tracking_settings"))

    page.get_by_label("Time on the page").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The other parts need visits and pages to be on.")).to_be_visible()
    page.get_by_label("Visits and pages").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Messages").get_by_text("Saved.")).to_be_visible()

    row = TrackingSettings.objects.get()
    assert (row.visits, row.dwell, row.scroll) == (True, True, False)


def test_the_period_stays_when_pages_are_filtered(open_page, marketer, screens):
    page = open_page(marketer, reverse("report_pages") + PERIOD)

    page.get_by_placeholder("Search").fill("/a")
    page.wait_for_url("**q=*")

    assert "first=2026-11-02" in page.url
    expect(page.get_by_role("link", name="/a", exact=True)).to_be_visible()
