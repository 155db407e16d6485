import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actor import user_actor
from capture.imports.actions import take_rows
from capture.imports.drains import drain_imports
from capture.imports.models import LeadImport
from leads.models import Lead
from tests.imports.workbooks import workbook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.requirement("S04")
def test_a_file_is_tried_brought_in_and_watched_to_its_end(open_page, marketer, axe):
    content = workbook(["ada@example.org"], ["eva@example.org"], ["."], ["ida@example.org"])
    page = open_page(marketer, "/leads/import/new/")

    page.get_by_label("File").set_input_files(
        {"name": "fair.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_label("Where do these leads come from?").select_option("trade_fair")
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Try it out first").click()
    expect(page.get_by_text("What would become of the first 4 rows")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Start the import").click()

    bar = page.get_by_role("progressbar", name="Rows")
    expect(bar).to_have_attribute("aria-valuenow", "0")
    take_rows(LeadImport.objects.get(), by=user_actor(marketer), as_of=timezone.now(), limit=2)
    expect(bar).to_have_attribute("aria-valuenow", "50")
    drain_imports(timezone.now())
    expect(bar).to_have_attribute("aria-valuenow", "100")
    expect(page.get_by_role("link", name="Download with reasons")).to_be_visible()
    axe(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download with reasons").click()

    assert "No e-mail address" in download.value.path().read_text("utf-8-sig")
    assert Lead.objects.filter(first_channel="trade_fair").count() == 3
