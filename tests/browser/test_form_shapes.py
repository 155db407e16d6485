"""Forms that open over somebody else's page: what opens them, to whom, and how often."""

import pytest
from playwright.sync_api import expect

from capture.display import Shape
from capture.models import FormDay, Submission
from tests.browser.test_capture import STRICT, fill, line
from tests.capture.scene import make_form, switch_on
from tests.services.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

HEADLINE = "How can we help you?"
LONG = "<p>Much to read</p>" * 120 + '<a class="offer" href="#x">Offer</a>'


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


@pytest.fixture
def shaped(open_page, website, live_server):
    """Return a page of the website with a form of this display on it, opened."""

    def show(path="/kontakt", consent=False, came_from="", **display):
        form = make_form(definition={"display": display})
        script = f'<script src="{live_server.url}/t.js"></script>' if consent else ""
        website.policy = "" if consent else STRICT.format(origin=live_server.url)
        main = f"<main><h1>Website</h1>{LONG}{line(live_server, form)}</main>"
        body = f'<!doctype html><html lang="en"><title>Website</title>{script}{main}'
        website.pages |= {path: body, "/": '<a href="/kontakt">Kontakt</a>'}
        page = open_page(None, f"{website.url}{came_from or path}")
        # The script has loaded the form by then, and listens.
        page.wait_for_load_state("networkidle")
        return page, form

    return show


def opened(page):
    return page.get_by_role("dialog", name=HEADLINE)


@pytest.mark.requirement("S19")
def test_a_window_opens_on_leaving_and_its_answer_becomes_a_lead(shaped, axe):
    page, form = shaped(shape="popup", trigger="exit")
    expect(page.locator(f'[data-leadcrm="{form.public_id}"]')).to_be_attached()
    page.wait_for_timeout(300)
    expect(opened(page)).to_be_hidden()
    assert not FormDay.objects.exists()

    page.mouse.move(300, 200)
    page.dispatch_event("body", "mouseout", {"clientY": -1})
    expect(opened(page)).to_be_visible()
    axe(page)
    fill(page, Message="Bitte rufen Sie an.")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_text("Thank you! We have received your message")).to_be_visible()
    page.keyboard.press("Escape")

    expect(opened(page)).to_be_hidden()
    page.dispatch_event("body", "mouseout", {"clientY": -1})
    expect(opened(page)).to_be_hidden()
    assert Submission.objects.count() == 1
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.context.cookies() == []


def test_each_shape_opens_in_time_and_closes_with_a_button(shaped):
    for shape in (Shape.SLIDE, Shape.BAR, Shape.POPUP):
        page, _form = shaped(shape=shape, trigger="time", seconds=0)

        expect(opened(page)).to_be_visible()
        opened(page).get_by_role("button", name="Close").click()

        expect(opened(page)).to_be_hidden()


def test_it_opens_when_the_page_was_read_half(shaped):
    page, _form = shaped(shape="slide", trigger="scroll", percent=50)
    page.wait_for_timeout(500)
    expect(opened(page)).to_be_hidden()

    page.mouse.wheel(0, 3000)

    expect(opened(page)).to_be_visible()
    page.keyboard.press("Escape")


def test_a_click_on_what_the_page_names_opens_it(shaped):
    page, _form = shaped(shape="popup", trigger="click", opener="a.offer")
    page.wait_for_timeout(500)

    page.get_by_role("link", name="Offer").click()

    expect(opened(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Offer")).to_be_focused()


def test_a_button_stands_in_the_page_and_opens_it(shaped):
    page, _form = shaped(shape="button", opener_text="Write to us")

    page.get_by_role("button", name="Write to us").click()

    expect(opened(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Write to us")).to_be_focused()


WHERE_AND_TO_WHOM = (
    ({"pages": ["/preise"]}, "/kontakt", False),
    ({"pages": ["/preise", "/kon"]}, "/kontakt", True),
    ({"not_pages": ["/kontakt"]}, "/kontakt", False),
    ({"campaign": "herbst"}, "/kontakt", False),
    ({"campaign": "herbst"}, "/kontakt?utm_campaign=herbst", True),
    ({"referrer": "google."}, "/kontakt", False),
    ({"device": "phone"}, "/kontakt", False),
    ({"device": "desk"}, "/kontakt", True),
    ({"who": "new"}, "/kontakt", True),
    ({"who": "known"}, "/kontakt", False),
)


def test_it_opens_by_itself_only_where_and_to_whom_it_should(shaped):
    wrong = []
    for display, address, is_open in WHERE_AND_TO_WHOM:
        page, _form = shaped(came_from=address, shape="slide", trigger="time", seconds=0, **display)
        page.wait_for_timeout(500)
        if opened(page).count() != int(is_open):
            wrong.append((display, address))

    assert wrong == []


@pytest.mark.requirement("S19")
def test_without_consent_it_opens_on_the_first_page_of_a_visit_alone(shaped):
    page, _form = shaped(came_from="/", shape="slide", trigger="time", seconds=0)

    page.get_by_role("link", name="Kontakt").click()
    page.wait_for_timeout(800)

    expect(opened(page)).to_have_count(0)


@pytest.mark.requirement("S19")
@pytest.mark.case("R06")
def test_with_consent_it_opens_once_a_period_and_never_after_an_answer(shaped):
    switch_on()
    page, form = shaped(consent=True, shape="slide", trigger="click", seconds=0, pause_days=14)
    key = f"leadcrm-form-{form.public_id}"
    opener = f'<i data-leadcrm-open="{form.public_id}">x</i>'

    page.evaluate("leadcrm('consent', true)")
    wait_until(lambda: page.evaluate("leadcrm.visitor"))
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", opener)
    # A click before the form is there opens nothing.
    wait_until(lambda: page.locator("i").click() or opened(page).count())

    kept = page.evaluate(f'JSON.parse(localStorage.getItem("{key}"))')
    assert "shown" in kept
    assert "done" not in kept
    fill(page, Message="Hallo")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_text("Thank you! We have received your message")).to_be_visible()
    assert "done" in page.evaluate(f'JSON.parse(localStorage.getItem("{key}"))')
    page.evaluate("leadcrm('consent', false)")
    assert page.evaluate("localStorage.length") == 0


def test_an_element_of_a_page_put_together_by_scripts_becomes_a_form(
    open_page, website, live_server
):
    form = make_form()
    website.pages["/"] = f'<div id="app"></div><script src="{live_server.url}/embed.js"></script>'
    page = open_page(None, f"{website.url}/")

    element = f'<leadcrm-form form="{form.public_id}"></leadcrm-form>'
    page.evaluate("html => { document.getElementById('app').innerHTML = html; }", element)

    expect(page.get_by_role("heading", name=HEADLINE)).to_be_visible()
