"""Spreadsheets made part by part, the honest and the hostile."""

import io
import struct
import zipfile

import openpyxl

_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows):
    """Return an XLSX with these rows, as Excel saves it."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def text_cell(reference, text):
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def with_sheet(rows, *, prolog="", **parts):
    """Return an XLSX whose first sheet holds ``rows`` of XML; ``parts`` are added by name."""
    sheet = f'<?xml version="1.0"?>{prolog}<worksheet xmlns="{_NAMESPACE}">'
    sheet += f"<sheetData>{rows}</sheetData></worksheet>"
    return with_parts({SHEET: sheet, **parts})


def with_parts(parts):
    """Return an XLSX in which these parts are replaced or added."""
    source = zipfile.ZipFile(io.BytesIO(workbook(["E-Mail"], ["ada@example.org"])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, content in parts.items():
            target.writestr(name, content)
    return file.getvalue()


def lying(content, name, *, declared):
    """Return the archive with another unpacked size of ``name`` in its directory and header."""
    info = zipfile.ZipFile(io.BytesIO(content)).getinfo(name)
    changed = bytearray(content)
    struct.pack_into("<I", changed, info.header_offset + 22, declared)
    entry = changed.rindex(name.encode()) - 46
    assert changed[entry : entry + 4] == b"PK\x01\x02"
    struct.pack_into("<I", changed, entry + 24, declared)
    return bytes(changed)
