"""Forms as visitors meet them: on another website, on our own page, with and without scripts."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from capture.models import PageView, Submission, Visitor
from leads.models import Lead
from tests.capture.scene import NEWSLETTER_CONSENT, make_form, switch_on, work
from tests.services.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
# As strict as a website can be about what scripts may do: only the embed itself is let in.
STRICT = "default-src 'none'; script-src {origin}; connect-src {origin}; style-src 'none'"


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


def line(live_server, form):
    return f'<script src="{live_server.url}/embed.js" data-form="{form.public_id}" async></script>'


def fill(page, **values):
    for label, value in {"Last name": "Muster", "E-mail": "eva@example.org", **values}.items():
        page.get_by_label(label, exact=False).first.fill(value)


@pytest.mark.requirement("S13")
@pytest.mark.requirement("S25")
@pytest.mark.case("R05")
def test_one_line_on_another_website_brings_a_lead_and_stores_nothing(
    open_page, website, live_server
):
    form = make_form()
    website.policy = STRICT.format(origin=live_server.url)
    website.pages["/kontakt"] = f"<h1>Kontakt</h1>{line(live_server, form)}"
    page = open_page(None, f"{website.url}/kontakt?utm_source=facebook")

    fill(page, Message="Bitte rufen Sie an.")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_text("Thank you! We have received your message")).to_be_focused()
    work()

    submission = Submission.objects.get()
    assert (submission.state, Lead.objects.get().email) == ("processed", "eva@example.org")
    assert submission.page_url == f"{website.url}/kontakt?utm_source=facebook"
    assert submission.headers["Origin"] == website.url
    assert Lead.objects.get().first_channel == "facebook"
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_two_forms_on_one_page_do_not_disturb_each_other(open_page, website, live_server):
    contact, newsletter = make_form(), make_form("newsletter")
    website.pages["/"] = line(live_server, contact) + line(live_server, newsletter)
    page = open_page(None, f"{website.url}/")

    second = page.locator(f'[data-leadcrm="{newsletter.public_id}"]')
    second.get_by_label("E-mail", exact=False).first.fill("eva@example.org")
    second.get_by_role("checkbox").check()
    page.wait_for_timeout(2100)
    second.get_by_role("button", name="Subscribe").click()
    expect(second.get_by_text("Almost done!")).to_be_visible()
    work()

    assert Submission.objects.get().form == newsletter
    first = page.locator(f'[data-leadcrm="{contact.public_id}"]')
    expect(first.get_by_role("button", name="Send message")).to_be_enabled()
    assert NEWSLETTER_CONSENT in Submission.objects.get().body.tobytes().decode()


@pytest.mark.requirement("S24")
def test_mistakes_are_shown_beside_the_fields_and_can_be_put_right(open_page, website, live_server):
    form = make_form()
    website.pages["/"] = line(live_server, form)
    page = open_page(None, f"{website.url}/")

    fill(page, **{"E-mail": "nobody"})
    page.get_by_role("button", name="Send message").click()
    email = page.get_by_label("E-mail", exact=False).first
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Please enter an e-mail address")).to_be_visible()
    expect(email).to_be_focused()
    email.fill("eva@example.org")
    page.get_by_label("Message", exact=False).fill("Guten Tag")
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="Send message").click()

    expect(page.get_by_text("Thank you!")).to_be_visible()
    assert Submission.objects.count() == 1


def test_a_refusal_of_the_server_is_shown_and_sending_again_works(open_page, website, live_server):
    form = make_form()
    website.pages["/"] = line(live_server, form)
    page = open_page(None, f"{website.url}/")

    fill(page, **{"E-mail": "eva@example.org x", "Message": "Hallo"})
    page.get_by_label("E-mail", exact=False).first.evaluate("input => { input.type = 'text'; }")
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="Send message").click()
    email = page.get_by_label("E-mail", exact=False).first
    expect(email).to_have_attribute("aria-invalid", "true")
    email.fill("eva@example.org")
    page.get_by_role("button", name="Send message").click()

    expect(page.get_by_text("Thank you!")).to_be_visible()
    states = sorted(Submission.objects.values_list("state", flat=True))
    assert states == ["invalid", "received"]


@pytest.mark.case("C04")
def test_a_connection_that_breaks_is_tried_again_and_then_the_contact_is_shown(
    open_page, website, live_server, watch
):
    form = make_form()
    website.pages["/"] = line(live_server, form)
    page = open_page(None, f"{website.url}/")
    tries = []
    page.route(f"**/f/{form.public_id}/", lambda route: (tries.append(1), route.abort())[1])
    page.clock.install()

    fill(page, Message="Hallo")
    page.get_by_role("button", name="Send message").click()
    for seconds in (2, 8, 20):
        page.wait_for_timeout(700)
        page.clock.run_for(seconds * 1000 + 500)
    expect(page.get_by_text("This could not be sent.")).to_be_visible()
    watch.problems.clear()

    assert len(tries) == 4
    expect(page.get_by_label("Message", exact=False)).to_have_value("Hallo")


@pytest.mark.requirement("S13")
def test_the_hosted_form_works_with_scripts(open_page, axe):
    form = make_form()
    page = open_page(None, f"/f/{form.public_id}/")
    axe(page)

    fill(page, Message="Guten Tag")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send message").click()

    expect(page.get_by_text("Thank you! We have received your message")).to_be_visible()
    work()
    assert Lead.objects.get().last_name == "Muster"


@pytest.mark.requirement("S13")
@pytest.mark.requirement("S25")
def test_the_hosted_form_works_without_scripts(open_page):
    form = make_form()
    page = open_page(None, f"/f/{form.public_id}/", java_script_enabled=False)
    question = page.get_by_text("plus").inner_text()
    first, second = map(int, re.findall(r"\d+", question))

    fill(page, Message="Guten Tag")
    page.get_by_label(question).fill(str(first + second))
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send message").click()

    expect(page.get_by_text("Thank you! We have received your message")).to_be_visible()
    work()
    assert Lead.objects.get().last_name == "Muster"


@pytest.mark.requirement("S13")
def test_the_hosted_form_works_in_a_frame_of_another_website(open_page, website, live_server):
    form = make_form()
    address = f"{live_server.url}/f/{form.public_id}/"
    website.pages["/"] = f'<iframe src="{address}" width=600 height=900>'
    page = open_page(None, f"{website.url}/")
    frame = page.frame_locator("iframe")

    fill(frame, Message="Guten Tag")
    page.wait_for_timeout(2100)
    frame.get_by_role("button", name="Send message").click()

    expect(frame.get_by_text("Thank you!")).to_be_visible()
    assert Submission.objects.count() == 1


@pytest.mark.case("X11")
def test_our_own_pages_stay_out_of_foreign_frames(open_page, website, live_server, watch):
    website.pages["/"] = f'<iframe src="{live_server.url}{reverse("account_login")}">'
    page = open_page(None, f"{website.url}/")

    page.wait_for_timeout(500)

    assert page.frames[1].url.startswith("chrome-error://")
    watch.problems.clear()


@pytest.mark.case("R05")
def test_before_consent_the_script_of_visits_reads_stores_and_sends_nothing(
    open_page, website, live_server
):
    switch_on()
    website.pages["/"] = f'<script src="{live_server.url}/t.js"></script>'
    page = open_page(None, "about:blank")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.add_init_script(
        "for (const name of ['getItem', 'setItem', 'removeItem'])"
        " Storage.prototype[name] = () => { window.touched = true; };"
    )

    page.goto(f"{website.url}/")
    page.evaluate("leadcrm('view')")
    page.wait_for_timeout(500)

    assert [url for url in sent if url.endswith("/t")] == []
    assert page.evaluate("window.touched") is None
    assert page.context.cookies() == []
    assert Visitor.objects.count() == 0


@pytest.mark.case("R06")
def test_after_consent_visits_are_told_and_taking_it_back_forgets_them(
    open_page, website, live_server
):
    switch_on()
    script = f'<title>Preise</title><script src="{live_server.url}/t.js"></script>'
    website.pages = {"/": script, "/preise": script}
    page = open_page(None, f"{website.url}/")

    with page.expect_response("**/t"):
        page.evaluate("leadcrm('consent', true)")
    wait_until(lambda: page.evaluate("leadcrm.visitor"))
    page.goto(f"{website.url}/preise")
    with page.expect_response("**/t"):
        page.evaluate("leadcrm('consent', true)")
    views = list(PageView.objects.order_by("id").values_list("path", "title", "visitor__token"))
    token = page.evaluate("leadcrm.visitor")
    with page.expect_response("**/t"):
        page.evaluate("leadcrm('consent', false)")

    assert views == [("/", "Preise", token), ("/preise", "Preise", token)]
    assert Visitor.objects.count() == 0
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.case("R05")
def test_a_browser_with_privacy_control_is_not_followed(open_page, website, live_server):
    switch_on()
    website.pages["/"] = f'<script src="{live_server.url}/t.js"></script>'
    page = open_page(None, "about:blank")
    page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
    )
    page.goto(f"{website.url}/")

    page.evaluate("leadcrm('consent', true)")
    page.wait_for_timeout(400)

    assert Visitor.objects.count() == 0
    assert page.evaluate("localStorage.length") == 0
