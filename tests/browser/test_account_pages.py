import pytest
from playwright.sync_api import Page, expect

from accounts.actions.people import invite_person
from accounts.actor import user_actor
from accounts.models import Organisation, User
from accounts.rights import Role
from accounts.setup import setup_address
from leads.models import Lead
from tests.browser.pages import PHONE
from tests.factories import NOW, make_team, make_token, make_user

PASSWORD = "ein guter langer Satz"


@pytest.fixture
def boss(db) -> User:
    """An administrator with a password."""
    return make_user(Role.ADMIN, name="Berta Boss", email="boss@example.org", password=PASSWORD)


def sign_in(page: Page) -> None:
    page.get_by_label("E-mail").fill("boss@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_the_settings_have_no_accessibility_violation(open_page, axe, boss, scheme):
    make_team("Süd")
    make_token(boss, "leads:read")
    invited = invite_person(
        email="neu@example.org", name="Nele", role="viewer", by=user_actor(boss), as_of=NOW
    )
    page = open_page(None, "/accounts/login/", scheme=scheme)
    axe(page)
    sign_in(page)

    for address in (
        "/settings/profile/",
        "/settings/organisation/",
        "/settings/people/",
        "/settings/people/add/",
        f"/settings/people/{invited.public_id}/",
        "/settings/teams/",
        "/settings/tokens/",
        "/settings/tokens/add/",
        "/settings/audit/?check=1",
        "/accounts/password/change/",
        "/accounts/2fa/totp/activate/",
    ):
        page.goto(address)
        axe(page)


@pytest.mark.parametrize("address", ["/settings/profile/", "/settings/people/", "/settings/audit/"])
def test_the_settings_fit_on_a_phone(open_page, axe, boss, address):
    page = open_page(boss, address, viewport=PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    axe(page)


def test_signing_in_leads_back_to_the_page_that_was_asked_for(open_page, boss):
    page = open_page(None, "/settings/people/?role=admin")

    sign_in_here(page)

    expect(page).to_have_url("/settings/people/?role=admin")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def sign_in_here(page: Page) -> None:
    page.get_by_label("E-mail").fill("boss@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("E-mail or password is not right.")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_visitor_changes_the_language_of_the_sign_in_page(open_page, boss):
    page = open_page(None, "/accounts/login/")

    page.get_by_role("button", name="Deutsch").click()

    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_the_first_start_leads_from_the_address_to_an_installation_with_samples(open_page, axe, db):
    address = setup_address().removeprefix("http://127.0.0.1:8000")
    page = open_page(None, address, timezone_id="Europe/Vienna")
    axe(page)
    page.get_by_label("Organisation").fill("Muster GmbH")
    page.get_by_label("Your e-mail").fill("boss@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Begin with sample data").check()
    page.get_by_role("button", name="Begin", exact=True).click()

    expect(page.get_by_text("18 invented leads are here")).to_be_visible()
    assert Organisation.current().time_zone == "Europe/Vienna"
    axe(page)
    page.get_by_role("button", name="Clear the sample data").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear the sample data").click()

    messages = page.get_by_role("region", name="Messages")
    expect(messages.get_by_text("18 samples were removed.")).to_be_visible()
    assert Lead.objects.count() == 0


def test_a_new_key_is_copied_with_one_click(open_page, boss):
    page = open_page(None, "/accounts/login/")
    sign_in(page)
    page.goto("/settings/tokens/add/")
    page.get_by_label("Name", exact=True).fill("Website")
    page.get_by_role("button", name="Make the key").click()

    key = page.locator("#token-key").input_value()
    assert key.startswith("lcrm_")
    assert key in page.locator("#token-curl").input_value()
    page.goto("/settings/tokens/")
    assert key not in page.content()
    expect(page.get_by_text(key[:12])).to_be_visible()
