"""Building a form as a marketer does: with the mouse and the keyboard."""

import time

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from capture.models import Form
from tests.browser.pages import DESK, PHONE
from tests.capture.scene import make_form

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


@pytest.fixture
def editor(open_page, marketer):
    form = make_form()
    return open_page(marketer, reverse("form_edit", args=[form.public_id]))


def order():
    return [field["name"] for field in Form.objects.get().draft["fields"]]


def saved(page):
    """Wait for the answer to what is saved next."""
    return page.expect_response(lambda answer: answer.request.method == "POST")


def test_publishing_right_after_typing_publishes_what_was_typed(editor):
    editor.get_by_label("Headline").click()
    editor.keyboard.press("End")
    editor.keyboard.type(" Write to us!", delay=40)
    editor.get_by_role("button", name="Publish").click()
    expect(editor.get_by_role("region", name="Messages")).to_contain_text("The form is published.")

    published = Form.objects.get().published.definition["headline"]
    assert published == "How can we help you? Write to us!"


def test_nothing_is_saved_beside_what_is_being_published(editor):
    sent = []
    editor.on("request", lambda asked: asked.method == "POST" and sent.append(asked.post_data))
    # Slow enough for a save to be sent beside it.
    editor.route("**/capture/forms/**", lambda route: (time.sleep(0.3), route.continue_())[1])

    editor.evaluate(
        """() => {
            const field = document.querySelector("#f-headline");
            field.value = "Write to us";
            field.dispatchEvent(new Event("input", { bubbles: true }));
            document.querySelector("button[value=publish]").click();
        }"""
    )
    expect(editor.get_by_role("region", name="Messages")).to_contain_text("The form is published.")

    assert len(sent) == 1
    assert Form.objects.get().published.definition["headline"] == "Write to us"


def test_typing_on_while_a_slow_save_is_under_way_is_saved_too(editor):
    editor.route("**/capture/forms/**", lambda route: (time.sleep(0.5), route.continue_())[1])
    editor.get_by_label("Headline").click()
    editor.keyboard.press("End")

    for letter in "!?":
        editor.keyboard.type(letter)
        editor.wait_for_timeout(200)
    expect(editor.locator("#side .lf-headline")).to_have_text("How can we help you?!?")

    assert Form.objects.get().draft["headline"] == "How can we help you?!?"
    expect(editor.get_by_text("Somebody else has changed this form.")).to_have_count(0)


def test_fields_move_with_the_arrow_keys_and_the_focus_stays(editor):
    handle = editor.get_by_role("button", name="Move E-mail with the arrow keys")
    handle.focus()

    with saved(editor):
        editor.keyboard.press("ArrowUp")
    with saved(editor):
        editor.keyboard.press("ArrowUp")

    expect(handle).to_be_focused()
    assert order()[:3] == ["email", "first_name", "last_name"]


def test_fields_are_added_by_a_menu(editor):
    editor.get_by_role("button", name="Add a field").click()
    with saved(editor):
        editor.get_by_role("button", name="City", exact=True).click()

    expect(editor.locator("[data-field-row=city]")).to_be_visible()
    assert order()[-1] == "city"


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_the_editor_can_be_used_by_everybody(open_page, marketer, axe, viewport):
    address = reverse("form_edit", args=[make_form().public_id])
    page = open_page(marketer, address, viewport=viewport)

    axe(page)

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
