import pytest
from playwright.sync_api import expect

from leads.models import Lead
from leads.stages import Stage
from tests.factories import make_lead

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lead():
    return make_lead(first_name="Ada", last_name="Lovelace")


@pytest.fixture
def board(open_page, marketer, lead):
    page = open_page(marketer, "/leads/board/")
    page.wait_for_selector(".board[data-sortable]")
    return page


def column(page, stage):
    return page.locator(f".board-list[data-column={stage}]")


def test_a_lead_is_moved_by_its_menu_and_stays_there(board, lead, axe):
    expect(column(board, "lead")).to_contain_text("Ada Lovelace")
    axe(board)

    board.get_by_role("link", name="Move Ada Lovelace to…").click()
    board.locator("#board-menu").get_by_role("button", name="MQL").click()

    expect(column(board, "mql")).to_contain_text("Ada Lovelace")
    expect(column(board, "lead")).not_to_contain_text("Ada Lovelace")
    assert Lead.objects.get().stage == Stage.MQL


def test_a_lead_is_moved_by_keys_alone(board, lead):
    menu = board.locator("#board-menu")
    board.get_by_role("link", name="Ada Lovelace", exact=True).focus()

    board.keyboard.press("m")
    expect(menu.get_by_role("button").first).to_be_focused()
    for _step in range(10):
        if menu.get_by_role("button", name="MQL").evaluate("it => it === document.activeElement"):
            break
        board.keyboard.press("Tab")
    board.keyboard.press("Enter")

    expect(column(board, "mql")).to_contain_text("Ada Lovelace")
    assert Lead.objects.get().stage == Stage.MQL


def test_a_move_that_a_gate_refuses_says_why_and_leaves_the_lead(open_page, rep, lead):
    page = open_page(rep, "/leads/board/?q=Lovelace")
    page.wait_for_selector(".board[data-sortable]")

    page.get_by_role("link", name="Move Ada Lovelace to…").click()
    page.locator("#board-menu").get_by_role("button", name="SQL").click()

    expect(page.get_by_role("region", name="Messages")).to_contain_text(
        "Only sales can make an SQL"
    )
    expect(column(page, "lead")).to_contain_text("Ada Lovelace")
    assert page.url.endswith("/leads/board/?q=Lovelace")
    assert Lead.objects.get().stage == Stage.LEAD


def test_without_javascript_a_card_leads_to_the_form_that_moves_it(open_page, marketer, lead):
    page = open_page(marketer, "/leads/board/", java_script_enabled=False)

    page.get_by_role("link", name="Move Ada Lovelace to…").click()

    assert page.url.endswith(f"/leads/{lead.public_id}/stage/")
    expect(page.get_by_role("heading", name="stage", exact=False).first).to_be_visible()
