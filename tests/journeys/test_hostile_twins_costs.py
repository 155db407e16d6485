"""What goes wrong on the way of (l), entering costs: no amount is lost, and none is saved twice.

A double click, going back and a second tab are in ``test_cost_per_lead.py``, with the journey.
"""

from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from capture.costs.months import month_key, month_of
from capture.models import Cost, CostChange
from ground import days
from tests.browser.pages import slow_down
from tests.browser.signing import end_sessions, sign_in_elsewhere
from tests.capture.cost_scene import make_campaign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("S106")]


@pytest.fixture(params=["campaign", "common"])
def page(request, open_page, marketer) -> Page:
    """The table of costs, on the page of a campaign and on that of the common costs."""
    if request.param == "common":
        return open_page(marketer, reverse("cost_list"))
    return open_page(marketer, reverse("campaign_detail", args=[make_campaign("Herbst").public_id]))


def cell(page: Page, kind: str = "media") -> Locator:
    return page.locator(f"[name='{month_key(month_of(days.today()))}_{kind}']")


def enter(page: Page, amount: str) -> None:
    cell(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(amount)
    page.keyboard.press("Enter")


def told(page: Page, text: str) -> Locator:
    return page.get_by_role("region", name="Messages").get_by_text(text)


def test_an_amount_typed_before_the_session_ended_is_saved_after_signing_in(page, marketer):
    end_sessions()
    enter(page, "80")
    expect(told(page, "Your session has ended.")).to_be_visible()
    kept = cell(page).input_value()
    sign_in_elsewhere(page, marketer)
    page.get_by_role("button", name="Save costs").click()
    expect(told(page, "1 cost saved.")).to_be_visible()

    assert kept == "80"
    assert Cost.objects.get().amount == Decimal(80)


def test_what_was_refused_and_then_accepted_can_be_taken_back(page):
    enter(page, "-5")
    expect(page.get_by_text("A cost cannot be negative.")).to_be_visible()
    enter(page, "80")
    expect(told(page, "1 cost saved.")).to_be_visible()
    saved = Cost.objects.get().amount
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(told(page, "Taken back.")).to_be_visible()

    assert saved == Decimal(80)
    assert not Cost.objects.exists()
    assert CostChange.objects.count() == 2


def test_it_is_taken_back_with_a_token_from_before_signing_in_again(page, marketer):
    enter(page, "80")
    expect(told(page, "1 cost saved.")).to_be_visible()
    page.locator("#toasts").get_by_role("button", name="Undo").focus()  # so that it stays
    end_sessions()
    sign_in_elsewhere(page, marketer)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(told(page, "Taken back.")).to_be_visible()

    assert not Cost.objects.exists()


def test_after_going_back_the_table_can_be_saved_again(page):
    enter(page, "80")
    expect(told(page, "1 cost saved.")).to_be_visible()
    page.go_back()
    page.go_forward()
    page.wait_for_selector("html[data-ready]")
    enter(page, "90")
    expect(told(page, "1 cost saved.")).to_be_visible()

    assert Cost.objects.get().amount == Decimal(90)


def test_on_a_slow_line_pressing_again_and_again_saves_once(page):
    slow_down(page)
    enter(page, "80")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save costs").click(no_wait_after=True)
    expect(cell(page)).to_have_value("80")
    expect(page.get_by_role("region", name="Messages").locator(".note")).not_to_have_count(0)

    assert Cost.objects.get().amount == Decimal(80)
    assert CostChange.objects.count() == 1
