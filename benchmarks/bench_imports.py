"""Importing a file: rows a second from its bytes to finished leads, against SQL by hand."""

import io
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection, transaction

from accounts.action import writing
from accounts.actor import system_actor
from accounts.rights import Right
from benchmarks.imports_by_hand import COPY, STAGE, STATEMENTS
from benchmarks.row import Row
from benchmarks.scale import Scale
from capture.imports.actions import import_counts, stage_import, start_import, take_rows
from capture.imports.models import LeadImport
from leadcrm.made_data.build import make_data

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
BY = system_actor("benchmark", *Right)
HEADER = "Vorname;Nachname;E-Mail;Telefon;Firma;Ort;Land\n"
CITIES = ("Berlin", "München", "Köln", "Ulm", "Bonn", "Leipzig")
COUNTRIES = ("DE", "AT", "CH")
# By hand numbers are compared as they are typed, so they are typed alike.
PREFIXES = {"DE": "+4930", "AT": "+431", "CH": "+4144"}
# The files, each with numbers of its own.
LETTERS = ("a", "ah", "b", "bh")


def run(scale: Scale) -> list[Row]:
    """Measure new leads, the same file again, and new leads beside ``scale.leads`` others."""
    rows, known = scale.rows, scale.leads
    measured = [*_pair("new leads", rows, "a"), *_pair("known leads, nothing new", rows, "a")]
    make_data(leads=known, activities=10 * known, seed=1, as_of=NOW, is_scored=False)
    measured += _pair(f"new leads beside {known:,}", rows, "b")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*measured, Row.of("memory at its peak", peak, None, "MiB")]


def _pair(name: str, rows: int, letter: str) -> list[Row]:
    """Import one file each way, of different people, so that both write as many rows."""
    ours = _seconds(_import, made_file(rows, letter))
    hand = _seconds(_by_hand, made_file(rows, letter + "h"))
    return [Row.of(f"import {rows:,} rows, {name}", rows / ours, rows / hand, "rows/s")]


def _seconds(work: Callable[[bytes], None], content: bytes) -> float:
    started = time.perf_counter()
    work(content)
    return time.perf_counter() - started


def made_file(rows: int, letter: str) -> bytes:
    """Return a CSV of as many people, each with an address and three in four with a number."""
    lines = [HEADER]
    for number in range(rows):
        country = COUNTRIES[number % 3]
        first = LETTERS.index(letter) + 2
        phone = f"{PREFIXES[country]}{first}{number:06}" if number % 4 else ""
        lines.append(
            f"Ada;Muster{number};{letter}.muster{number}@firma{number % 997}.example;{phone};"
            f"Firma {number % 5000} GmbH;{CITIES[number % 6]};{country}\n"
        )
    return "".join(lines).encode()


def _import(content: bytes) -> None:
    """Bring the file in as the product does, chunk by chunk."""
    staged = stage_import(content, file_name="leads.csv", by=BY, as_of=NOW)
    start_import(staged, mapping=staged.mapping, by=BY, as_of=NOW)
    started = LeadImport.objects.get(pk=staged.pk)
    while take_rows(started, by=BY, as_of=NOW):
        pass
    counts = import_counts(started)
    assert counts["created"] + counts["skipped"] == counts["rows"], counts


def _by_hand(content: bytes) -> None:
    with writing("benchmark"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.cursor.copy_expert(COPY, io.BytesIO(content))
        for statement in STATEMENTS:
            cursor.execute(statement, {"as_of": NOW})
