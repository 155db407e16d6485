"""Taking an import back, as far as nobody has built on it since."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor, ActorKind, delegated
from accounts.rights import Right
from capture.imports.actions import save_outcomes
from capture.imports.models import DueImport, ImportRow, ImportState, LeadImport, Outcome
from capture.imports.problems import problem
from ground.due import ask
from ground.errors import ConflictError, DomainError
from ground.ticks import wake
from leads.actions.editing import delete_leads, edit_lead
from leads.activities import LEAD_STAGE_CHANGED
from leads.customfields import definitions
from leads.identification import CONTACTS, read_contact
from leads.models import Activity, Company, FieldDefinition, Identifier, Lead

UNDONE = audit.register_event("import.undone", _("Import taken back"))
# Fields go back lead by lead: about 10 ms each, in which the chunk is locked.
CHUNK = 100
_BROUGHT = (Outcome.CREATED, Outcome.UPDATED)


@dataclass(slots=True)
class Verdict:
    """What can be done about some rows: leads to bin, fields to set back by lead, the rest."""

    bin: set[int] = field(default_factory=set)
    back: dict[int, dict[str, Any]] = field(default_factory=dict)
    # By key of the row: why it, or a field of it, stays.
    kept: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    # Keys of rows of which something, or all, is taken back.
    undone: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Preview:
    """What taking back would do: numbers of leads and rows, and the first rows that stay."""

    binned: int = 0
    restored: int = 0
    kept: int = 0
    shown: list[ImportRow] = field(default_factory=list)


def preview_undo(lead_import: LeadImport, *, by: Actor) -> Preview:
    """Say what taking the import back would do now; five queries for each 1,000 rows."""
    preview = Preview()
    leads: set[int] = set()
    rows = lead_import.rows.filter(outcome__in=_BROUGHT).order_by("-number")
    number = None
    while some := list((rows.filter(number__lt=number) if number else rows)[:1000]):
        number = some[-1].number
        verdict = _judge(lead_import, some, by)
        preview.binned += len(verdict.bin)
        leads |= verdict.back.keys()
        for row in some:
            if row.pk in verdict.kept:
                preview.kept += 1
                row.problems = verdict.kept[row.pk]
                preview.shown += [row] if len(preview.shown) < 50 else []
    preview.restored = len(leads)
    return preview


@action
def start_undo(lead_import: LeadImport, *, by: Actor, as_of: datetime) -> None:
    """Let what an import brought be taken back, in the background.

    Raises ``ConflictError`` while it runs, and when it has been taken back already.
    """
    by.require(Right.LEADS_IMPORT)
    imports = LeadImport.objects.visible_to(by).select_for_update(of=("self",))
    locked = imports.get(pk=lead_import.pk)
    if locked.state in (ImportState.UNDOING, ImportState.UNDONE):
        raise ConflictError("import_undone", _("This import has been taken back already."))
    if locked.state != ImportState.FINISHED:
        raise ConflictError("import_running", _("This import has not come to its end yet."))
    LeadImport.objects.filter(pk=locked.pk).update(state=ImportState.UNDOING)
    audit.record(UNDONE, by=by, as_of=as_of, about=locked, data={"rows": locked.row_count})
    ask(DueImport, "lead_import_id", [locked.pk], due_at=as_of)
    wake("capture.import")


@action
def undo_rows(lead_import: LeadImport, *, by: Actor, as_of: datetime, limit: int = CHUNK) -> int:
    """Take back the last ``limit`` rows that brought something; returns how many there were.

    New leads that nobody touched go to the bin, fields that still hold what the import wrote get
    their former value. What stays is noted with its reason. A crash takes nothing of a chunk back.
    """
    by.require(Right.LEADS_IMPORT)
    brought = lead_import.rows.filter(outcome__in=_BROUGHT).order_by("-number")
    rows = list(brought.select_for_update(of=("self",))[:limit])
    if not rows:
        LeadImport.objects.filter(pk=lead_import.pk, state=ImportState.UNDOING).update(
            state=ImportState.UNDONE
        )
        return 0
    verdict = _judge(lead_import, rows, by)
    delete_leads(sorted(verdict.bin), by=delegated(by, Right.LEADS_DELETE), as_of=as_of)
    for lead_id in sorted(verdict.back):
        _set_back(lead_import, lead_id, verdict, rows, by=by, as_of=as_of)
    for row in rows:
        row.outcome = Outcome.UNDONE if row.pk in verdict.undone else Outcome.KEPT
        row.problems = verdict.kept.get(row.pk, [])
    save_outcomes(rows)
    return len(rows)


def _set_back(
    lead_import: LeadImport,
    lead_id: int,
    verdict: Verdict,
    rows: Sequence[ImportRow],
    *,
    by: Actor,
    as_of: datetime,
) -> None:
    """Set the fields of one lead back, or note why that cannot be."""
    own = [row for row in rows if row.lead_id == lead_id]
    try:
        edit_lead(lead_id, verdict.back[lead_id], by=by, as_of=as_of)
    except DomainError as error:
        for row in own:
            verdict.kept[row.pk] = [problem(error.code, error, error.field, **error.details)]
            verdict.undone.discard(row.pk)
        return
    brought = [
        (name, read_contact(name, row.changes[name][1], "").key)
        for row in own
        for name in CONTACTS.keys() & row.changes.keys() & verdict.back[lead_id].keys()
    ]
    for kind, key in brought:
        Identifier.objects.filter(
            lead_id=lead_id,
            kind=kind,
            normalised=key,
            confirmed_at=None,
            created_at__gte=lead_import.started_at,
            created_at__lte=lead_import.finished_at,
        ).delete()


def _judge(lead_import: LeadImport, rows: Sequence[ImportRow], by: Actor) -> Verdict:
    """Say of rows, the last of the file first, what can be taken back."""
    ids = {row.lead_id for row in rows if row.lead_id is not None}
    leads = {lead.pk: lead for lead in Lead.objects.visible_to(by).filter(pk__in=ids)}
    made = lead_import.rows.filter(outcome=Outcome.CREATED, lead__in=ids)
    made_here = set(made.order_by().values_list("lead_id", flat=True))
    touched = _touched(lead_import, made_here)
    known, names = definitions(), _company_names(rows)
    verdict = Verdict()
    for row in rows:
        lead = leads.get(row.lead_id or 0)
        if lead is None:
            verdict.kept[row.pk] = [problem("undo_gone")]
        elif lead.pk in touched:
            verdict.kept[row.pk] = [problem("undo_touched")]
        elif lead.pk in made_here:
            # What later rows added to a lead that this file made goes with it.
            verdict.undone.add(row.pk)
            if row.outcome == Outcome.CREATED:
                verdict.bin.add(lead.pk)
        else:
            _judge_fields(row, lead, verdict, known, names)
    return verdict


def _touched(lead_import: LeadImport, lead_ids: set[int]) -> set[int]:
    """Return those leads that somebody has worked with, or that did something, since the import.

    What the machinery works out by itself, scores and the stages that follow, is nobody's work.
    """
    by_itself = Q(kind__startswith="score.") | Q(kind=LEAD_STAGE_CHANGED)
    since = Activity.objects.filter(
        lead__in=lead_ids, recorded_at__gt=lead_import.finished_at, is_machine=False
    )
    work = since.exclude(by_itself, actor_kind=ActorKind.SYSTEM)
    return set(work.order_by().values_list("lead_id", flat=True))


def _judge_fields(
    row: ImportRow,
    lead: Lead,
    verdict: Verdict,
    known: dict[str, FieldDefinition],
    names: dict[int, str],
) -> None:
    for name, (old, new) in row.changes.items():
        custom = name.removeprefix("custom.") if name.startswith("custom.") else ""
        present = lead.custom.get(custom) if custom else getattr(lead, name)
        if present != new or (custom and custom not in known):
            shown = custom or name.removesuffix("_id")
            verdict.kept.setdefault(row.pk, []).append(problem("undo_changed", field=shown))
            continue
        verdict.undone.add(row.pk)
        back = verdict.back.setdefault(lead.pk, {})
        if custom:
            # An earlier row may have written it too, and is judged by what is there then.
            lead.custom[custom] = back[name] = old
        else:
            setattr(lead, name, old)
            is_company = name == "company_id"
            back["company" if is_company else name] = names.get(old, "") if is_company else old


def _company_names(rows: Sequence[ImportRow]) -> dict[int, str]:
    ids = {row.changes["company_id"][0] for row in rows if "company_id" in row.changes} - {None}
    return dict(Company.objects.filter(pk__in=ids).order_by().values_list("pk", "name"))
