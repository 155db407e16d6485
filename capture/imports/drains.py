"""The background half of imports."""

from datetime import datetime

from django.utils import timezone

from accounts.actor import user_actor
from capture.actors import IMPORTER
from capture.imports.actions import take_rows
from capture.imports.models import DueImport
from ground.due import ask, drain


def drain_imports(as_of: datetime) -> int:
    """Take one chunk of every import that runs; asks for itself again while rows are left."""
    return drain(DueImport, _take_chunks, as_of=as_of, chunk=1, limit=20).done


def _take_chunks(dues: list[DueImport]) -> None:
    for due in dues:
        owner = due.lead_import.created_by
        by = user_actor(owner) if owner and owner.is_active else IMPORTER
        now = timezone.now()
        if take_rows(due.lead_import, by=by, as_of=now):
            created_at = due.lead_import.created_at
            ask(DueImport, "lead_import_id", [due.lead_import_id], due_at=created_at)
