"""Forms in two languages, asked for step by step, in two widths: in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from capture.models import Form
from capture.profiling import profile_link
from capture.tongues import with_second_language
from leads.models import Lead
from tests.browser.pages import DESK, PHONE, wait_until_ready
from tests.capture.scene import make_form, work
from tests.factories import make_lead

pytestmark = pytest.mark.django_db(transaction=True)
LATER = {"name": "job_title", "label": "Ihre Rolle", "kind": "text", "later": True}


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path, live_server):
    settings.SPOOL_DIR = tmp_path
    settings.BASE_URL = live_server.url


def make_bilingual_form():
    from capture.readymade import ready_made

    made = ready_made("contact", "de").definition
    fields = [*made.to_json()["fields"], LATER]
    whole = with_second_language(made.with_parts(fields=fields), "de")
    other = {**whole.other, "label.job_title": "Your role"}
    return make_form("contact", language="de", definition={**whole.to_json(), "other": other})


@pytest.mark.requirement("S60")
@pytest.mark.case("R04")
@pytest.mark.parametrize("has_script", [True, False], ids=["script", "plain"])
def test_a_known_lead_answers_what_is_left_and_nothing_else(open_page, axe, has_script):
    from django.utils import timezone

    form = make_bilingual_form()
    lead = make_lead(phone="+4930901820", company="Muster", job_title="")
    link = profile_link(lead, form.public_id, as_of=timezone.now())
    page = open_page(None, link, locale="en", java_script_enabled=has_script)

    expect(page.get_by_label("Your role")).to_be_visible()
    assert page.locator("[data-field]").evaluate_all(
        "boxes => boxes.map(box => box.dataset.field)"
    ) == ["job_title", "consent_marketing_email"]
    if has_script:
        axe(page)
    page.get_by_label("Your role").fill("Director")
    if not has_script:
        numbers = re.findall(r"\d+", page.locator("[data-sum] label").inner_text())
        page.locator("[name=check_answer]").fill(str(sum(map(int, numbers))))
    page.wait_for_timeout(2100)
    page.get_by_role("button").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    work()

    lead.refresh_from_db()
    assert lead.job_title == "Director"
    assert Lead.objects.count() == 1


def test_the_visitor_changes_the_language_of_the_hosted_form(open_page, live_server, axe):
    form = make_bilingual_form()
    page = open_page(None, f"{live_server.url}/f/{form.public_id}/", locale="de")

    expect(page.get_by_role("button", name="Nachricht senden")).to_be_visible()
    page.get_by_role("link", name="English").click()

    expect(page.get_by_role("button", name="Send message")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    axe(page)


def test_an_embedded_form_speaks_the_language_of_the_page_around(open_page, website, live_server):
    form = make_bilingual_form()
    line = f'<script src="{live_server.url}/embed.js" data-form="{form.public_id}"></script>'
    website.pages["/"] = f'<main lang="en">{line}</main>'
    website.pages["/de"] = line.replace("data-form", 'data-lang="de" data-form')

    english = open_page(None, f"{website.url}/", locale="de")
    expect(english.get_by_role("button", name="Send message")).to_be_visible()
    german = open_page(None, f"{website.url}/de", locale="en")
    expect(german.get_by_role("button", name="Nachricht senden")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_editor_shows_both_languages_and_widths_at_once(open_page, marketer, axe, viewport):
    form = make_bilingual_form()
    page = open_page(marketer, f"/capture/forms/{form.public_id}/", viewport=viewport)
    wait_until_ready(page)
    german, english = page.locator('[data-shown="1"]'), page.locator('[data-shown="2"]')

    expect(german).to_be_visible()
    expect(english).to_be_hidden()
    page.get_by_label("English", exact=True).check()
    page.get_by_role("radio", name="Phone").check()
    expect(english).to_be_visible()
    expect(german).to_be_hidden()
    assert english.bounding_box()["width"] <= 390
    page.locator('[name="other.headline"]').fill("Ask us")
    expect(english.locator(".lf-headline")).to_have_text("Ask us")
    expect(english).to_be_visible()
    expect(page.get_by_label("English", exact=True)).to_be_checked()
    axe(page)

    assert Form.objects.get().draft["other"]["headline"] == "Ask us"


def test_own_css_and_colours_reach_the_visitor_under_the_strict_policy(
    open_page, website, live_server, watch
):
    theme = {"ink": "#ffffff", "ground": "#222222", "css": ".lf-button{letter-spacing:3px}"}
    form = make_form(definition={"theme": theme})
    line = f'<script src="{live_server.url}/embed.js" data-form="{form.public_id}"></script>'
    website.pages["/"] = line

    for address in (f"{live_server.url}/f/{form.public_id}/", f"{website.url}/"):
        page = open_page(None, address)
        button = page.locator(".lf-button")
        expect(button).to_have_css("letter-spacing", "3px")
        expect(page.locator("form.lf")).to_have_css("background-color", "rgb(34, 34, 34)")
