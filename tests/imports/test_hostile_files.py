"""Spreadsheets that are made to do harm are refused; those of people still come in."""

import subprocess
import sys
from datetime import date, datetime
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from capture.imports import sandbox
from capture.imports.models import LeadImport
from capture.imports.reader import read_table
from ground.errors import DomainError
from tests.imports.workbooks import SHEET, lying, text_cell, with_parts, with_sheet, workbook

MB = 1024 * 1024
MOMENT = datetime.fromisoformat("2026-09-14T08:30")
FAR_APART = f"<row>{text_cell('A1', 'x')}</row><row>{text_cell('XFD1048576', 'x')}</row>"


def refused(content):
    with pytest.raises(DomainError) as refusal:
        read_table(content)
    return refusal.value.code


@pytest.mark.case("I01")
@pytest.mark.parametrize("size", [51 * MB, 500 * MB])
def test_a_zip_bomb_is_refused_by_its_directory(size):
    bomb = with_parts({SHEET: b"<" * size})

    assert len(bomb) < MB
    assert refused(bomb) == "file_too_large"


@pytest.mark.case("I01")
def test_a_small_part_that_is_packed_too_tightly_is_refused():
    assert refused(with_parts({SHEET: b"<" * MB})) == "file_too_large"


@pytest.mark.case("I02")
def test_an_archive_that_lies_about_its_size_is_read_to_the_end():
    bomb = with_parts({SHEET: b"<" * 60 * MB})

    assert refused(lying(bomb, SHEET, declared=1000)) == "file_too_large"


@pytest.mark.case("I02")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../../etc/cron.d/x", b"x"),
        ("/etc/passwd", b"x"),
        ("xl\\..\\..\\x", b"x"),
        ("C:/x", b"x"),
        ("xl/inner.zip", b"x"),
        ("xl/media/picture.png", workbook(["a"])),
    ],
)
def test_an_archive_with_strange_parts_is_refused(name, content):
    assert refused(with_parts({name: content})) == "file_unsafe"


@pytest.mark.case("I02")
def test_an_archive_of_countless_parts_is_refused():
    assert refused(with_parts({f"xl/{n}": b"" for n in range(2001)})) == "file_too_large"
    assert refused(b"PK\x03\x04" + b"PK\x01\x02" * 10**6) == "file_too_large"


@pytest.mark.case("I03")
@pytest.mark.parametrize(
    "entity",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY b SYSTEM "file:///etc/passwd">',
    ],
)
def test_entities_in_a_sheet_are_refused(entity):
    content = with_sheet(
        f"<row>{text_cell('A1', '&b;')}</row>", prolog=f"<!DOCTYPE worksheet [{entity}]>"
    )

    assert refused(content) == "file_unsafe"


@pytest.mark.case("I04")
def test_two_cells_at_the_ends_of_a_sheet_end_the_child_and_nothing_else():
    content = with_sheet(FAR_APART)

    assert len(content) < 10_000
    assert refused(content) == "file_too_large"


@pytest.mark.case("I04")
def test_a_sheet_that_is_too_wide_is_refused_and_blank_rows_are_not_kept():
    blank = "".join(f'<row r="{n}"/>' for n in range(1, 60_000))
    last = f"<row>{text_cell('A1000000', 'ada@example.org')}</row>"

    assert refused(workbook([f"c{n}" for n in range(501)])) == "file_too_large"
    (line,) = read_table(with_sheet(blank + last)).lines
    assert (line.number, line.cells) == (1_000_000, ("ada@example.org",))


@pytest.mark.case("I04")
def test_one_long_text_in_many_cells_is_refused():
    shared = f"<sst><si><t>{'x' * 30_000}</t></si></sst>".replace(
        "<sst>", '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    rows = "".join(f'<row><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 5000))

    assert refused(with_sheet(rows, **{"xl/sharedStrings.xml": shared})) == "file_too_large"


def test_a_file_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(sandbox, "_SECONDS", 0.001)

    assert refused(workbook(["E-Mail"], ["ada@example.org"])) == "file_too_large"


def test_a_child_that_dies_half_way_is_no_short_table(monkeypatch):
    def die(*args, stdout, **kwargs):
        stdout.write(b'[1, ["E-Mail"]]\n[2, ["a@b.de"]]\n')
        return subprocess.CompletedProcess([], 0)

    monkeypatch.setattr(subprocess, "run", die)

    assert refused(workbook(["E-Mail"], ["ada@example.org"])) == "file_unreadable"


def test_cells_come_back_as_what_they_were():
    table = read_table(
        workbook(
            ["Text", "Zahl", "Bruch", "Ja", "Tag", "Zeit", "Leer"],
            ["Jürgen 😀", 7, 1.5, True, date(2026, 9, 14), MOMENT, None],
        )
    )

    (line,) = table.lines
    assert line.cells == (
        "Jürgen 😀",
        7,
        1.5,
        True,
        date(2026, 9, 14),
        MOMENT,
        "",
    )


@pytest.mark.django_db
def test_what_no_database_takes_is_left_out_of_cells(marketer, as_user):
    row = f"<row>{text_cell('A1', 'E-Mail')}{text_cell('B1', 'Zahl')}</row>"
    row += f'<row>{text_cell("A2", "a_x0000_@b.de")}<c r="B2"><v>NaN</v></c></row>'
    row += f'<row>{text_cell("A3", "c@d.de")}<c r="B3"><v>INF</v></c></row>'

    response = upload(as_user(marketer), with_sheet(row))

    assert response.status_code == 302
    cells = LeadImport.objects.get().rows.values_list("cells", flat=True)
    assert list(cells) == [{"E-Mail": "a@b.de"}, {"E-Mail": "c@d.de"}]


def upload(client, content):
    file = SimpleUploadedFile("list.xlsx", content)
    return client.post(reverse("import_create"), {"file": file, "channel": "trade_fair"})


@pytest.mark.case("I04")
@pytest.mark.django_db
def test_the_browser_says_what_is_wrong_in_the_language_of_the_reader(marketer, as_user):
    marketer.language = "de"
    marketer.save()

    response = upload(as_user(marketer), with_sheet(FAR_APART))

    assert response.status_code == 422
    assert "Diese Datei ist zu groß" in response.content.decode()
    assert LeadImport.objects.count() == 0


@pytest.mark.case("I04")
@pytest.mark.django_db
def test_the_command_ends_with_a_reason(tmp_path):
    (tmp_path / "list.xlsx").write_bytes(with_sheet(FAR_APART))

    with pytest.raises(CommandError, match="too large") as end, translation.override("en"):
        call_command("import_leads", str(tmp_path / "list.xlsx"), stderr=StringIO())

    assert end.value.returncode == 1


def test_the_program_of_the_child_loads_nothing_of_ours():
    code = "import runpy, sys; runpy.run_path(sys.argv[1]); print('django' in sys.modules)"
    program = str(sandbox._PROGRAM)

    done = subprocess.run(
        [sys.executable, "-I", "-c", code, program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"
