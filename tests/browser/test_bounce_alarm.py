"""An alarm about mails that came back, in a real browser: seen, previewed, taken back."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from nurturing.actions.alarms import LEAST
from nurturing.models import Suppression
from tests.browser.pages import DESK, PHONE
from tests.connectors.scene import make_connection
from tests.nurturing.bounces import make_sent, report
from tests.nurturing.scene import make_organisation

pytestmark = pytest.mark.case("H07")
PAGE = "/suppressions/sources/"


@pytest.fixture
def _alarm():
    make_organisation()
    now = timezone.now()
    connection = make_connection("mailevents", "Relay")
    for message in make_sent(LEAST + 2, at=now):
        report(message, source=connection.public_id, at=now)


@pytest.mark.usefixtures("_alarm")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_fits_and_has_no_accessibility_violation(open_page, axe, admin, scheme, viewport):
    page = open_page(admin, PAGE, scheme=scheme, viewport=viewport)
    page.get_by_role("link", name="They are false: take them back").click()
    expect(page.get_by_text("Held reports that are dropped")).to_be_visible()

    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.usefixtures("_alarm")
def test_an_alarm_on_the_start_page_is_previewed_and_taken_back(open_page, admin):
    page = open_page(admin, "/")
    page.get_by_role("link", name="Relay").click()
    page.get_by_role("link", name="They are false: take them back").click()
    page.get_by_label("Why").fill("The secret leaked.")
    page.get_by_role("button", name=f"Take {LEAST - 1} addresses off the list").click()

    expect(page.locator(".note-text")).to_have_text(f"{LEAST - 1} addresses are off the list.")
    assert Suppression.objects.filter(lifted_at=None).count() == 0
