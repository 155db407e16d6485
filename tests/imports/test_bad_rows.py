"""Rows that cannot come in hold up nobody else."""

import csv
import io

import pytest
from django.db import OperationalError

from accounts.actor import user_actor
from capture.imports.actions import import_counts, stage_import, start_import, take_rows
from capture.imports.drains import drain_imports
from capture.imports.export import refused_rows
from capture.imports.models import ImportState
from leads.models import Lead
from tests.factories import NOW, make_field, make_lead

pytestmark = pytest.mark.django_db
MAPPING = {
    "columns": {
        "E-Mail": "email",
        "Telefon": "phone",
        "Firma": "company",
        "Anzahl": "custom.count",
        "Tag": "custom.day",
        "Datum": "occurred_at",
        "Notiz": "note",
    }
}


def bring_in(by, **middle):
    """Import three rows, the one in the middle with these cells, as the background does."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(MAPPING["columns"]), delimiter=";")
    writer.writeheader()
    writer.writerows([{"E-Mail": "a@b.de"}, middle, {"E-Mail": "c@d.de"}])
    content = file.getvalue().encode()
    lead_import = stage_import(content, file_name="l.csv", by=by, as_of=NOW, mapping=MAPPING)
    start_import(lead_import, mapping=lead_import.mapping, by=by, as_of=NOW)
    drain_imports(NOW)
    lead_import.refresh_from_db()
    return lead_import


@pytest.mark.requirement("S04")
@pytest.mark.parametrize(
    ("middle", "reason"),
    [
        ({"Telefon": "-"}, "No e-mail address, phone number, address or id in this row."),
        ({"E-Mail": "."}, "No e-mail address, phone number, address or id in this row."),
        ({"E-Mail": "n@b.de", "Notiz": "x" * 20_001}, "This note is too long."),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_the_others_come_in(marketer, middle, reason):
    lead_import = bring_in(user_actor(marketer), **middle)

    counts = import_counts(lead_import)
    assert (lead_import.state, counts["created"], counts["rejected"]) == (
        ImportState.FINISHED,
        2,
        1,
    )
    assert sorted(Lead.objects.values_list("email", flat=True)) == ["a@b.de", "c@d.de"]
    _header, *refused = refused_rows(lead_import)
    assert [row[:2] for row in refused] == [["3", reason]]


@pytest.mark.requirement("S04")
def test_a_row_that_the_database_does_not_take_is_refused_alone(marketer):
    make_lead(email="full@b.de", version=2**31 - 1)

    lead_import = bring_in(user_actor(marketer), **{"E-Mail": "full@b.de", "Telefon": "030 901820"})

    counts = import_counts(lead_import)
    assert (counts["created"], counts["rejected"], counts["open"]) == (2, 1, 0)
    (refused,) = lead_import.rows.filter(outcome="rejected")
    assert refused.problems == [{"code": "row_unreadable", "field": ""}]


@pytest.mark.parametrize(
    "middle",
    [
        {"Firma": "ß" + "x" * 199},
        {"Firma": "x" * 199 + "™"},
        {"E-Mail": "ß" * 300 + "@x.de"},
        {"Anzahl": "1e9999999"},
        {"Tag": "3000000000.1.2020"},
        {"Datum": "0001-01-01"},
    ],
)
def test_a_value_that_is_out_of_all_bounds_refuses_nobody(marketer, middle):
    make_field("count", "number")
    make_field("day", "date")

    lead_import = bring_in(user_actor(marketer), **{"E-Mail": "mid@b.de", **middle})

    counts = import_counts(lead_import)
    assert (lead_import.state, counts["created"]) == (ImportState.FINISHED, 3)


def test_a_database_that_is_away_refuses_no_row(marketer, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("the connection was lost")

    by = user_actor(marketer)
    lead_import = stage_import(b"E-Mail\na@b.de\n", file_name="l.csv", by=by, as_of=NOW)
    start_import(lead_import, mapping=lead_import.mapping, by=by, as_of=NOW)
    monkeypatch.setattr("capture.imports.actions.enter_leads", fail)

    with pytest.raises(OperationalError):
        take_rows(lead_import, by=by, as_of=NOW)

    assert import_counts(lead_import)["open"] == 1
