"""The main job in one go, through real processes: from a form on a website to a customer.

`manage.py up --demo` runs in a folder of its own with PostgreSQL, Redis, web server, worker, beat
and a mail server that really receives; the browser does what a visitor, a marketer and a rep do.
"""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.services.running import Up, free_port

PASSWORD = "leadcrm-demo"
VISITOR = "erna.probe@example.org"
# Everything runs on two cores beside other tests.
PATIENCE = 120
# Where the page of a lead shows its stage.
HEAD = ".page-head"


@pytest.fixture
def demo(var) -> Iterator[Up]:
    up = Up(var, free_port(), option="--demo", LEADCRM_DEMO_LEADS="60")
    up.wait_until_ready(seconds=300)
    yield up
    up.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE * 1000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, base: str, email: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{base}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.locator(".shell").wait_for()


def wait_for(page: Page, text: str, *, where: str = "main") -> str:
    """Reload the page until ``text`` stands ``where``; return what matched."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := re.search(text, page.locator(where).inner_text()):
            return found.group()
        time.sleep(1)
        page.reload()
    raise AssertionError(f"“{text}” did not appear on {page.url}.")


def send_form(page: Page, website: str, name: str, **values: str) -> None:
    """Fill in a form that a website of another origin embeds, and send it."""
    page.goto(f"{website}/?language=de")
    page.get_by_role("link", name=name).first.click()
    page.locator("input[name=email]").wait_for()
    for field, value in {"email": VISITOR, **values}.items():
        page.locator(f"[name={field}]").first.fill(value)
    for box in page.locator("input[type=checkbox]").all():
        box.check()
    time.sleep(3)  # nobody fills in a form faster; one that is sent at once is held back
    page.locator("form button").first.click()
    page.locator("form").wait_for(state="detached")


def read_mail(page: Page, base: str, subject: str) -> str:
    """Return the text of the mail to the visitor whose subject matches, once it has arrived."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        page.goto(f"{base}/demo/mails/")
        row = page.locator("tr", has_text=VISITOR).filter(has_text=re.compile(subject))
        if row.count():
            row.first.locator("a").first.click()
            return page.locator("body").inner_text()
        time.sleep(1)
    raise AssertionError(f"There is no mail “{subject}”.")


def save(page: Page, form: str = "main form") -> None:
    # The form leaves once the page knows that the session is there still.
    with page.expect_navigation():
        page.locator(f"{form} button.btn-primary").first.click()


def subscribe_and_confirm(page: Page, base: str, website: str) -> None:
    send_form(page, website, "Newsletter")
    text = read_mail(page, base, "bestätigen")
    link = re.search(r"https?://\S+/confirm/[^\s>)\]]+", text)
    assert link is not None
    page.goto(link.group())
    page.locator("form button").first.click()
    page.wait_for_load_state()
    read_mail(page, base, "Willkommen")


def complete_as_marketer(page: Page, base: str) -> str:
    """See the subscriber with source and consent, write down what is known; return the page."""
    sign_in(page, base, "marketing@demo.example")
    page.goto(f"{base}/leads/?q={VISITOR}")
    page.get_by_role("link", name=VISITOR).first.click()
    page.wait_for_url(re.compile(r"/leads/[0-9a-f-]{36}/"))
    lead = page.url
    wait_for(page, "Abonnent", where=HEAD)
    wait_for(page, "Newsletter E-Mail: Erteilt")
    wait_for(page, r"Erster Kanal\s*Website")
    wait_for(page, r"Quelle\s*Newsletter")
    page.goto(f"{lead}edit/")
    known = {
        "first_name": "Erna",
        "last_name": "Probe",
        "company": "Probe Maschinenbau AG",
        "postal_code": "80331",
        "city": "München",
        "country": "DE",
        "custom.employees": "120",
    }
    for name, value in known.items():
        page.fill(f"[name='{name}']", value)
    page.select_option("[name='custom.interest']", "speicher")
    save(page)
    return lead


def explain(page: Page, lead: str) -> None:
    """See that the points of the rules add up to the score."""
    page.goto(f"{lead}score/")
    points = page.locator("[data-points]").evaluate_all("all => all.map(e => +e.dataset.points)")
    assert len(points) > 1
    assert sum(points) == int(page.locator("#breakdown-total").inner_text()) > 0


def sell(page: Page, base: str, lead: str) -> None:
    """Accept, call, make a deal and win it, as the rep who got the lead."""
    page.goto(f"{base}/queue/")
    wait_for(page, "Erna Probe")
    page.goto(lead)
    briefing = page.locator("#briefing").inner_text()
    assert "Speicher" in briefing
    assert "Darf ich Kontakt aufnehmen?" in briefing
    assert "Formular gesendet" in briefing
    save(page, "#handoff form")
    wait_for(page, "SQL", where=HEAD)
    page.goto(f"{lead}call/")
    page.locator("input[name=outcome][value=reached]").check()
    page.fill("[name=note]", "Will Angebot bis Freitag")
    page.locator("input[name=next_step]").first.check()
    save(page)
    page.goto(f"{lead}deal/")
    page.fill("[name=name]", "Probe: Speicher")
    page.fill("[name=amount]", "48000")
    save(page)
    page.goto(lead)
    wait_for(page, "Opportunity", where=HEAD)
    deal = page.get_by_role("link", name="Probe: Speicher").first.get_attribute("href")
    page.goto(f"{base}{deal}win/")
    save(page)


def customers(page: Page, base: str) -> int:
    """Return how many customers the funnel counts."""
    page.goto(f"{base}/reports/funnel/")
    row = page.locator("#steps tr", has_text="Kunde")
    return int(row.locator("td").first.inner_text())


@pytest.mark.requirement("S13")
@pytest.mark.requirement("S16")
@pytest.mark.requirement("S91")
@pytest.mark.requirement("S50")
@pytest.mark.requirement("S51")
@pytest.mark.requirement("S80")
@pytest.mark.requirement("S92")
def test_a_visitor_of_a_website_becomes_a_customer(demo, page):
    base, website = f"http://127.0.0.1:{demo.port}", f"http://localhost:{demo.port + 1}"

    subscribe_and_confirm(page, base, website)
    lead = complete_as_marketer(page, base)
    before = customers(page, base)
    for wish in ("Bitte um ein Angebot", "Gern mit Speicher"):
        send_form(page, website, "Kontakt", last_name="Probe", message=wish)

    page.goto(lead)
    wait_for(page, "MQL", where=HEAD)
    explain(page, lead)
    page.goto(lead)
    rep = wait_for(page, "Rita Engel|Samir Haddad").split()[0].lower()
    sign_in(page, base, f"{rep}@demo.example")
    sell(page, base, lead)

    page.goto(lead)
    wait_for(page, "Kunde", where=HEAD)
    page.goto(f"{lead}referral/")
    page.fill("[name=last_name]", "Empfohlen")
    page.fill("[name=email]", "paul.empfohlen@example.org")
    save(page)
    page.goto(lead)
    wait_for(page, "Promoter", where=HEAD)
    sign_in(page, base, "marketing@demo.example")
    assert customers(page, base) == before + 1
    assert "Traceback" not in demo.log.read_text()
