import pytest
from playwright.sync_api import expect

from tests.browser.pages import PHONE
from tests.factories import make_lead


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/styleguide/", "/styleguide/listing/", "/", "/palette/?q=s"])
def test_a_page_has_no_accessibility_violation(open_page, axe, admin, address, scheme):
    page = open_page(admin, address, scheme=scheme)

    axe(page)


def test_a_page_on_a_phone_has_no_accessibility_violation(open_page, axe, admin):
    page = open_page(admin, "/styleguide/", viewport=PHONE)
    page.get_by_role("button", name="Main menu").click()
    expect(page.get_by_role("navigation", name="Main menu")).to_be_visible()

    axe(page)


def test_a_page_is_not_wider_than_a_phone(open_page, admin):
    page = open_page(admin, "/styleguide/listing/", viewport=PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_long_way_leaves_the_buttons_beside_it_on_a_phone(open_page, marketer):
    lead = make_lead(first_name="Maximiliane-Theodora", last_name="von und zu Hohenlohe-Langenburg")

    page = open_page(marketer, f"/leads/{lead.public_id}/edit/", viewport=PHONE)

    for button in page.locator(".top > .top-button, .top > span").all():
        if edges := button.bounding_box():
            assert edges["x"] + edges["width"] <= PHONE["width"]
