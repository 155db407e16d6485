import pytest
from playwright.sync_api import expect


@pytest.fixture
def samples(open_page, admin):
    return open_page(admin, "/styleguide/listing/")


def first_name(page):
    return page.locator("tbody .row-link").first


def test_sorting_changes_the_address_and_the_rows_but_not_the_page(samples):
    samples.evaluate("window.stays = true")

    samples.get_by_role("link", name="Number").click()
    samples.wait_for_url("**/?ordering=number")
    expect(samples.get_by_role("columnheader", name="Number")).to_have_attribute(
        "aria-sort", "ascending"
    )
    samples.get_by_role("link", name="Number").click()

    samples.wait_for_url("**/?ordering=-number")
    assert samples.evaluate("window.stays") is True


def test_searching_keeps_the_focus_and_goes_back_with_the_browser(samples):
    before = first_name(samples).text_content()
    field = samples.get_by_role("searchbox", name="Search samples")
    field.click()

    samples.keyboard.type("view lead", delay=20)
    expect(first_name(samples)).to_have_text("Can view lead")
    expect(field).to_be_focused()
    expect(field).to_have_value("view lead")
    samples.go_back()

    samples.wait_for_url("**/styleguide/listing/")
    expect(first_name(samples)).to_have_text(before)


def test_a_filter_shows_as_a_chip_that_takes_it_away(samples):
    before = first_name(samples).text_content()
    samples.get_by_role("button", name="Filter").click()
    samples.get_by_label("Codename contains").click()
    samples.keyboard.type("view_lead")
    samples.get_by_role("button", name="Apply").click()
    expect(samples.get_by_text("Codename contains: view_lead")).to_be_visible()
    samples.keyboard.press("Escape")

    samples.get_by_text("Codename contains: view_lead").click()

    expect(samples.get_by_text("Codename contains: view_lead")).to_be_hidden()
    expect(first_name(samples)).to_have_text(before)


def test_all_that_match_can_be_chosen_when_the_page_is_full(samples):
    box = samples.get_by_role("checkbox", name="Select all rows of this page")
    box.check()
    expect(samples.get_by_text("25 selected")).to_be_visible()

    samples.get_by_text("matching").click()

    expect(samples.get_by_text("25 selected")).to_be_hidden()
    assert samples.locator("input[name=scope]").is_checked()


def test_without_scripts_the_list_is_sorted_and_searched_too(open_page, admin):
    page = open_page(admin, "/styleguide/listing/", java_script_enabled=False)

    page.get_by_role("link", name="Number").click()
    page.get_by_role("searchbox", name="Search samples").fill("view lead")
    page.keyboard.press("Enter")

    page.wait_for_url("**/?ordering=number&q=view+lead*")
    expect(first_name(page)).to_contain_text("Can view lead")


def test_columns_are_chosen_and_stay_in_the_address(samples):
    samples.get_by_role("button", name="Columns").click()
    samples.get_by_role("checkbox", name="Code").check()
    samples.wait_for_url("**columns=code*")
    expect(samples.get_by_role("columnheader", name="Code")).to_be_visible()

    samples.reload()

    expect(samples.get_by_role("columnheader", name="Code")).to_be_visible()


def test_more_rows_fit_on_a_page_when_asked(samples):
    samples.get_by_role("link", name="50", exact=True).click()

    expect(samples.locator("tbody tr")).to_have_count(50)
