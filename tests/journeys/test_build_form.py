"""(b) A marketer makes a form and puts it on a website of another origin."""

import time

import pytest
from playwright.sync_api import Page, expect

from capture.models import Form, Sighting, Submission
from leads.models import Lead
from tests.browser.pages import DESK, PHONE, wait_until_ready
from tests.capture.scene import work
from tests.journeys.recorder import Journey

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_site")]
HEADLINE = "Ihr Angebot in Kürze"
WORDS = {
    "de": {
        "create": "Formular anlegen",
        "template": "Kontakt",
        "headline": "Überschrift",
        "publish": "Veröffentlichen",
        "send": "Nachricht senden",
        "thanks": "Vielen Dank!",
    },
    "en": {
        "create": "Create a form",
        "template": "Contact",
        "headline": "Headline",
        "publish": "Publish",
        "send": "Send message",
        "thanks": "Thank you!",
    },
}


@pytest.fixture
def forms_page(open_page, marketer):
    """The page of forms as the marketer sees it in a language, on a screen of a size."""

    def open_it(language: str, viewport: dict[str, int]) -> Page:
        type(marketer).objects.filter(pk=marketer.pk).update(language=language)
        page = open_page(marketer, "/", viewport=viewport, locale=language)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        return page

    return open_it


@pytest.mark.requirement("S13")
@pytest.mark.parametrize(
    ("language", "viewport"),
    [("de", DESK), ("en", DESK), ("de", PHONE), ("en", PHONE)],
    ids=["de-desk", "en-desk", "de-phone", "en-phone"],
)
def test_build_and_embed_a_form(forms_page, open_page, website, journey, axe, language, viewport):
    words, page = WORDS[language], forms_page(language, viewport)

    with journey("b_build_and_embed_a_form", page) as running:
        page.keyboard.press("Control+k")
        page.keyboard.type(words["create"])
        page.get_by_role("option", name=words["create"]).click()
        page.locator("button[name=template]", has_text=words["template"]).first.click()
        page.locator("#side").wait_for()
        wait_until_ready(page)
        write_the_headline(page, words, running)
        page.get_by_role("button", name=words["publish"]).click()
        page.locator("#snippet").wait_for()
        wait_until_ready(page)
        page.locator(".copy", has=page.locator("#snippet")).get_by_role("button").click()
    axe(page)

    website.pages["/"] = copied(page)
    visitor = open_page(None, f"{website.url}/", locale=language)
    expect(visitor.get_by_role("heading", name=HEADLINE)).to_be_visible()
    send(visitor, words)
    work()

    submission, form = Submission.objects.get(), Form.objects.get()
    assert (submission.form, submission.state) == (form, "processed")
    assert Sighting.objects.get(key=f"form:{submission.pk}").proof != ""  # nobody clicked for it
    assert Lead.objects.get().email == "ada@example.org"


@pytest.mark.parametrize("language", ["de", "en"])
def test_build_a_form_with_the_keyboard_alone(forms_page, journey, language):
    words, page = WORDS[language], forms_page(language, DESK)

    with journey("b_build_and_embed_a_form", page, by_keyboard=True) as running:
        page.keyboard.press("Control+k")
        page.keyboard.type(words["create"])
        page.keyboard.press("Enter")
        reach(page, "button[name=template][value=contact]")
        page.keyboard.press("Enter")
        page.locator("#side").wait_for()
        wait_until_ready(page)
        reach(page, "#f-headline")
        page.keyboard.press("Control+a")
        type_and_see(page, running)
        reach(page, "button[value=publish]", key="Shift+Tab")
        page.keyboard.press("Enter")
        page.locator("#snippet").wait_for()
        wait_until_ready(page)
        reach(page, "[data-action='copy#copy']")
        page.keyboard.press("Enter")

    form = Form.objects.get()
    assert form.published.definition["headline"] == HEADLINE
    assert str(form.public_id) in copied(page)


def copied(page: Page) -> str:
    """Return what is in the clipboard, as soon as something is."""
    return str(page.wait_for_function("() => navigator.clipboard.readText()").json_value())


def reach(page: Page, selector: str, *, key: str = "Tab") -> None:
    """Press ``key`` until the focus is on what ``selector`` names; where it is, not at all."""
    page.locator(selector).first.wait_for()
    for _press in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} is not reached with {key}.")


def write_the_headline(page: Page, words: dict[str, str], running: Journey) -> None:
    """Replace the headline."""
    page.get_by_label(words["headline"]).click()
    page.keyboard.press("Control+a")
    type_and_see(page, running)


def type_and_see(page: Page, running: Journey) -> None:
    """Type the headline, and see each letter in the preview before the next."""
    headline = page.locator("#side .lf-headline")
    for number in range(1, len(HEADLINE) + 1):
        with running.machine():
            page.keyboard.type(HEADLINE[number - 1])
            expect(headline).to_have_text(HEADLINE[:number])


def send(visitor: Page, words: dict[str, str]) -> None:
    visitor.locator("[name=email]").click()
    visitor.keyboard.type("ada@example.org")
    time.sleep(2.1)  # nobody fills in a form faster; one that is sent at once is held back
    visitor.get_by_role("button", name=words["send"]).click()
    expect(visitor.get_by_text(words["thanks"])).to_be_visible()
