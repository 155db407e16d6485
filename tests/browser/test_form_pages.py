"""Forms of several pages, with fields that depend on others, as visitors meet them."""

import re

import pytest
from playwright.sync_api import expect

from capture.activities import FORM_SUBMITTED
from leads.models import Activity
from tests.browser.test_capture import line
from tests.capture.scene import make_form, work

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {
        "name": "q_1",
        "label": "Vorhaben",
        "kind": "radio",
        "required": True,
        "choices": [{"value": "n", "label": "Neubau"}, {"value": "u", "label": "Umbau"}],
    },
    {
        "name": "q_2",
        "label": "Baujahr",
        "kind": "number",
        "required": True,
        "show_if": {"field": "q_1", "values": ["u"]},
    },
    {"name": "q_3", "label": "Ihre Angaben", "kind": "page"},
    {"name": "email", "label": "E-Mail", "kind": "email", "required": True},
    {"name": "q_4", "label": "Plan", "kind": "file"},
    {"name": "q_5", "label": "Zufrieden", "kind": "rating", "required": True},
]


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


def make():
    return make_form(language="de", definition={"fields": FIELDS, "consents": []})


def told():
    work()
    return {item["label"]: item["value"] for item in _activity().data["answers"]}


def _activity():
    return Activity.objects.get(kind=FORM_SUBMITTED)


def fill_and_send(page, send="Nachricht senden"):
    expect(page.get_by_label("Baujahr", exact=False)).to_be_hidden()
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_text("Bitte wählen Sie eines aus.")).to_be_visible()
    page.get_by_label("Umbau").check()
    page.get_by_label("Baujahr", exact=False).fill("1974")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Schritt 2 von 2")).to_be_visible()
    expect(page.get_by_label("E-Mail", exact=False)).to_be_focused()
    page.get_by_role("button", name="Zurück").click()
    expect(page.get_by_label("Umbau")).to_be_checked()
    page.get_by_role("button", name="Weiter").click()
    page.get_by_label("E-Mail", exact=False).fill("eva@example.org")
    page.get_by_label("Plan").set_input_files(
        {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    page.get_by_label("4", exact=True).check(force=True)
    page.wait_for_timeout(2100)
    page.get_by_role("button", name=send).click()
    expect(page.get_by_text("Vielen Dank!")).to_be_visible()


ALL = {"Vorhaben": "Umbau", "Baujahr": "1974", "Plan": "plan.pdf", "Zufrieden": "4"}


def test_pages_and_conditions_work_in_the_embedded_form(open_page, website, live_server):
    website.pages["/"] = line(live_server, make())
    page = open_page(None, f"{website.url}/")

    fill_and_send(page)

    assert told() == ALL


def test_pages_and_conditions_work_on_the_hosted_page(open_page, axe):
    page = open_page(None, f"/f/{make().public_id}/")
    axe(page)

    fill_and_send(page)

    assert told() == ALL


def test_without_scripts_all_pages_stand_below_one_another(open_page):
    page = open_page(None, f"/f/{make().public_id}/", java_script_enabled=False)
    asked = page.get_by_text("plus").inner_text()

    page.get_by_label("Neubau").check()
    page.get_by_label("E-Mail", exact=False).fill("eva@example.org")
    page.get_by_label("5", exact=True).check(force=True)
    page.get_by_label(asked).fill(str(sum(map(int, re.findall(r"\d+", asked)))))
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Nachricht senden").click()

    expect(page.get_by_text("Vielen Dank!")).to_be_visible()
    assert told() == {"Vorhaben": "Neubau", "Zufrieden": "5"}
