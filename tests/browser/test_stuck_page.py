"""Stuck items in a real browser: on a phone, in the dark, and decided with a few clicks."""

import pytest
from playwright.sync_api import expect

from ground.due import MAX_ATTEMPTS
from scoring.models import DueScore
from tests.browser.pages import DESK, PHONE
from tests.stuck.scene import PAGE, make_mail, make_stuck_mails, make_stuck_score

pytestmark = [pytest.mark.case("J07"), pytest.mark.case("P6")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_fits_and_has_no_accessibility_violation(open_page, axe, admin, scheme, viewport):
    make_mail()
    make_stuck_score(error="ValueError: " + "x" * 400)
    make_stuck_mails(30)

    page = open_page(admin, PAGE, scheme=scheme, viewport=viewport)
    page.get_by_text("Details").first.click()

    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_one_is_tried_again_and_another_given_up_after_a_question(open_page, admin):
    row = make_stuck_score()
    make_stuck_mails(1)

    page = open_page(admin, PAGE)
    page.get_by_role("button", name="Try again").first.click()
    expect(page.locator(".note-text")).to_have_text("1 is tried again.")
    page.get_by_role("button", name="Discard").first.click()
    expect(page.get_by_text("This is what is lost by it:")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    assert DueScore.objects.get(pk=row.pk).attempts == MAX_ATTEMPTS
    page.get_by_role("button", name="Discard").first.click()
    expect(page.get_by_text("This is what is lost by it:")).to_be_visible()
    page.get_by_role("button", name="Discard").click()

    expect(page.locator(".note-text").last).to_have_text("1 was discarded.")
    assert not DueScore.objects.filter(pk=row.pk).exists()
