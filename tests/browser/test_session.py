"""What was typed outlives the session: pages that are posted as a whole, and those of htmx."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from capture.models import Form
from tests.browser.signing import end_sessions, sign_in_elsewhere
from tests.capture.scene import make_form

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def settings_page(open_page, marketer) -> Page:
    """The settings of a form, with a new name typed: posted as a page, without htmx."""
    page = open_page(marketer, reverse("form_settings", args=[make_form().public_id]))
    page.locator("main [name=name]").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Spring fair")
    return page


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def told(page: Page, text: str):
    return page.get_by_role("region", name="Messages").get_by_text(text)


def test_a_page_stays_with_what_was_typed_when_the_session_has_ended(settings_page, marketer):
    address = settings_page.url
    end_sessions()
    save(settings_page)
    expect(told(settings_page, "Your session has ended.")).to_be_visible()
    save(settings_page)
    expect(told(settings_page, "Your session has ended.")).to_have_count(1)
    stayed = (settings_page.url, settings_page.locator("main [name=name]").input_value())

    sign_in_elsewhere(settings_page, marketer)
    save(settings_page)
    expect(told(settings_page, "Settings saved.")).to_be_visible()

    assert stayed == (address, "Spring fair")
    assert Form.objects.get().name == "Spring fair"


def test_with_an_old_token_the_first_press_works(settings_page, marketer):
    end_sessions()
    sign_in_elsewhere(settings_page, marketer)
    save(settings_page)
    expect(told(settings_page, "Settings saved.")).to_be_visible()

    assert Form.objects.get().name == "Spring fair"


def test_nothing_is_sent_in_the_name_of_somebody_else(settings_page, admin):
    end_sessions()
    sign_in_elsewhere(settings_page, admin)
    save(settings_page)
    expect(told(settings_page, "Somebody else has signed in here.")).to_be_visible()

    assert settings_page.locator("main [name=name]").input_value() == "Spring fair"
    assert Form.objects.get().name != "Spring fair"


def test_without_connection_a_page_stays_with_what_was_typed(settings_page, watch):
    settings_page.context.set_offline(True)
    save(settings_page)
    expect(told(settings_page, "There is no connection.")).to_be_visible()
    settings_page.context.set_offline(False)
    save(settings_page)
    expect(told(settings_page, "Settings saved.")).to_be_visible()

    assert Form.objects.get().name == "Spring fair"
    assert all("ERR_INTERNET_DISCONNECTED" in problem for problem in watch.problems)
    watch.problems.clear()


def test_a_double_click_posts_once(settings_page):
    posts = []
    settings_page.on("request", lambda asked: asked.method == "POST" and posts.append(asked.url))
    settings_page.get_by_role("button", name="Save", exact=True).dblclick()
    expect(told(settings_page, "Settings saved.")).to_be_visible()

    assert len(posts) == 1


def test_a_dialog_is_sent_again_with_the_new_token(open_page, admin):
    page = open_page(admin, "/styleguide/")
    page.get_by_role("link", name="Open in a dialog").click()
    dialog = page.locator("#modal")
    dialog.get_by_label("E-mail").click()
    page.keyboard.type("kim@example.org")
    end_sessions()
    sign_in_elsewhere(page, admin)
    dialog.get_by_role("button", name="Save").click()

    expect(dialog.locator("[aria-invalid=true]").first).to_be_visible()  # the server's own word
    expect(dialog.get_by_label("E-mail")).to_have_value("kim@example.org")


def test_the_preview_of_a_condition_goes_on_with_the_new_token(open_page, admin):
    page = open_page(admin, "/styleguide/#part-conditions")
    expect(page.get_by_label("What is asked")).to_be_visible()
    end_sessions()
    sign_in_elsewhere(page, admin)
    page.get_by_label("What is asked").select_option("City")
    page.get_by_label("Value").fill("Berlin")

    expect(page.locator(".condition-preview")).to_contain_text("No lead meets this now.")
