"""What a visitor's phone has to bear: weight, layout, order of reading, and no third parties."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from capture.models import PageView, Submission
from capture.readymade import KEYS
from tests.browser.pages import PHONE
from tests.browser.test_capture import fill, line
from tests.capture.scene import make_form, switch_on, work
from tests.services.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 60_000
# What lists of ad blockers refuse everywhere: measuring scripts, their pixels and their beacons.
BLOCKED = re.compile(
    r"/t\.js|/t(?:\?|$)|analytics|track(?:er|ing|\.)|pixel|beacon|/collect|/ads?[/.]|metrics|telemetry"
    r"|fingerprint|/stats?[/.]|popunder|banner",
    re.IGNORECASE,
)
SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => done(sum), 200));
})"""
ANSWERS = """() => ["navigation", "resource"]
  .flatMap(kind => performance.getEntriesByType(kind))
  .map(one => [one.name, one.encodedBodySize])"""
SMALL_TARGETS = """() => [...document.querySelectorAll("input, select, textarea, button, a")]
  .filter(one => one.offsetParent && one.type !== "hidden" && !one.closest("[aria-hidden]"))
  .map(one => [one.name || one.textContent, (one.closest("label") || one).getBoundingClientRect()])
  .filter(([, box]) => box.height < 24 || box.width < 24)
  .map(([name]) => name)"""


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


@pytest.fixture
def loaded(open_page):
    """Return a page as a phone shows it at the first visit, nothing from a cache."""

    def load(address, **options):
        page = open_page(None, address, viewport=PHONE, **options)
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.reload(wait_until="networkidle")
        return page

    return load


def address_of(form):
    return reverse("public_form", args=[form.public_id])


@pytest.mark.parametrize("key", KEYS)
def test_a_form_weighs_little_and_needs_nobody_else(loaded, live_server, key):
    page = loaded(address_of(make_form(key)))

    expect(page.locator("input:visible, button:visible").first).to_be_visible()
    answers = page.evaluate(ANSWERS)
    assert {url.split("/")[2] for url, _size in answers} == {live_server.url.split("/")[2]}
    assert 5_000 < sum(size for _url, size in answers) <= LIMIT
    # One sheet stands before the first picture; scripts do not.
    assert page.locator("head link[rel=stylesheet]").count() <= 2
    assert page.locator("script:not([defer]):not([async])").count() == 0


@pytest.mark.parametrize("key", KEYS)
def test_a_form_is_made_for_thumbs(loaded, axe, key):
    # German words are the longer ones.
    page = loaded(address_of(make_form(key, language="de")), locale="de")

    assert page.evaluate(SHIFT) < 0.1
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.documentElement.lang") == "de"
    # A phone zooms into fields whose letters are smaller.
    sizes = page.locator(".lf-input").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 16
    axe(page)


@pytest.mark.requirement("S13")
@pytest.mark.parametrize("is_blocking", [False, True], ids=["without_blocker", "with_blocker"])
def test_a_blocker_of_advertisements_does_not_stop_a_form(
    open_page, website, live_server, watch, is_blocking
):
    switch_on()
    form = make_form()
    tracking = f'<script src="{live_server.url}/t.js"></script>'
    consent = "<script>window.leadcrm && leadcrm('consent', true)</script>"
    website.pages["/kontakt"] = tracking + consent + line(live_server, form)
    website.pages["/"] = "<h1>Website</h1>"
    page = open_page(None, f"{website.url}/")
    blocked = []
    if is_blocking:
        page.route(BLOCKED, lambda route: (blocked.append(route.request.url), route.abort()))
    page.goto(f"{website.url}/kontakt")

    fill(page, Message="Bitte rufen Sie an.")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_text("Thank you! We have received your message")).to_be_visible()
    work()

    assert Submission.objects.get().state == "processed"
    if is_blocking:
        assert blocked == [f"{live_server.url}/t.js"]
        assert not PageView.objects.exists()
        assert watch.problems == ["console: Failed to load resource: net::ERR_FAILED"]
        watch.problems.clear()
    else:
        wait_until(PageView.objects.exists)


def test_a_form_is_read_aloud_in_the_order_in_which_it_is_seen(open_page):
    page = open_page(None, address_of(make_form()))
    told = page.locator("form").aria_snapshot()

    order = ["heading", "Write to us", "First name", "Last name", "E-mail", "Message", "checkbox"]
    places = [told.index(word) for word in (*order, 'button "Send message"')]
    assert places == sorted(places)
    assert "Leave this field empty" not in told

    seen = page.locator("form :is(input, textarea, select, button):visible").evaluate_all(
        "all => all.filter(one => !one.closest('[aria-hidden]')).map(one => one.id || one.type)"
    )
    met = []
    for _field in seen:
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.id || document.activeElement.type"))
    assert met == seen


def test_what_was_wrong_is_said_first_and_leads_to_the_field(open_page):
    page = open_page(None, address_of(make_form()))
    fill(page, **{"E-mail": "eva@", "Message": "Bitte rufen Sie an."})
    page.wait_for_timeout(2100)

    page.get_by_role("button", name="Send message").click()

    wrong = page.get_by_label("E-mail", exact=False).first
    expect(wrong).to_have_attribute("aria-invalid", "true")
    described = wrong.get_attribute("aria-describedby") or ""
    texts = [page.locator(f"[id='{one}']").inner_text() for one in described.split()]
    assert any("name@example.org" in text for text in texts)
    page.keyboard.type("x.de")
    assert page.evaluate("document.activeElement.name") == "email"
