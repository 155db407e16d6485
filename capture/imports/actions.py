"""Taking in a file of leads: stage its rows, then make leads of them in chunks."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.imports.mapping import Mapping, RowReader, has_contact
from capture.imports.models import DueImport, ImportRow, ImportState, LeadImport, Outcome
from capture.imports.problems import problem
from capture.imports.reader import Line, read_table
from ground.bulk import insert_values
from ground.due import ask
from ground.errors import ConflictError, DomainError, NotAllowedError
from ground.ticks import wake
from leads.actions.entry import enter_leads
from leads.actions.notes import add_notes
from leads.customfields import definitions, forget_fields
from leads.entries import Entered, LeadEntry
from leads.models import FieldDefinition

log = structlog.get_logger(__name__)

# A chunk holds its locks for some tenths of a second.
CHUNK = 1000
_STAGED = 5000
_STAGED_CHARACTERS = 2_000_000


@action
def stage_import(
    content: bytes,
    *,
    file_name: str,
    by: Actor,
    as_of: datetime,
    mapping: Any = None,
    channel: str = "",
) -> LeadImport:
    """Read a file and keep its rows; nothing becomes a lead yet.

    ``mapping`` is the JSON of a ``Mapping``; without it the columns are guessed, and ``channel``
    is where the leads come from. Raises ``DomainError`` for a file or mapping that is not readable.
    """
    by.require(Right.LEADS_IMPORT)
    table = read_table(content)
    known = definitions()
    chosen = Mapping.parse(mapping, table.header) if mapping else Mapping.guess(table, known)
    if channel:
        chosen = Mapping.parse(chosen.to_json() | {"channel": channel}, table.header)
    lead_import = LeadImport.objects.create(
        file_name=file_name[:255],
        file_hash=hashlib.sha256(content).hexdigest(),
        header=list(table.header),
        mapping=chosen.to_json(),
        row_count=len(table.lines),
        encoding=table.encoding,
        created_by_id=by.user_id,
        created_at=as_of,
    )
    for lines in _batches(table.lines):
        insert_values(
            ImportRow,
            ("lead_import_id", "number", "cells", "outcome", "problems"),
            [
                (
                    lead_import.pk,
                    line.number,
                    chosen.cells_of(table, line),
                    Outcome.SKIPPED if line.is_total else "",
                    [problem("total")] if line.is_total else [],
                )
                for line in lines
            ],
        )
    return lead_import


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield up to ``_STAGED`` lines at a time, fewer when their texts are long."""
    some: list[Line] = []
    characters = 0
    for line in lines:
        some.append(line)
        characters += sum(len(cell) for cell in line.cells if isinstance(cell, str))
        if len(some) == _STAGED or characters > _STAGED_CHARACTERS:
            yield some
            some, characters = [], 0
    if some:
        yield some


@action
def start_import(lead_import: LeadImport, *, mapping: Any, by: Actor, as_of: datetime) -> None:
    """Fix the mapping and let the rows come in, in the background.

    Makes the custom fields that the mapping names. Raises ``ConflictError`` when it runs already.
    """
    by.require(Right.LEADS_IMPORT)
    locked = LeadImport.objects.select_for_update(of=("self",)).get(pk=lead_import.pk)
    if locked.state != ImportState.MAPPING:
        raise ConflictError("import_started", _("This import has been started already."))
    chosen = Mapping.parse(mapping, locked.header)
    make_fields(chosen.fields)
    LeadImport.objects.filter(pk=locked.pk).update(
        mapping=chosen.to_json(), state=ImportState.RUNNING, started_at=as_of
    )
    ask(DueImport, "lead_import_id", [locked.pk], due_at=as_of)
    wake("capture.import")


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of the first rows: counts as in ``import_counts``, and who is refused."""

    counts: dict[str, int]
    refused: list[ImportRow]

    @property
    def rows(self) -> int:
        """How many rows were tried."""
        return self.counts["rows"] - self.counts["open"]


@action
def try_import(
    lead_import: LeadImport, *, mapping: Any, by: Actor, as_of: datetime, limit: int = CHUNK
) -> Trial:
    """Say what would become of the first ``limit`` rows; nothing is changed.

    Raises what ``start_import`` raises.
    """
    with transaction.atomic():
        start_import(lead_import, mapping=mapping, by=by, as_of=as_of)
        started = LeadImport.objects.get(pk=lead_import.pk)
        take_rows(started, by=by, as_of=as_of, limit=limit)
        refused = started.rows.filter(outcome=Outcome.REJECTED).order_by("number")
        trial = Trial(import_counts(started), list(refused[:50]))
        transaction.set_rollback(True)
    return trial


@action
def make_fields(fields: Sequence[Any]) -> None:
    """Make the custom fields that a mapping asks for and that are not there yet."""
    FieldDefinition.objects.bulk_create(
        (
            FieldDefinition(
                key=item["key"],
                field_type=item["field_type"],
                label_de=item.get("label_de", item["key"]),
                label_en=item.get("label_en", item["key"]),
                choices=item.get("choices", []),
            )
            for item in fields
        ),
        ignore_conflicts=True,
    )
    forget_fields()


@action
def take_rows(lead_import: LeadImport, *, by: Actor, as_of: datetime, limit: int = CHUNK) -> int:
    """Make leads of the next ``limit`` rows; returns how many rows were open.

    A crash leaves the chunk open and takes nothing of it; the same rows come in once. A row that
    cannot be stored is refused, and the others come in.
    """
    by.require(Right.LEADS_IMPORT)
    _commit_without_waiting()
    rows = list(
        lead_import.rows.filter(outcome="")
        .order_by("number")
        .select_for_update(of=("self",))[:limit]
    )
    if not rows:
        LeadImport.objects.filter(pk=lead_import.pk, state=ImportState.RUNNING).update(
            state=ImportState.FINISHED, finished_at=as_of
        )
        return 0
    mapping = Mapping.parse(lead_import.mapping, lead_import.header)
    reader = RowReader(
        mapping, as_of=lead_import.started_at or as_of, file_name=lead_import.file_name
    )
    _take(rows, reader, by=by, as_of=as_of)
    _name_same_people(lead_import, rows)
    save_outcomes(rows)
    return len(rows)


def _commit_without_waiting() -> None:
    """Do not wait for the disk at the end of a chunk, which is as long as half of its work.

    A server that crashes may lose the last chunks, whole and with their due row: they are open
    again and come in again. What others commit later takes them along to the disk.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


def _name_same_people(lead_import: LeadImport, rows: Sequence[ImportRow]) -> None:
    """Say of a row that meets a lead of an earlier row of this file which row that was."""
    met = {row.lead_id for row in rows if row.outcome in (Outcome.UPDATED, Outcome.SKIPPED)}
    if not met:
        return
    earlier = lead_import.rows.filter(lead__in=met).order_by().values_list("lead_id")
    first: dict[int | None, int] = dict(earlier.annotate(Min("number")))
    for row in rows:
        if row.lead_id is None:
            continue
        number = first.setdefault(row.lead_id, row.number)
        if number != row.number:
            row.problems = [problem("same_person", number=number), *row.problems]


def save_outcomes(rows: Sequence[ImportRow]) -> None:
    """Write what became of the rows: one statement, since bulk_update took six times as long."""
    statement = """
        UPDATE capture_importrow AS stored
        SET outcome = new.outcome, lead_id = new.lead_id, problems = new.problems,
            changes = new.changes
        FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::jsonb[], %s::jsonb[])
            AS new (id, outcome, lead_id, problems, changes)
        WHERE stored.id = new.id
    """
    columns: list[list[Any]] = [
        [row.pk for row in rows],
        [str(row.outcome) for row in rows],
        [row.lead_id for row in rows],
        [json.dumps(row.problems) for row in rows],
        [json.dumps(row.changes) for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)


def _take(rows: Sequence[ImportRow], reader: RowReader, *, by: Actor, as_of: datetime) -> None:
    """Let rows come in together; where that fails, halve them until the bad one stands alone.

    A row that fails alone is refused with its reason. What is no fault of a row is raised: a
    right that is missing, a database that is away or asks for another try.
    """
    try:
        with transaction.atomic():
            taken = _enter(rows, reader, by=by, as_of=as_of)
    except (NotAllowedError, InterfaceError, OperationalError):
        raise
    except Exception as error:  # noqa: BLE001 - one bad row must not hold up the others
        if len(rows) == 1:
            _reject(rows[0], error)
            return
        middle = len(rows) // 2
        for half in (rows[:middle], rows[middle:]):
            _take(half, reader, by=by, as_of=as_of)
        return
    for row, result in taken:
        _note_result(row, result)


def _enter(
    rows: Sequence[ImportRow], reader: RowReader, *, by: Actor, as_of: datetime
) -> list[tuple[ImportRow, Entered]]:
    """Make leads of the rows that name somebody and refuse the others."""
    good: list[tuple[ImportRow, LeadEntry]] = []
    for row in rows:
        entry = reader.entry(row.cells)
        if has_contact(entry):
            good.append((row, entry))
        else:
            _reject(row, _no_contact())
    results = enter_leads([entry for _row, entry in good], by=by, as_of=as_of)
    taken = [(row, result) for (row, _entry), result in zip(good, results, strict=True)]
    _write_notes(taken, reader.mapping, by=by, as_of=as_of)
    return taken


def _no_contact() -> DomainError:
    return DomainError("contact_missing", "")


def _reject(row: ImportRow, error: Exception) -> None:
    if not isinstance(error, DomainError):
        log.warning("import_row_failed", row=row.pk, error=type(error).__name__)
        error = DomainError("row_unreadable", "")
    row.outcome = Outcome.REJECTED
    row.problems = [problem(error.code, error, error.field, **error.details)]


def _note_result(row: ImportRow, result: Entered) -> None:
    row.lead_id = result.lead_id
    if result.is_new:
        row.outcome = Outcome.CREATED
    else:
        row.outcome = Outcome.UPDATED if result.changed else Outcome.SKIPPED
        row.changes = {name: [old, new] for name, (old, new) in result.changed.items()}
    row.problems = [
        problem(item.code, item.message, item.field, **item.details) for item in result.warnings
    ]


def _write_notes(
    taken: Sequence[tuple[ImportRow, Entered]],
    mapping: Mapping,
    *,
    by: Actor,
    as_of: datetime,
) -> None:
    """Keep remarks as notes; a lead gets a remark only once, however often the file comes."""
    columns = [
        name
        for name, targets in mapping.columns.items()
        if any(column.to == "note" for column in targets)
    ]
    if not columns:
        return
    bodies: dict[int, str] = {}
    for row, result in taken:
        text = "\n".join(str(row.cells[name]) for name in columns if row.cells.get(name))
        if text and result.is_new:
            bodies[result.lead_id] = text
    if bodies:
        add_notes(bodies, by=by, as_of=as_of)


def import_counts(lead_import: LeadImport) -> dict[str, int]:
    """Return the rows of an import by outcome, and all of them as ``rows``."""
    found = dict(
        lead_import.rows.order_by()
        .values("outcome")
        .annotate(count=Count("pk"))
        .values_list("outcome", "count")
    )
    counts = {outcome.value: found.get(outcome.value, 0) for outcome in Outcome}
    return {"rows": lead_import.row_count, **counts, "open": found.get("", 0)}


def summary_line(counts: dict[str, int]) -> str:
    """Return the JSON line that ends the command."""
    shown = ("rows", "created", "updated", "skipped", "rejected")
    return json.dumps({name: counts[name] for name in shown})
