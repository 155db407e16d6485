"""Bringing in a file with the browser: chosen, mapped, tried, watched, its refused rows fetched."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.actor import user_actor
from capture.imports.actions import stage_import, take_rows
from capture.imports.models import ImportState, LeadImport
from ground.errors import DomainError
from ground.ticks import TICKS
from leads.models import Lead, Note
from tests.factories import NOW, make_lead
from tests.imports.workbooks import workbook

pytestmark = pytest.mark.django_db

LIST = "Vorname;Mail-Adresse;Bemerkung\nJürgen;j@b.de;Rückruf\n=Ohne;;\nEva;e@b.de;\n".encode(
    "cp1252"
)
NO_CONTACT = "No e-mail address, phone number, address or id in this row."


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def upload(client, content, name="list.csv", channel="trade_fair"):
    """Send a file; returns the answer and the address it leads to."""
    file = SimpleUploadedFile(name, content)
    response = client.post(reverse("import_create"), {"file": file, "channel": channel})
    return response, response.headers.get("Location", "")


def run(as_of=None):
    TICKS["capture.import"].run(as_of or NOW.replace(year=2999))


def stats(response):
    counts = response.context["counts"]
    return {name: counts[name] for name in ("created", "updated", "skipped", "rejected")}


@pytest.mark.requirement("S04")
def test_a_list_is_uploaded_mapped_and_taken_in(client):
    response, page = upload(client, LIST)
    mapping = client.get(page)
    mapped = {"column0": "first_name", "column1": "email", "column2": "note"}
    started = client.post(page, mapped)
    run()
    result = client.get(page)

    assert (response.status_code, mapping.status_code, started.status_code) == (302, 200, 302)
    assert [examples for _field, examples in mapping.context["columns"]] == [
        ["Jürgen", "=Ohne", "Eva"],
        ["j@b.de", "", "e@b.de"],
        ["Rückruf", "", ""],
    ]
    assert stats(result) == {"created": 2, "updated": 0, "skipped": 0, "rejected": 1}
    assert NO_CONTACT in result.content.decode()
    lead = Lead.objects.get(email="j@b.de")
    assert (lead.first_name, lead.first_channel) == ("Jürgen", "trade_fair")
    assert Note.objects.get().body == "Rückruf"


@pytest.mark.requirement("S04")
def test_a_column_of_addresses_from_excel_is_tried_then_taken_in(client):
    make_lead(email="known@b.de")
    content = workbook(["a@b.de"], ["known@b.de"], ["."], ["c@d.de"])
    _response, page = upload(client, content, "adressen.xlsx")

    tried = client.post(page, {"column0": "email", "try": "yes"})

    counts = tried.context["trial"].counts
    assert (tried.status_code, tried.context["trial"].rows) == (200, 4)
    assert (counts["created"], counts["skipped"], counts["rejected"]) == (2, 1, 1)
    assert f"Row 3: {NO_CONTACT}" in " ".join(tried.content.decode().split())
    assert (Lead.objects.count(), LeadImport.objects.get().state) == (1, ImportState.MAPPING)

    client.post(page, {"column0": "email"})
    run()

    assert stats(client.get(page)) == {"created": 2, "updated": 0, "skipped": 1, "rejected": 1}
    assert Lead.objects.filter(first_channel="trade_fair").count() == 2


@pytest.mark.requirement("S04")
def test_refused_rows_are_downloaded_with_their_reason(client):
    _response, page = upload(client, LIST)
    client.post(page, {"column0": "first_name", "column1": "email"})
    run()

    download = client.get(f"{page}refused/")

    text = b"".join(download.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text), delimiter=";")) == [
        ["Row", "Reason", "Vorname", "Mail-Adresse", "Bemerkung"],
        ["3", NO_CONTACT, "'=Ohne", "", ""],
    ]
    assert download["Content-Disposition"] == 'attachment; filename="refused.csv"'
    assert f'href="{page}refused/"' in client.get(page).content.decode()


@pytest.mark.case("I10")
def test_the_header_of_a_file_comes_back_harmless(client):
    _response, page = upload(client, b"=1+1;Mail-Adresse\nEva;\n")
    client.post(page, {"column0": "first_name", "column1": "email"})
    run()

    download = client.get(f"{page}refused/")

    text = b"".join(download.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "Row;Reason;'=1+1;Mail-Adresse"


def test_the_progress_asks_again_until_the_import_is_done(client, marketer):
    _response, page = upload(client, LIST)
    client.post(page, {"column0": "first_name", "column1": "email"})
    take_rows(LeadImport.objects.get(), by=user_actor(marketer), as_of=NOW, limit=1)

    running = client.get(page, headers={"HX-Request": "true"}).content.decode()
    run()
    done = client.get(page, headers={"HX-Request": "true"}).content.decode()

    assert running.strip().startswith('<div id="import-progress"')
    assert ('hx-trigger="every 2s"' in running, "1 of 3" in running) == (True, True)
    assert ('hx-trigger="every 2s"' in done, "3 of 3" in done) == (False, True)
    assert "<html" not in running + done


def test_a_started_import_is_not_started_again(client):
    _response, page = upload(client, LIST)
    client.post(page, {"column1": "email"})

    again = client.post(page, {"column1": "email"})
    run()

    assert again.status_code == 200
    assert Lead.objects.count() == 2


@pytest.mark.requirement("S01")
def test_an_unknown_channel_is_refused_and_nothing_is_kept(client, marketer):
    response, _page = upload(client, LIST, channel="fax")
    with pytest.raises(DomainError) as refusal:
        stage_import(LIST, file_name="l.csv", channel="fax", by=user_actor(marketer), as_of=NOW)

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["channel"])
    assert (refusal.value.code, "fax" in str(refusal.value)) == ("mapping_invalid", True)
    assert LeadImport.objects.count() == 0


def test_a_file_that_is_none_is_refused_at_its_field(client):
    response, _page = upload(client, b"PK\x03\x04broken", "list.xlsx")

    assert response.status_code == 422
    assert response.context["form"].errors == {"file": ["This file is not a readable spreadsheet."]}
