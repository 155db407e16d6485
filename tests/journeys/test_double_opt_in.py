"""(c) Double opt-in is on by itself; a marketer only changes its text."""

import time

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from capture.models import Form, OptIn
from capture.optin import token_of
from leads.models import Activity, Consent, ConsentEvent
from tests.browser.pages import DESK, PHONE, wait_until_ready
from tests.capture.scene import NEWSLETTER_CONSENT, make_form, submit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_site")]
TEXT = "Ja, ich möchte Neues lesen."
WORDS = {
    "de": {"publish": "Veröffentlichen"},
    "en": {"publish": "Publish"},
}


@pytest.fixture
def editor(open_page, marketer):
    """The editor of a form that asks for a consent, as it was made."""

    def open_it(language: str, viewport: dict[str, int]) -> Page:
        type(marketer).objects.filter(pk=marketer.pk).update(language=language)
        form = make_form("newsletter", language=language)
        address = reverse("form_edit", args=[form.public_id])
        return open_page(marketer, address, viewport=viewport, locale=language)

    return open_it


def consent_text(page: Page):
    return page.locator("textarea[name^='text.']").first


def change_it(page: Page) -> None:
    page.keyboard.press("Control+a")
    page.keyboard.type(TEXT)


@pytest.mark.requirement("S16")
@pytest.mark.parametrize(
    ("language", "viewport"),
    [("de", DESK), ("en", DESK), ("de", PHONE), ("en", PHONE)],
    ids=["de-desk", "en-desk", "de-phone", "en-phone"],
)
def test_change_the_text_of_a_consent(editor, journey, axe, language, viewport):
    words, page = WORDS[language], editor(language, viewport)
    assert page.locator("[name^='doi.']").first.is_checked()  # nobody clicked for it

    with journey("c_double_opt_in", page):
        consent_text(page).click()
        change_it(page)
        page.get_by_role("button", name=words["publish"]).click()
        expect(page.locator("#toasts .note-text").first).to_be_visible()
    wait_until_ready(page)
    axe(page)

    (consent,) = Form.objects.get().published.definition["consents"]
    assert (consent["text"], consent["double_opt_in"]) == (TEXT, True)


@pytest.mark.parametrize("language", ["de", "en"])
def test_change_the_text_with_the_keyboard_alone(editor, journey, language):
    page = editor(language, DESK)
    consent_text(page).focus()

    with journey("c_double_opt_in", page, by_keyboard=True):
        change_it(page)
        for _press in range(80):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("document.activeElement.matches('button[value=publish]')"):
                break
        page.keyboard.press("Enter")
        expect(page.locator("#toasts .note-text").first).to_be_visible()

    (consent,) = Form.objects.get().published.definition["consents"]
    assert consent["text"] == TEXT


@pytest.mark.requirement("S33")
@pytest.mark.parametrize("language", ["de", "en"])
def test_looking_confirms_nothing_and_the_button_keeps_text_version_and_time(open_page, language):
    form = make_form("newsletter", language=language)
    submit(form, **{NEWSLETTER_CONSENT: "on"})
    opt_in = OptIn.objects.get()
    page = open_page(None, f"/confirm/{token_of(opt_in.public_id)}/", locale=language)
    page.reload()
    before = (Consent.objects.get().state, Activity.objects.filter(kind="optin.confirmed").count())

    page.locator("form.lf button").dblclick()
    expect(page.locator("form.lf button")).to_have_count(0)
    page.go_back()

    opt_in.refresh_from_db()
    granted = ConsentEvent.objects.get(state="granted")
    assert before == ("pending", 0)
    assert granted.evidence["text"] == form.draft["consents"][0]["text"]
    assert granted.evidence["form_version"] == 1
    assert granted.evidence["confirmation"]["at"] == opt_in.confirmed_at.isoformat()
    assert Consent.objects.get().state == "granted"


def test_what_was_typed_stays_when_the_session_ends(editor):
    page = editor("en", DESK)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    consent_text(page).click()
    change_it(page)
    time.sleep(0.5)

    assert consent_text(page).input_value() == TEXT
    assert Form.objects.get().draft["consents"][0]["text"] != TEXT
