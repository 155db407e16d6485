from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect


@pytest.fixture
def guide(open_page, admin):
    page = open_page(admin, "/styleguide/")
    page.wait_for_selector(".board[data-sortable]")
    page.get_by_role("group", name="Deals").scroll_into_view_if_needed()
    return page


def menu_of(page):
    return page.locator("#board-menu")


def moved_to(request) -> list[str]:
    return parse_qs(request.post_data)["to"]


def test_a_card_is_moved_by_its_menu(guide):
    guide.get_by_role("link", name="Move Acme to…").click()
    expect(menu_of(guide).get_by_role("button", name="Won")).to_be_in_viewport()
    expect(menu_of(guide).get_by_role("button", name="New")).to_be_hidden()

    with guide.expect_request(lambda request: request.method == "POST") as moved:
        menu_of(guide).get_by_role("button", name="Won").click()

    assert moved_to(moved.value) == ["won"]


def test_a_card_that_is_dragged_posts_the_same(guide):
    target = guide.locator(".board-list[data-column=talking]")

    with guide.expect_request(lambda request: request.method == "POST") as moved:
        guide.locator("#deal-2").drag_to(target)

    assert moved_to(moved.value) == ["talking"]


def test_the_keyboard_walks_from_card_to_card_and_moves_one(guide):
    guide.locator("#deal-1 a").first.focus()
    guide.keyboard.press("ArrowDown")
    expect(guide.locator("#deal-2 a").first).to_be_focused()

    guide.keyboard.press("m")
    expect(menu_of(guide)).to_be_visible()
    expect(menu_of(guide).get_by_role("button", name="Talking")).to_be_focused()

    with guide.expect_request(lambda request: request.method == "POST") as moved:
        guide.keyboard.press("Enter")
    assert moved_to(moved.value) == ["talking"]
