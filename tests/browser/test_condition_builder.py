"""The builder of conditions in a real browser."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from leads.models import Segment
from tests.browser.pages import PHONE
from tests.conditions.scene import leaf
from tests.factories import make_lead


def condition(page: Page) -> dict[str, Any]:
    """Return the JSON that the form would send."""
    return json.loads(page.locator("textarea[name=where]").input_value())


@pytest.fixture
def builder(open_page: Any, admin: User) -> Page:
    """The builder of an empty form, ready for the first choice."""
    page = open_page(admin, "/styleguide/#part-conditions")
    expect(page.get_by_label("What is asked")).to_be_visible()
    return page


@pytest.mark.requirement("S88")
def test_a_rule_takes_three_choices_and_shows_its_effect(builder: Page) -> None:
    make_lead(city="Berlin")
    make_lead(city="Hamburg")

    builder.get_by_label("What is asked").select_option("City")
    builder.get_by_label("Value").fill("Berlin")

    preview = builder.locator(".condition-preview")
    expect(preview).to_contain_text("City is “Berlin”")
    expect(preview).to_contain_text("1 lead meets this now.")
    assert condition(builder) == {"all": [leaf("city", "is", "Berlin")]}


@pytest.mark.requirement("S88")
def test_groups_are_built_and_taken_away(builder: Page) -> None:
    builder.get_by_label("What is asked").select_option("City")
    builder.get_by_label("Value").fill("Berlin")
    builder.get_by_role("button", name="Group").click()
    inner = builder.get_by_role("group", name="at least one of these applies")
    inner.get_by_label("What is asked").select_option("Stage")
    inner.get_by_label("Value").select_option("MQL")
    inner.get_by_role("button", name="Condition", exact=True).click()
    second = inner.get_by_role("group", name="Condition 3")
    second.get_by_label("What is asked").select_option("Score")
    second.get_by_label("Value").fill("50")

    berlin, mql, score = (
        leaf("city", "is", "Berlin"),
        leaf("stage", "is", "mql"),
        leaf("score", "at_least", 50),
    )
    assert condition(builder) == {"all": [berlin, {"any": [mql, score]}]}

    inner.get_by_label("Which of the conditions must hold").select_option("none of these applies")
    assert condition(builder) == {"all": [berlin, {"not": {"any": [mql, score]}}]}

    builder.get_by_role("button", name="Remove the group").click()
    assert condition(builder) == {"all": [berlin]}
    builder.get_by_role("button", name="Remove: Condition 1").click()
    assert condition(builder) == {"everyone": True}
    expect(builder.get_by_text("No condition: everyone is meant.")).to_be_visible()


def test_every_kind_of_value_can_be_entered(builder: Page) -> None:
    field = builder.get_by_label("What is asked")
    op = builder.get_by_label("How it is compared")

    field.select_option("Stage")
    op.select_option("is one of")
    builder.get_by_label("Add…").select_option("MQL")
    builder.get_by_label("Add…").select_option("SQL")
    builder.get_by_role("button", name="Remove: MQL").click()
    assert condition(builder)["all"] == [leaf("stage", "is_one_of", ["sql"])]

    field.select_option("Tags")
    op.select_option("has all of")
    builder.get_by_label("Add…").fill("VIP")
    builder.get_by_label("Add…").press("Enter")
    expect(builder.get_by_label("Add…")).to_be_focused()
    assert condition(builder)["all"] == [leaf("tags", "has_all_of", ["VIP"])]

    field.select_option("Created")
    builder.get_by_label("days").fill("14")
    assert condition(builder)["all"] == [leaf("created_at", "in_last_days", 14)]
    op.select_option("is between")
    builder.get_by_label("from").fill("2026-01-01")
    builder.get_by_label("to", exact=True).fill("2026-01-31")
    assert condition(builder)["all"] == [
        leaf("created_at", "between", ["2026-01-01", "2026-01-31"])
    ]

    field.select_option("Number of activities")
    builder.get_by_label("Kind").select_option("Note written")
    builder.get_by_label("Value").fill("3")
    builder.get_by_label("in the last … days").fill("14")
    assert condition(builder)["all"] == [
        leaf("activity_count", "at_least", 3, kind="note.added", within_days=14)
    ]


def test_what_the_server_refuses_is_marked_in_its_row(builder: Page) -> None:
    builder.get_by_text("As text").click()
    builder.locator("textarea[name=where]").fill(
        json.dumps({"all": [leaf("city", "is", "x"), leaf("score", "is", 2.5)]})
    )

    expect(builder.locator(".condition-preview")).to_contain_text("Must be a whole number.")
    expect(builder.get_by_role("group", name="Condition 2")).to_have_class("condition-row is-wrong")
    expect(builder.get_by_role("group", name="Condition 1")).to_have_class("condition-row")


def test_a_half_condition_is_not_sent(builder: Page) -> None:
    builder.get_by_label("What is asked").select_option("City")
    builder.locator("form:has(.condition)").get_by_role("button", name="Save").click()

    assert builder.get_by_label("Value").evaluate("input => input.validity.valueMissing")
    assert builder.url.endswith("/styleguide/#part-conditions")


def test_the_builder_works_by_keyboard_alone(builder: Page) -> None:
    builder.get_by_label("What is asked").focus()
    builder.keyboard.type("City")
    builder.keyboard.press("Tab")
    expect(builder.get_by_label("How it is compared")).to_be_focused()
    builder.keyboard.press("Tab")
    builder.keyboard.type("Berlin")

    assert condition(builder) == {"all": [leaf("city", "is", "Berlin")]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_builder_has_no_accessibility_violation(builder: Page, axe: Any, scheme: str) -> None:
    builder.emulate_media(color_scheme=scheme)
    builder.get_by_label("What is asked").select_option("City")
    builder.get_by_label("Value").fill("Berlin")
    expect(builder.locator(".condition-preview")).to_be_visible()
    builder.get_by_role("button", name="Group").click()

    axe(builder)


def test_the_builder_fits_on_a_phone(open_page: Any, admin: User) -> None:
    page = open_page(admin, "/styleguide/", viewport=PHONE)
    page.get_by_label("What is asked").select_option("Number of activities")

    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.requirement("S88")
def test_a_list_is_narrowed_and_becomes_a_segment(open_page: Any, marketer: User) -> None:
    make_lead(city="Berlin", last_name="Inside")
    make_lead(city="Hamburg", last_name="Outside")
    page = open_page(marketer, "/leads/")

    page.get_by_role("link", name="Conditions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What is asked").select_option("City")
    dialog.get_by_label("Value").fill("Berlin")
    dialog.get_by_role("button", name="Show these leads").click()
    expect(page.get_by_text("City is “Berlin”")).to_be_visible()
    expect(page.get_by_text("Ada Inside")).to_be_visible()
    expect(page.get_by_text("Ada Outside")).to_have_count(0)

    page.get_by_role("link", name="Conditions").click()
    dialog.get_by_role("button", name="Make a segment of them").click()
    # The search of the list is called after the name too.
    page.wait_for_url("**/segments/new/**")
    page.get_by_label("Name").fill("Berliners")
    expect(page.locator(".condition-preview")).to_contain_text("1 lead meets this now.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Berliners")).to_be_visible()
    expect(page.get_by_role("link", name="Ada Inside")).to_be_visible()

    segment = Segment.objects.get()
    assert (segment.name, segment.where) == ("Berliners", {"all": [leaf("city", "is", "Berlin")]})


def test_without_scripts_the_text_field_is_there(open_page: Any, admin: User) -> None:
    page = open_page(admin, "/styleguide/", java_script_enabled=False)

    expect(page.locator("textarea[name=where]")).to_be_visible()
