"""Taking in a file of leads: stage its rows, then make leads of them in chunks."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.imports.mapping import Mapping, RowReader, has_contact
from capture.imports.models import DueImport, ImportRow, ImportState, LeadImport, Outcome
from capture.imports.reader import read_table
from ground.due import ask
from ground.errors import ConflictError, DomainError, NotAllowedError
from ground.ticks import wake
from leads.actions.entry import enter_leads
from leads.actions.notes import add_notes
from leads.customfields import definitions, forget_fields
from leads.entries import Entered, LeadEntry
from leads.models import FieldDefinition

log = structlog.get_logger(__name__)

# About 1 ms a row here; a chunk holds its locks for half a second.
CHUNK = 500


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
    skipped = [{"code": "total", "message": str(_("A row of totals.")), "field": ""}]
    ImportRow.objects.bulk_create(
        (
            ImportRow(
                lead_import=lead_import,
                number=line.number,
                cells=chosen.cells_of(table, line),
                outcome=Outcome.SKIPPED if line.is_total else "",
                problems=skipped if line.is_total else [],
            )
            for line in table.lines
        ),
        batch_size=2000,
    )
    return lead_import


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
    # An upsert by key: bulk_update took six times as long for 500 rows.
    ImportRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["outcome", "lead", "problems", "changes"],
    )
    return len(rows)


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
    return DomainError(
        "contact_missing", _("No e-mail address, phone number, address or id in this row.")
    )


def _reject(row: ImportRow, error: Exception) -> None:
    if not isinstance(error, DomainError):
        log.warning("import_row_failed", row=row.pk, error=type(error).__name__)
        error = DomainError("row_unreadable", _("A value in this row cannot be stored."))
    row.outcome = Outcome.REJECTED
    row.problems = [{"code": error.code, "message": str(error), "field": error.field}]


def _note_result(row: ImportRow, result: Entered) -> None:
    row.lead_id = result.lead_id
    if result.is_new:
        row.outcome = Outcome.CREATED
    else:
        row.outcome = Outcome.UPDATED if result.changed else Outcome.SKIPPED
        row.changes = {name: [old, new] for name, (old, new) in result.changed.items()}
    row.problems = [
        {"code": item.code, "message": str(item.message), "field": item.field}
        for item in result.warnings
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
