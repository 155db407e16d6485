"""What goes wrong on the way of (c), double opt-in: no text is lost, and nothing grants itself."""

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from capture.models import Form, FormVersion, OptIn
from capture.optin import token_of
from leads.models import Activity, Consent
from tests.browser.pages import slow_down, wait_until_ready
from tests.browser.signing import end_sessions, sign_in_elsewhere
from tests.capture.scene import NEWSLETTER_CONSENT, make_form, submit
from tests.journeys.editing import publish, told, write

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_site"),
    pytest.mark.requirement("S16"),
]
TEXT = "Yes, I would like to read news."


@pytest.fixture
def editor(open_page, marketer) -> Page:
    form = make_form("newsletter")
    return open_page(marketer, reverse("form_edit", args=[form.public_id]))


def text_of(page: Page) -> Locator:
    return page.locator("textarea[name^='text.']").first


def asked_for() -> list[tuple[str, bool]]:
    """Return the texts that visitors agree to, each with whether it is confirmed by mail."""
    consents = Form.objects.get().published.definition["consents"]
    return [(consent["text"], consent["double_opt_in"]) for consent in consents]


def test_a_double_click_on_publish_keeps_one_version_of_the_text(editor):
    write(text_of(editor), TEXT)
    editor.get_by_role("button", name="Publish").dblclick()
    expect(told(editor, "The form is published.")).to_be_visible()

    assert asked_for() == [(TEXT, True)]
    assert FormVersion.objects.count() == 2  # the one that it was made with, and this


def test_going_back_after_publishing_shows_the_new_text_and_publishes_nothing(editor):
    write(text_of(editor), TEXT)
    publish(editor)
    expect(told(editor, "The form is published.")).to_be_visible()
    editor.reload()
    editor.go_back()
    wait_until_ready(editor)
    expect(text_of(editor)).to_have_value(TEXT)

    assert asked_for() == [(TEXT, True)]
    assert FormVersion.objects.count() == 2


def test_a_text_typed_after_the_session_ended_is_published_after_signing_in(editor, marketer):
    end_sessions()
    write(text_of(editor), TEXT)
    expect(told(editor, "Your session has ended.")).to_be_visible()
    sign_in_elsewhere(editor, marketer)
    kept = text_of(editor).input_value()
    publish(editor)
    expect(told(editor, "The form is published.")).to_be_visible()

    assert kept == TEXT
    assert asked_for() == [(TEXT, True)]


def test_an_older_tab_is_told_before_its_text_takes_the_place(editor):
    older = editor.context.new_page()
    older.goto(editor.url)
    wait_until_ready(older)
    write(text_of(editor), TEXT)
    publish(editor)
    expect(told(editor, "The form is published.")).to_be_visible()
    write(text_of(older), "An older text")
    expect(older.get_by_text("Somebody else has changed this form")).to_be_visible()

    assert text_of(older).input_value() == "An older text"
    assert asked_for() == [(TEXT, True)]


def test_on_a_slow_line_the_whole_text_is_published(editor):
    slow_down(editor)
    write(text_of(editor), TEXT)
    publish(editor)
    expect(told(editor, "The form is published.")).to_be_visible()

    assert asked_for() == [(TEXT, True)]


@pytest.fixture
def confirmation(editor) -> str:
    """The address in the mail to somebody who has filled in the form."""
    submit(Form.objects.get(), **{NEWSLETTER_CONSENT: "on"})
    return f"/confirm/{token_of(OptIn.objects.get().public_id)}/"


@pytest.mark.requirement("S33")
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_page_of_the_mail_grants_once_with_and_without_scripts(
    open_page, confirmation, has_scripts
):
    page = open_page(None, confirmation, java_script_enabled=has_scripts)
    before = Consent.objects.get().state
    page.get_by_role("button", name="Confirm").dblclick()
    expect(page.locator("form.lf button")).to_have_count(0)
    page.go_back()
    page.reload()

    assert (before, Consent.objects.get().state) == ("pending", "granted")
    assert Activity.objects.filter(kind="optin.confirmed").count() == 1


@pytest.mark.requirement("S33")
def test_on_a_slow_line_an_impatient_click_confirms_once(open_page, confirmation):
    page = open_page(None, confirmation)
    slow_down(page)
    # The second click comes while the first is on its way.
    page.get_by_role("button", name="Confirm").evaluate(
        "button => { button.click(); setTimeout(() => button.click(), 100); }"
    )
    expect(page.locator("form.lf button")).to_have_count(0)

    assert Consent.objects.get().state == "granted"
    assert Activity.objects.filter(kind="optin.confirmed").count() == 1
