import time

import pytest
from playwright.sync_api import expect

from accounts.action import writing
from accounts.models import User


@pytest.fixture
def samples(open_page, admin):
    return open_page(admin, "/styleguide/listing/")


def test_question_mark_lists_the_keys(samples):
    samples.keyboard.press("?")

    expect(samples.get_by_role("dialog", name="Keyboard")).to_be_visible()


def test_ctrl_k_finds_a_page_and_enter_opens_it(samples):
    samples.keyboard.press("Control+k")
    samples.keyboard.type("audit")
    chosen = samples.get_by_role("option", name="Audit log")
    expect(chosen).to_have_attribute("aria-selected", "true")
    samples.keyboard.press("Enter")

    samples.wait_for_url("**/settings/audit/")


def test_enter_takes_the_answer_to_what_was_typed_however_late_it_comes(samples):
    samples.keyboard.press("Control+k")
    expect(samples.locator("#palette [role=option]").first).to_be_visible()
    samples.route("**/palette/**", lambda route: (time.sleep(0.4), route.continue_())[1])

    samples.keyboard.type("Create a form")
    samples.keyboard.press("Enter")

    samples.wait_for_url("**/capture/forms/new/")


def test_ctrl_k_twice_closes_the_palette(samples):
    samples.keyboard.press("Control+k")
    expect(samples.locator("#palette")).to_be_visible()

    samples.keyboard.press("Control+k")

    expect(samples.locator("#palette")).to_be_hidden()


def test_j_and_k_walk_through_the_rows_and_enter_opens_one(samples):
    rows = samples.locator("tbody tr")
    samples.keyboard.press("j")
    samples.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()

    samples.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    samples.keyboard.press("Enter")

    samples.wait_for_url("**/styleguide/listing/?row=*")


def test_x_picks_the_row_and_shows_what_can_be_done(samples):
    samples.keyboard.press("j")
    samples.keyboard.press("x")

    expect(samples.get_by_text("1 selected")).to_be_visible()


def test_slash_goes_to_the_search(samples):
    samples.keyboard.press("/")

    expect(samples.get_by_role("searchbox", name="Search samples")).to_be_focused()


def test_no_key_fires_while_somebody_types(samples):
    field = samples.get_by_role("searchbox", name="Search samples")
    field.click()

    samples.keyboard.type("jk?x/")

    expect(field).to_have_value("jk?x/")
    expect(samples.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    expect(field).to_be_focused()


def test_single_keys_can_be_switched_off(open_page, admin):
    with writing("scene"):
        User.objects.filter(pk=admin.pk).update(has_single_keys=False)
    page = open_page(admin, "/styleguide/listing/")
    expect(page.locator("body")).to_have_attribute("data-keys-single-value", "false")

    page.keyboard.press("?")
    page.keyboard.press("j")

    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    expect(page.locator("tbody tr").first).not_to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
