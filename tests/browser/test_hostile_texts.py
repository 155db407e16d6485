"""Texts that visitors, files and colleagues write stay texts in a real browser, policy or not."""

import pytest
from playwright.sync_api import expect

from accounts.rights import Role
from leads.models import Lead
from tests.browser.pages import wait_until_ready
from tests.rights.world import World
from tests.security.hostile import PAYLOAD, every_page, poison

pytestmark = pytest.mark.django_db(transaction=True)
# Pages on which scripts of ours work with texts; every other page is read in tests/security.
WORKED_ON = (
    "home", "lead_list", "lead_board", "lead_detail", "lead_edit", "lead_refine", "queue",
    "work_lead", "call_create", "deal_board", "team_queue", "form_edit", "submission_detail",
    "import_detail", "segment_edit", "sequence_editor", "sequence_trigger", "sequence_tryout",
    "mail_detail", "scoring_version", "scoring_rule", "scoring_try", "report_funnel", "audit_log",
    "public_form", "unsubscribe",
)  # fmt: skip
# Whatever a hostile text could have become, in the page and in its frames.
FOUND = """
() => [...document.querySelectorAll("xss, [xss], [onerror], [onload], a[href^='javascript:' i]")]
  .map((node) => node.outerHTML.slice(0, 120)).concat(window.ran || [])
"""
MULTIPLIED = "() => document.body.innerText.includes('49$')"


@pytest.mark.case("X01")
@pytest.mark.case("X02")
@pytest.mark.case("X05")
@pytest.mark.case("X06")
def test_no_script_runs_and_no_dialog_opens_on_any_page_that_scripts_work_on(open_page, watch):
    world = World()
    pages = every_page(world)
    poison()
    # Without the policy: what is shown here is that there is nothing for it to stop.
    page = open_page(world.people[Role.ADMIN], "/styleguide/", bypass_csp=True)
    page.add_init_script("window.ran = []; window.xss = () => window.ran.push('ran')")
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))

    found = {}
    for name in WORKED_ON:
        page.goto(pages[name][1])
        wait_until_ready(page)
        hits = page.evaluate(FOUND)
        # A mail is HTML of its author; it stands in a frame in which nothing runs.
        hits += [hit for frame in page.frames for hit in frame.evaluate("() => window.ran || []")]
        hits += ["multiplied"] if page.evaluate(MULTIPLIED) else []
        found |= {name: hits} if hits else {}

    stopped = [problem for problem in watch.problems if "frame is sandboxed" in problem]
    assert (found, dialogs, watch.problems) == ({}, [], stopped)
    assert {"/mails/" in problem for problem in stopped} == {True}
    watch.problems.clear()


@pytest.mark.case("X01")
@pytest.mark.case("X06")
def test_hints_dialogs_and_toasts_show_a_hostile_name_as_it_was_written(open_page, watch, admin):
    world = World()
    page_of = every_page(world)
    poison()
    lead = Lead.objects.get(public_id=page_of["lead_detail"][1].strip("/").split("/")[-1])
    page = open_page(admin, page_of["lead_detail"][1], bypass_csp=True)
    page.add_init_script("window.ran = []; window.xss = () => window.ran.push('ran')")

    expect(page.locator("h1")).to_contain_text(PAYLOAD[:20])
    page.locator("[hx-target='#modal-body']:visible").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    texts = page.locator("[title], [aria-label], option").evaluate_all(
        "nodes => nodes.map(n => n.title + n.ariaLabel + n.textContent).join(' ')"
    )
    assert "{{7*7}}" in texts
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("img xss")
    expect(page.get_by_role("option").first).to_contain_text("<img xss")

    assert (page.evaluate(FOUND), lead.first_name) == ([], PAYLOAD)
