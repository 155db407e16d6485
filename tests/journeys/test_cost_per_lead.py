"""(l) A marketer enters a month of costs and sees what a lead costs."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from capture.costs.months import month_before, month_key, month_of
from capture.models import Campaign, Cost, CostChange
from ground import days
from tests.browser.pages import DESK, PHONE
from tests.capture.cost_scene import credit, make_campaign, spend

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {
    "de": {
        "save": "Kosten speichern",
        "copy": "Wie im Vormonat",
        "shown": "250",
    },
    "en": {"save": "Save costs", "copy": "As the month before", "shown": "250"},
}
SCREENS = pytest.mark.parametrize(
    ("language", "viewport"),
    [("de", DESK), ("en", DESK), ("de", PHONE), ("en", PHONE)],
    ids=["de-desk", "en-desk", "de-phone", "en-phone"],
)


@pytest.fixture
def campaign() -> Campaign:
    """Last month is known; this month brought four leads."""
    made = make_campaign("Herbst")
    this = month_of(days.today())
    for kind, amount in (("media", "600"), ("creation", "200"), ("tools", "0"), ("staff", "100")):
        spend(made, amount, kind=kind, month=month_before(this))
    for _number in range(8):
        credit(made, this)
    return made


@pytest.fixture
def costs_page(open_page, marketer, campaign):
    def open_it(language: str, viewport: dict[str, int]) -> Page:
        type(marketer).objects.filter(pk=marketer.pk).update(language=language)
        address = reverse("campaign_detail", args=[campaign.public_id])
        return open_page(marketer, address, viewport=viewport, locale=language)

    return open_it


def cell(page: Page, kind: str):
    return page.locator(f"[name='{month_key(month_of(days.today()))}_{kind}']")


def figures(page: Page):
    return page.locator("#campaign-figures")


def messages(page: Page):
    return page.get_by_role("region", name="Messages")


@pytest.mark.requirement("S106")
@SCREENS
def test_enter_a_month_and_see_the_cost_per_lead(costs_page, journey, axe, language, viewport):
    words, page = WORDS[language], costs_page(language, viewport)
    row = page.locator("tr", has=cell(page, "media"))

    with journey("l_cost_per_lead", page) as running:
        row.get_by_role("button", name=words["copy"]).click()
        cell(page, "staff").click()
        page.keyboard.type("300")
        with running.machine():
            page.keyboard.press("Enter")
            expect(figures(page)).to_contain_text(words["shown"])
    axe(page)

    this = month_of(days.today())
    assert dict(Cost.objects.filter(month=this).values_list("kind", "amount")) == {
        "media": 600,
        "creation": 200,
        "tools": 0,
        "staff": 300,
    }


@pytest.mark.parametrize("language", ["de", "en"])
def test_enter_a_month_with_the_keyboard_alone(costs_page, journey, language):
    words, page = WORDS[language], costs_page(language, DESK)
    cell(page, "media").focus()

    with journey("l_cost_per_lead", page, by_keyboard=True) as running:
        page.keyboard.type("600;200;0;1200,00" if language == "de" else "600;200;0;1200.00")
        with running.machine():
            page.keyboard.press("Enter")
            expect(figures(page)).to_contain_text("362")  # 2,900 by 8

    assert words["shown"] != ""
    assert Cost.objects.filter(month=month_of(days.today())).count() == 4


def test_a_double_click_and_going_back_save_once(costs_page):
    page = costs_page("en", DESK)
    cell(page, "media").click()
    page.keyboard.type("80")
    page.get_by_role("button", name="Save costs").dblclick()
    expect(figures(page)).to_contain_text("980")
    page.go_back()
    page.go_forward()

    assert CostChange.objects.filter(cells__0__after="80.00").count() == 1


def test_in_a_second_tab_the_later_one_is_told_what_is_there(costs_page):
    first = costs_page("en", DESK)
    second = first.context.new_page()
    second.goto(first.url)
    second.wait_for_selector("html[data-ready]")
    for page, amount in ((first, "80"), (second, "90")):
        cell(page, "media").click()
        page.keyboard.type(amount)
        page.keyboard.press("Enter")
        expect(page.locator("body")).to_contain_text("980" if page is first else "Now it says: 80")

    assert cell(second, "media").input_value() == "90"
    assert Cost.objects.get(month=month_of(days.today()), kind="media").amount == Decimal(80)


def test_when_the_session_ends_what_was_typed_stays(costs_page):
    page = costs_page("en", DESK)
    cell(page, "media").click()
    page.keyboard.type("80")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.keyboard.press("Enter")
    expect(messages(page)).to_contain_text("Your session has ended.")

    assert cell(page, "media").input_value() == "80"
    assert not Cost.objects.filter(month=month_of(days.today())).exists()


def test_a_wrong_cell_is_marked_and_nothing_is_saved(costs_page, axe):
    page = costs_page("en", PHONE)
    cell(page, "media").click()
    page.keyboard.type("-5")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A cost cannot be negative.")).to_be_visible()
    axe(page)

    assert cell(page, "media").input_value() == "-5"
    assert not Cost.objects.filter(month=month_of(days.today())).exists()
