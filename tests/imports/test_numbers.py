"""Numbers survive the way out and in again."""

import pytest

from accounts.actor import user_actor
from capture.imports.actions import stage_import, start_import, take_rows
from leads.export import csv_line, lead_table
from leads.models import Lead
from tests.factories import EVERYTHING, NOW, make_field, make_lead
from tests.imports.workbooks import workbook

pytestmark = pytest.mark.django_db
NUMBERS = [1.234, -1.234, 12.345, 999.001, 1234.567, 0.125, 1.5, 7, 1234, -9.5, 1234567.891]


def bring_in(user, content):
    by = user_actor(user)
    lead_import = stage_import(content, file_name="l.csv", by=by, as_of=NOW)
    start_import(lead_import, mapping=lead_import.mapping, by=by, as_of=NOW)
    lead_import.refresh_from_db()
    while take_rows(lead_import, by=by, as_of=NOW):
        pass


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_an_export_is_read_again_as_what_it_was(marketer, number):
    make_field("budget", "number")
    make_lead(email="a@b.de", custom={"budget": number})
    header, row = lead_table(Lead.objects.all(), actor=EVERYTHING)
    places = [header.index("email"), header.index("custom.budget")]
    cells = [row[place] for place in places]
    content = csv_line(["E-Mail", "Budget"]) + csv_line(["new@b.de", cells[1]])

    bring_in(marketer, content.encode())

    assert Lead.objects.get(email="new@b.de").custom == {"budget": number}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_a_spreadsheet_is_no_text(marketer, number):
    make_field("budget", "number")

    bring_in(marketer, workbook(["E-Mail", "Budget"], ["a@b.de", number]))

    assert Lead.objects.get().custom == {"budget": number}
