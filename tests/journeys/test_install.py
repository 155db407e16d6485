"""(a) Two shell commands, then the wizard, then the first lead of one's own form."""

import os
import re
import time
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import DESK, PHONE, check_accessibility, wait_until_ready
from tests.services.running import Up, free_port, wait_until

# What the two languages call things.
WORDS = {
    "de": {
        "form": "Formular „Kontakt“ öffnen",
        "consent": "per E-Mail über Angebote",
        "send": "Nachricht senden",
        "thanks": "Vielen Dank!",
        "news": "Ihr erster Lead ist da",
        "list": "Alle Leads",
        "source": "Website",
        "state": "Wartet auf Bestätigung",
    },
    "en": {
        "form": "Open the form “Contact”",
        "consent": "about offers and news by e-mail",
        "send": "Send message",
        "thanks": "Thank you!",
        "news": "Your first lead is here",
        "list": "All leads",
        "source": "Website",
        "state": "Waiting for confirmation",
    },
}
LEAD = "ada@example.org"


@pytest.fixture
def installation(var):
    """An installation that nobody has set up, and the seconds until it answered."""
    started = time.monotonic()
    up = Up(var, free_port())
    up.wait_until_ready()
    yield up, time.monotonic() - started
    up.stop()


@pytest.mark.requirement("S13")
@pytest.mark.parametrize(
    ("language", "viewport"),
    [("de", DESK), ("en", PHONE)],
    ids=["de-desk", "en-phone"],
)
def test_install_to_first_lead(installation, browser: Browser, journey, language, viewport):
    up, seconds = installation
    words = WORDS[language]
    page = visit(browser, language, viewport)
    # The way in is told once everything answers.
    wait_until(lambda: "/setup/" in up.log.read_text(), seconds=30)
    (address,) = re.findall(r"http\S+/setup/\S+", up.log.read_text())
    page.goto(address)
    check_accessibility(page)

    with journey("a_install_to_first_lead", page) as running:
        answer_the_wizard(page)
        with page.context.expect_page() as opened:
            page.get_by_role("link", name=words["form"]).click()
        form = opened.value
        form.wait_for_load_state()
        running.follow(form)
        with running.machine():
            send_the_form(form, words)
            page.bring_to_front()
            expect(page.get_by_text(words["news"])).to_be_visible(timeout=20_000)
        page.get_by_role("link", name=words["list"], exact=True).click()
        row = page.locator(".listing tbody tr").first
        expect(row).to_contain_text(LEAD)

    assert seconds <= 60 or "JOURNEYS_TIMED" not in os.environ
    expect(row).to_contain_text(words["source"])
    page.goto(page.url.split("?")[0])
    page.locator(".row-link").first.click()
    expect(page.get_by_role("note")).to_contain_text(words["state"])
    assert is_gone(address)


def visit(browser: Browser, language: str, viewport) -> Page:
    context = browser.new_context(locale=language, viewport=viewport, timezone_id="Europe/Berlin")
    context.set_default_timeout(20_000)
    return context.new_page()


def answer_the_wizard(page: Page) -> None:
    """Type the three answers that cannot be guessed: language and time zone are filled in."""
    page.keyboard.type("Muster GmbH")
    page.locator("[name=email]").click()
    page.keyboard.type("chef@muster.example")
    page.locator("[name=password]").click()
    page.keyboard.type("ein langer Satz")
    page.locator("button.btn-primary").click()
    page.locator(".shell").wait_for()
    wait_until_ready(page)


def send_the_form(form: Page, words: dict[str, str]) -> None:
    form.locator("[name=email]").click()
    form.keyboard.type(LEAD, delay=120)
    form.get_by_label(words["consent"]).check()
    form.get_by_role("button", name=words["send"]).click()
    expect(form.get_by_text(words["thanks"])).to_be_visible()


def is_gone(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=10)
    except urllib.error.HTTPError as answer:
        return answer.code == 404
    return False
