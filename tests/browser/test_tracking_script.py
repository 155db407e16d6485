"""The script of visits on the website of somebody else."""

import time

import pytest
from playwright.sync_api import expect

from capture.models import LinkClick, PageEvent, PageView, Submission, Touch, Visitor
from leads.models import Lead
from tests.capture.scene import BROWSER, make_form, switch_on, work
from tests.capture.test_short_links import make_link, make_post
from tests.services.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
STRICT = "default-src 'none'; script-src {origin} 'unsafe-inline'; connect-src {origin}"
# What tells the browser of these tests from that of a person.
PERSON = "Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => false})"


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


@pytest.fixture
def page(open_page, website, live_server):
    """A person's browser, and a website with the script on all of its pages."""
    script = f'<script src="{live_server.url}/t.js"></script>'
    tall = "<br>" * 250
    website.policy = STRICT.format(origin=live_server.url)
    links = (
        '<a href="http://localhost:9/anderswo?token=x" id="out">Out</a>'
        '<a href="/preise.pdf?a=1" id="file">File</a><a href="/innen" id="in">In</a>'
    )
    website.pages = {
        "/": f"<title>Start</title>{script}{links}{tall}",
        "/innen": f"<title>Innen</title>{script}",
    }
    opened = open_page(None, "about:blank", user_agent=BROWSER)
    opened.add_init_script(PERSON)
    return opened


def wait_for(read, wanted):
    """Wait until ``read`` returns ``wanted``; what a browser tells arrives a moment later."""
    until = time.monotonic() + 15
    while read() != wanted and time.monotonic() < until:
        time.sleep(0.1)
    assert read() == wanted


def agree(page):
    with page.expect_response("**/t"):
        page.evaluate("leadcrm('consent', true)")
    wait_until(lambda: page.evaluate("leadcrm.visitor"))


@pytest.mark.case("R05")
def test_with_everything_switched_off_consent_starts_nothing(page, website):
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.goto(f"{website.url}/")

    page.evaluate("leadcrm('consent', true); leadcrm('event', 'x')")
    page.wait_for_timeout(1000)

    assert [url for url in sent if url.endswith("/t")] == []
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []


@pytest.mark.case("R05")
def test_after_consent_pages_stays_scrolling_clicks_and_events_are_told(page, website):
    switch_on()
    page.goto(f"{website.url}/?utm_source=instagram&gclid=G1&email=a@b.de")
    page.evaluate("leadcrm('event', 'too-early')")
    agree(page)

    page.evaluate("scrollTo(0, 2000)")
    page.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    page.click("#out")
    page.click("#file")
    page.click("#in")
    page.evaluate("leadcrm('event', 'film', {part: 2})")
    page.wait_for_timeout(1500)
    page.goto(f"{website.url}/innen")

    wait_for(PageEvent.objects.count, 3)
    told = set(PageEvent.objects.values_list("kind", "name", "url"))
    assert told == {
        ("outbound", "", "http://localhost:9/anderswo"),
        ("download", "", f"{website.url}/preise.pdf"),
        ("custom", "film", ""),
    }
    wait_for(lambda: PageView.objects.get().seconds > 0, True)
    seen = PageView.objects.get()
    assert seen.url == f"{website.url}/?utm_source=instagram&gclid=G1"
    assert (seen.is_machine, seen.title) == (False, "Start")
    assert 50 < seen.depth < 100
    assert page.context.cookies() == []


def test_parts_that_are_off_are_not_even_sent(page, website):
    switch_on(dwell=False, scroll=False, clicks=False, events=False)
    bodies = []
    page.on("request", lambda request: bodies.append(request.post_data or ""))
    page.goto(f"{website.url}/")
    agree(page)

    page.evaluate("scrollTo(0, 2000)")
    page.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    page.click("#out")
    page.evaluate("leadcrm('event', 'film')")
    page.wait_for_timeout(800)
    page.goto(f"{website.url}/innen")
    page.wait_for_timeout(800)

    told = "".join(bodies)
    assert '"e":"view"' in told
    assert not any(f'"e":"{kind}"' in told for kind in ("stay", "click", "event"))


def test_a_single_page_application_tells_its_pages_with_their_titles(page, website):
    switch_on()
    page.goto(f"{website.url}/")
    agree(page)

    page.evaluate("history.pushState({}, '', '/a'); document.title = 'A'")
    page.wait_for_timeout(200)
    page.evaluate("history.replaceState({}, '', '/a#teil')")
    page.wait_for_timeout(200)
    page.evaluate("history.pushState({}, '', '/b?x=1'); document.title = 'B'")
    page.wait_for_timeout(200)
    page.go_back()

    def pages():
        return list(PageView.objects.order_by("occurred_at", "id").values_list("path", "title"))

    wait_for(pages, [("/", "Start"), ("/a", "A"), ("/b", "B"), ("/a", "B")])
    assert Visitor.objects.count() == 1


@pytest.mark.case("R06")
def test_after_consent_is_taken_back_nothing_more_is_told(page, website):
    switch_on()
    page.goto(f"{website.url}/")
    agree(page)
    with page.expect_response("**/t"):
        page.evaluate("leadcrm('consent', false)")
    wait_for(Visitor.objects.count, 0)

    page.evaluate("history.pushState({}, '', '/a'); leadcrm('event', 'film'); leadcrm('view')")
    page.wait_for_timeout(600)
    page.goto(f"{website.url}/innen")
    page.wait_for_timeout(600)

    assert (Visitor.objects.count(), PageView.objects.count()) == (0, 0)
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.case("R10")
def test_a_browser_that_a_program_steers_is_a_machine(open_page, website, live_server):
    switch_on()
    website.pages["/"] = f'<script src="{live_server.url}/t.js"></script>'
    page = open_page(None, f"{website.url}/", user_agent=BROWSER)

    agree(page)

    assert PageView.objects.get().machine_reason == "automated"


@pytest.mark.requirement("S104")
def test_who_agreed_and_sends_the_form_is_an_actor_of_its_page(page, website, live_server):
    switch_on()
    form = make_form()
    embed = f'<script src="{live_server.url}/embed.js" data-form="{form.public_id}"></script>'
    website.pages["/kontakt"] = f'<script src="{live_server.url}/t.js"></script>{embed}'
    website.policy = ""
    page.goto(f"{website.url}/kontakt")
    agree(page)

    send(page)

    event = PageEvent.objects.get(kind="form")
    assert event.view.path == "/kontakt"
    assert event.view.visitor.lead == Lead.objects.get()


@pytest.mark.requirement("S35")
@pytest.mark.case("R05")
def test_a_click_in_a_post_becomes_a_lead_of_that_post_without_cookie_or_storage(
    page, website, live_server
):
    form = make_form()
    embed = f'<script src="{live_server.url}/embed.js" data-form="{form.public_id}"></script>'
    website.pages["/angebot"] = embed
    website.policy = ""
    link = make_link(f"{website.url}/angebot", make_post(network="tiktok"))

    page.goto(f"{live_server.url}/l/{link.code}")
    landed = page.url
    send(page)

    assert landed.startswith(f"{website.url}/angebot?utm_source=tiktok&utm_medium=social")
    touch = Touch.objects.get()
    assert (touch.link, touch.channel, Lead.objects.get().first_channel) == (
        link,
        "tiktok",
        "tiktok",
    )
    assert LinkClick.objects.get().reason == ""
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def send(page):
    for label, value in (("Last name", "Muster"), ("E-mail", "eva@example.org")):
        page.get_by_label(label).first.fill(value)
    page.get_by_label("Message").fill("Bitte rufen Sie mich an.")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_text("Thank you! We have received your message")).to_be_visible()
    work()
    assert Submission.objects.get().state == "processed"
