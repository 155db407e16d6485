"""What goes wrong on the way of (b), building a form: no click, key or letter may be lost by it."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from capture.models import Form, FormVersion, Submission
from leads.models import Lead
from tests.browser.pages import slow_down, wait_until_ready
from tests.browser.signing import end_sessions, sign_in_elsewhere
from tests.capture.scene import make_form, work
from tests.journeys.editing import publish, told, write

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_site"),
    pytest.mark.requirement("S13"),
]
HEADLINE = "Your offer in short"


@pytest.fixture
def editor(open_page, marketer) -> Page:
    """The editor of a form that nobody has published."""
    page = open_page(marketer, reverse("form_create"))
    page.locator("button[name=template][value=contact]").click()
    page.locator("#side").wait_for()
    wait_until_ready(page)
    return page


def headline(page: Page) -> Locator:
    return page.locator("#f-headline")


def published() -> str:
    return Form.objects.get().published.definition["headline"]


def test_a_double_click_on_a_template_makes_one_form(open_page, marketer):
    page = open_page(marketer, reverse("form_create"))
    page.locator("button[name=template][value=contact]").dblclick()
    page.locator("#side").wait_for()

    assert Form.objects.count() == 1


def test_a_double_click_on_publish_publishes_once(editor):
    write(headline(editor), HEADLINE)
    editor.get_by_role("button", name="Publish").dblclick()
    expect(told(editor, "The form is published.")).to_be_visible()

    assert published() == HEADLINE
    assert FormVersion.objects.count() == 1


def test_going_back_after_publishing_shows_what_is_there_and_goes_on(editor):
    write(headline(editor), HEADLINE)
    publish(editor)
    expect(told(editor, "The form is published.")).to_be_visible()
    editor.go_back()
    wait_until_ready(editor)
    expect(headline(editor)).to_have_value(HEADLINE)
    write(headline(editor), "Even shorter")
    publish(editor)
    expect(editor.locator("#snippet")).to_be_visible()
    expect(told(editor, "The form is published.")).to_be_visible()

    assert published() == "Even shorter"


def test_what_is_typed_after_the_session_ended_is_published_after_signing_in(editor, marketer):
    end_sessions()
    write(headline(editor), HEADLINE)
    expect(told(editor, "Your session has ended.")).to_be_visible()
    publish(editor)
    expect(headline(editor)).to_have_value(HEADLINE)
    sign_in_elsewhere(editor, marketer)
    publish(editor)
    expect(told(editor, "The form is published.")).to_be_visible()

    assert published() == HEADLINE


def test_saving_while_typing_goes_on_after_signing_in_again(editor, marketer):
    end_sessions()
    sign_in_elsewhere(editor, marketer)
    write(headline(editor), HEADLINE)
    expect(editor.locator("#side .lf-headline")).to_have_text(HEADLINE)

    assert Form.objects.get().draft["headline"] == HEADLINE
    assert editor.locator(".note").count() == 0


def test_an_older_tab_is_told_and_what_was_typed_there_stays(editor):
    older = editor.context.new_page()
    older.goto(editor.url)
    wait_until_ready(older)
    write(headline(editor), HEADLINE)
    publish(editor)
    expect(told(editor, "The form is published.")).to_be_visible()

    # At once, before it is saved while typing.
    older.evaluate(
        """() => {
            document.querySelector("#f-headline").value = "From the older tab";
            document.querySelector("button[value=publish]").click();
        }"""
    )
    expect(older.get_by_text("Somebody else has changed this form")).to_be_visible()
    kept, before = headline(older).input_value(), published()
    publish(older)
    expect(told(older, "The form is published.")).to_be_visible()

    assert (kept, before) == ("From the older tab", HEADLINE)
    assert published() == "From the older tab"


def test_saving_while_typing_takes_no_place_from_another_tab_and_a_button_does(editor):
    older = editor.context.new_page()
    older.goto(editor.url)
    wait_until_ready(older)
    write(headline(editor), HEADLINE)
    expect(editor.locator("#side .lf-headline")).to_have_text(HEADLINE)
    write(headline(older), "From the older tab")
    expect(older.locator("#side .lf-headline")).to_have_text("From the older tab")
    expect(older.get_by_text("Somebody else has changed this form")).to_be_visible()
    before = Form.objects.get().draft["headline"]
    publish(older)
    expect(told(older, "The form is published.")).to_be_visible()

    assert before == HEADLINE
    assert published() == "From the older tab"


def test_on_a_slow_line_everything_typed_is_published(editor):
    slow_down(editor)
    write(headline(editor), HEADLINE)
    publish(editor)
    expect(told(editor, "The form is published.")).to_be_visible()

    assert published() == HEADLINE
    assert FormVersion.objects.count() == 1


def test_without_scripts_a_refusal_keeps_what_was_typed_and_the_next_press_brings_a_lead(open_page):
    form = make_form()
    page = open_page(None, f"/f/{form.public_id}/", java_script_enabled=False)
    page.wait_for_timeout(2100)
    page.locator("[name=email]").fill("ada@example.org")
    page.get_by_role("button", name="Send message").click()
    question = page.get_by_text("plus").inner_text()
    kept = page.locator("[name=email]").input_value()
    page.get_by_label(question).fill(str(sum(map(int, re.findall(r"\d+", question)))))
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    work()

    assert kept == "ada@example.org"
    assert Submission.objects.get(state="processed").form == form
    assert Lead.objects.get().email == "ada@example.org"
