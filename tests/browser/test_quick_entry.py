"""Quick entry on a phone at a fair, where the network comes and goes."""

import pytest
from playwright.sync_api import expect

from capture.models import LeadPhoto
from leads.models import Lead
from tests.browser.pages import PHONE

pytestmark = pytest.mark.django_db(transaction=True)
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 100


@pytest.fixture
def page(open_page, rep):
    return open_page(rep, "/leads/quick/?source_detail=Messe", viewport=PHONE)


def type_person(page, name, email):
    page.locator("[name=last_name]").click()
    page.keyboard.type(name)
    page.locator("[name=email]").click()
    page.keyboard.type(email)


@pytest.mark.requirement("S114")
def test_a_phone_gets_big_targets_the_right_keyboards_and_the_camera(page, axe):
    attrs = {
        name: page.locator(f"[name={name}]").evaluate(
            "e => [e.inputMode, e.enterKeyHint, e.getBoundingClientRect().height >= 44]"
        )
        for name in ("last_name", "email", "phone")
    }

    assert attrs == {
        "last_name": ["text", "next", True],
        "email": ["email", "next", True],
        "phone": ["tel", "next", True],
    }
    assert page.locator("[name=photo]").get_attribute("capture") == "environment"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    axe(page)


@pytest.mark.requirement("S03")
def test_one_after_the_other_with_a_picture_by_keyboard_alone(page):
    page.locator("[name=photo]").set_input_files(
        [{"name": "karte.jpg", "mimeType": "image/jpeg", "buffer": JPEG}]
    )
    page.locator("[name=last_name]").focus()
    page.keyboard.type("Muster")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("eva@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Messages")).to_contain_text("Added: Muster")

    assert page.locator("[name=source_detail]").input_value() == "Messe"
    assert page.locator("[name=last_name]").input_value() == ""
    assert (Lead.objects.get().email, LeadPhoto.objects.get().size) == ("eva@example.org", 104)


@pytest.mark.requirement("S03")
def test_without_connection_it_waits_on_the_page_and_is_sent_once(page, watch):
    page.context.set_offline(True)
    for number in (1, 2):
        type_person(page, f"Muster{number}", f"eva{number}@example.org")
        # Long enough for the look-up of who is known already to be due.
        page.wait_for_timeout(600)
        page.get_by_role("button", name="Save and next").click()
        expect(page.locator(".quick-state")).to_contain_text(f"No connection. {number} waiting")
        expect(page.locator("[name=last_name]")).to_have_value("")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    page.context.set_offline(False)
    expect(page.get_by_role("region", name="Messages")).to_contain_text("Added: Muster2")

    lost = [problem for problem in watch.problems if "ERR_INTERNET_DISCONNECTED" in problem]
    assert watch.problems == lost != []
    watch.problems.clear()
    assert "example.org" not in kept
    assert sorted(Lead.objects.values_list("email", flat=True)) == [
        "eva1@example.org",
        "eva2@example.org",
    ]


def test_where_the_look_up_fails_no_message_covers_the_button(page, watch):
    page.route("**/leads/quick/matches/", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        type_person(page, "Muster", "eva@example.org")
    page.wait_for_timeout(300)

    assert page.locator(".note").count() == 0
    assert any("ERR_FAILED" in problem for problem in watch.problems)
    watch.problems.clear()


def test_when_the_session_ends_what_was_typed_stays_and_is_sent_after_signing_in(page, rep):
    cookies = page.context.cookies()
    type_person(page, "Muster", "eva@example.org")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save and next").click()
    expect(page.locator(".quick-state")).to_contain_text("Your session has ended.")
    typed = page.locator("[name=last_name]").input_value()
    page.context.add_cookies(cookies)
    expect(page.get_by_role("region", name="Messages")).to_contain_text("Added: Muster")

    assert typed == "Muster"
    assert Lead.objects.count() == 1


def test_a_refusal_keeps_what_was_typed_and_the_picture(page):
    page.locator("[name=photo]").set_input_files(
        [{"name": "karte.jpg", "mimeType": "image/jpeg", "buffer": JPEG}]
    )
    type_person(page, "Muster", "")
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_text("Give an e-mail address or a phone number.")).to_be_visible()

    assert page.locator("[name=last_name]").input_value() == "Muster"
    assert page.locator("[name=photo]").evaluate("e => e.files[0].name") == "karte.jpg"
