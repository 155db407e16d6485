"""What a spreadsheet may take of memory and disk."""

import os
import subprocess
import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from capture.imports import actions, sandbox
from capture.imports.models import LeadImport
from capture.imports.reader import read_table
from tests.imports.workbooks import with_sheet, workbook

_STRINGS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
READ = """
import resource, sys
import django
django.setup()
from capture.imports.reader import read_table
content = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(len(line.cells[0]) for line in read_table(content).lines)
print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def repeated(text, times):
    """Return a sheet in which ``times`` cells share one text."""
    shared = f'<sst xmlns="{_STRINGS}"><si><t>{text}</t></si></sst>'
    rows = "".join(f'<row><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, times + 1))
    return with_sheet(rows, **{"xl/sharedStrings.xml": shared})


@pytest.mark.case("I04")
def test_one_text_that_a_sheet_repeats_does_not_fill_the_memory_of_the_web_server(tmp_path):
    content = repeated("😀" * 30_000, 1000)

    done = subprocess.run(
        [sys.executable, "-c", READ],
        input=content,
        capture_output=True,
        check=True,
        env=os.environ | {"LEADCRM_VAR_DIR": str(tmp_path)},
    )

    count, megabytes = map(int, done.stdout.split())
    assert len(content) < 50_000
    assert count == 30_000 * 1000
    assert megabytes < 100


@pytest.mark.case("I04")
def test_long_texts_are_staged_few_at_a_time(monkeypatch):
    monkeypatch.setattr(actions, "_STAGED_CHARACTERS", 10)
    table = read_table(workbook(["E-Mail"], ["a@b.de"], ["long@example.org"], ["c@d.de"]))

    batches = [[line.number for line in lines] for lines in actions._batches(table.lines)]

    assert batches == [[2, 3], [4]]


def test_two_readers_of_one_sheet_do_not_disturb_each_other():
    lines = read_table(workbook(["Zahl"], ["E-Mail"], ["a@b.de"], ["c@d.de"])).lines

    pairs = [(one.number, two.number) for one, two in zip(lines, lines, strict=True)]

    assert pairs == [(number, number) for number, _same in pairs]
    assert len(pairs) == len(lines)


@pytest.mark.case("I04")
@pytest.mark.django_db
def test_a_full_disk_is_named_and_not_the_file(marketer, as_user, monkeypatch):
    full = os.fdopen(os.open("/dev/full", os.O_RDWR), "r+b", buffering=0)
    monkeypatch.setattr(sandbox, "TemporaryFile", lambda: full)
    file = SimpleUploadedFile("list.xlsx", workbook(["E-Mail"], ["ada@example.org"]))

    response = as_user(marketer).post(
        reverse("import_create"), {"file": file, "channel": "trade_fair"}
    )

    assert response.status_code == 422
    assert "The disk of the server is full." in response.content.decode()
    assert LeadImport.objects.count() == 0
