"""Websites around a form that mean harm, and pages into which somebody got a script."""

import json
import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from capture.models import Submission
from tests.capture.scene import make_form

pytestmark = pytest.mark.django_db(transaction=True)
LISTENS = re.compile(r"""addEventListener\(\s*["']message["']|\bonmessage\b""")
MESSAGES = [
    {"type": "leadcrm", "action": "submit"},
    {"redirect": "javascript:window.ran=1", "url": "https://evil.example/"},
    {"html": "<img src=x onerror=window.ran=1>", "value": "evil", "last_name": "evil"},
]


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


@pytest.mark.case("X09")
def test_no_script_of_ours_listens_to_messages_of_other_windows():
    scripts = list((settings.BASE_DIR / "static").rglob("*.js"))

    listening = [
        path.name
        for path in scripts
        if LISTENS.search(path.read_text()) and "event.origin" not in path.read_text()
    ]

    assert len(scripts) > 20
    assert listening == []


@pytest.mark.case("X09")
def test_messages_of_the_page_around_change_nothing_in_a_form(open_page, website, live_server):
    form = make_form()
    website.pages["/"] = (
        f'<iframe src="{live_server.url}/f/{form.public_id}/" width="600" height="900"></iframe>'
        f'<script src="{live_server.url}/embed.js" data-form="{form.public_id}" async></script>'
    )
    page = open_page(None, f"{website.url}/")
    frame = page.frames[1]
    frame.get_by_label("Last name", exact=False).fill("Muster")
    page.get_by_label("Last name", exact=False).last.fill("Muster")

    page.evaluate(
        """messages => messages.forEach((message) => {
          window.postMessage(message, "*");
          window.postMessage(JSON.stringify(message), "*");
          window.frames[0].postMessage(message, "*");
          window.frames[0].postMessage(JSON.stringify(message), "*");
        })""",
        MESSAGES,
    )
    page.wait_for_timeout(300)

    expect(frame.get_by_label("Last name", exact=False)).to_have_value("Muster")
    expect(page.get_by_label("Last name", exact=False).last).to_have_value("Muster")
    assert page.frames[1].url == f"{live_server.url}/f/{form.public_id}/"
    assert page.url == f"{website.url}/"
    assert [window.evaluate("window.ran") for window in page.frames] == [None, None]
    assert Submission.objects.count() == 0


@pytest.mark.case("X08")
@pytest.mark.parametrize("target", ["javascript:window.ran=1", "data:text/html,x", "//evil", 5])
def test_a_form_leads_on_to_web_addresses_only(open_page, website, live_server, target):
    form = make_form()
    website.pages["/"] = (
        f'<script src="{live_server.url}/embed.js" data-form="{form.public_id}" async'
        f' data-redirect="{target}" redirect_to="{target}"></script>'
    )
    page = open_page(None, f"{website.url}/?redirect_to={target}")
    answer = {"status": "ok", "message": "<b>Thanks</b><img src=x onerror=window.ran=1>"}
    page.route(
        f"**/f/{form.public_id}/",
        lambda route: route.fulfill(
            status=200,
            content_type="application/json",
            headers={"Access-Control-Allow-Origin": website.url},
            body=json.dumps({**answer, "redirect": target}),
        ),
    )

    for label, value in {"Last name": "Muster", "E-mail": "eva@example.org"}.items():
        page.get_by_label(label, exact=False).first.fill(value)
    page.get_by_label("Message", exact=False).first.fill("Hallo")
    page.get_by_role("button", name="Send message").click()

    expect(page.get_by_text("<b>Thanks</b>")).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert page.url.startswith(website.url)


@pytest.mark.case("X08")
@pytest.mark.parametrize("key", ["javascript:window.ran=1", "../../accounts/login", "x/?y=<b>"])
def test_a_form_id_that_is_none_leads_nowhere_but_to_us(
    open_page, website, live_server, watch, key
):
    website.pages["/"] = (
        f'<script src="{live_server.url}/embed.js" data-form="{key.replace("<", "&lt;")}" async'
        ' data-fallback="&lt;img src=x onerror=window.ran=1&gt;"></script>'
    )
    page = open_page(None, f"{website.url}/")

    link = page.locator("[data-leadcrm] a")

    expect(link).to_have_text("<img src=x onerror=window.ran=1>")
    assert link.evaluate("node => node.href").startswith(f"{live_server.url}/f/")
    assert page.evaluate("window.ran") is None
    watch.problems.clear()  # the browser tells that the form could not be fetched


@pytest.mark.case("X10")
def test_a_script_that_got_into_a_page_is_stopped_and_told(open_page, admin, watch, caplog):
    page = open_page(admin, "/leads/")

    with page.expect_request("**/csp/") as told:
        page.evaluate(
            """() => {
              const script = document.createElement("script");
              script.textContent = "window.ran = 1";
              document.body.append(script);
              document.body.insertAdjacentHTML("beforeend", "<a onclick='window.ran=1'>x</a>");
              document.body.lastElementChild.click();
            }"""
        )

    assert page.evaluate("window.ran") is None
    assert "script-src" in told.value.post_data
    blocked = [problem for problem in watch.problems if "Content Security Policy" in problem]
    assert (len(blocked), watch.problems) == (2, blocked)
    watch.problems.clear()


@pytest.mark.case("X11")
def test_a_frame_shows_forms_to_their_websites_and_our_pages_to_nobody(
    open_page, website, live_server, watch
):
    ours = make_form(allowed_origins=[website.url])
    theirs = make_form(name="Other", allowed_origins=["https://other.example"])
    pages = [f"/f/{ours.public_id}/", f"/f/{theirs.public_id}/", "/accounts/login/", "/leads/"]
    website.pages["/"] = "".join(
        f'<iframe src="{live_server.url}{path}"></iframe>' for path in pages
    )
    page = open_page(None, f"{website.url}/")
    page.wait_for_timeout(500)

    shown = ["<form" in frame.content() for frame in page.frames[1:]]

    assert shown == [True, False, False, False]
    watch.problems.clear()
