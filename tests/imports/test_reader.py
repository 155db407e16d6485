import io
from datetime import date

import openpyxl
import pytest

from capture.imports.reader import read_table, text_of
from ground.errors import DomainError


def sheet(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cells(table):
    return [tuple(text_of(cell) for cell in line.cells) for line in table.lines]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("cp1252", "cp1252"),
    ],
)
def test_umlauts_are_read_in_every_usual_encoding(encoding, found):
    table = read_table("Name;Ort\nJürgen Groß;Köln\n".encode(encoding))

    assert table.encoding == found
    assert cells(table) == [("Jürgen Groß", "Köln")]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    text = delimiter.join(["Name", "E-Mail", "Ort"]) + "\n"
    text += delimiter.join(['"Müller; Söhne, GmbH"', "a@b.de", "Ulm"]) + "\n"

    table = read_table(text.encode())

    assert table.delimiter == delimiter
    assert cells(table) == [("Müller; Söhne, GmbH", "a@b.de", "Ulm")]


def test_a_line_break_inside_quotes_stays_in_its_cell():
    table = read_table(b'Name;Firma\nPe;"Pe\nHermanos"\n')

    assert cells(table) == [("Pe", "Pe\nHermanos")]


def test_title_rows_blank_rows_and_totals_are_not_leads():
    content = sheet(
        ["Messekontakte – Halle 4"],
        [],
        ["Name", "E-Mail", "Tag"],
        ["Ada", "ada@example.org", date(2026, 9, 14)],
        [],
        ["Summe", "", "1 Kontakt"],
    )

    table = read_table(content)

    assert table.header == ("Name", "E-Mail", "Tag")
    assert [(line.number, line.is_total) for line in table.lines] == [(4, False), (6, True)]
    assert cells(table)[0] == ("Ada", "ada@example.org", "2026-09-14")


def test_somebody_called_total_is_not_a_row_of_totals():
    table = read_table(b"Name;E-Mail\nTotal Quality GmbH;info@tq.example\n")

    assert [line.is_total for line in table.lines] == [False]


@pytest.mark.requirement("S04")
def test_a_sheet_with_one_bare_column_of_addresses_is_understood():
    table = read_table(sheet(["ada@example.org"], ["bob@example.org"]))

    assert (table.has_header, table.header) == (False, ("E-Mail",))
    assert cells(table) == [("ada@example.org",), ("bob@example.org",)]


def test_equal_column_names_are_told_apart():
    table = read_table(b"Mail;Mail\na@b.de;c@d.de\n")

    assert table.header == ("Mail", "Mail *")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\n;;\n", "file_empty"),
        (b"PK\x03\x04broken", "file_unreadable"),
        (b";".join(b"c%d" % n for n in range(501)), "file_too_large"),
    ],
)
def test_what_is_not_a_table_is_refused_with_a_reason(content, code):
    with pytest.raises(DomainError) as refusal:
        read_table(content)

    assert refusal.value.code == code
