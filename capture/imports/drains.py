"""The background half of imports."""

import time
from datetime import datetime

from django.utils import timezone

from accounts.actor import user_actor
from capture.actors import IMPORTER
from capture.imports.actions import take_rows
from capture.imports.models import DueImport, ImportState
from capture.imports.undo import undo_rows
from ground.due import ask, drain
from ground.ticks import wake

# Far below the 100 seconds that a task may take.
SECONDS = 20


def drain_imports(as_of: datetime) -> int:
    """Take in the imports that run, a chunk at a time, for about 20 seconds.

    An import asks for itself again while rows are left, and the tick is woken when time is up.
    """
    end, done = time.monotonic() + SECONDS, 0
    while count := drain(DueImport, _take_chunks, as_of=as_of, chunk=1, limit=1).done:
        done += count
        if time.monotonic() > end:
            wake("capture.import")
            break
    return done


def _take_chunks(dues: list[DueImport]) -> None:
    for due in dues:
        owner = due.lead_import.created_by
        by = user_actor(owner) if owner and owner.is_active else IMPORTER
        now = timezone.now()
        is_undoing = due.lead_import.state == ImportState.UNDOING
        work = undo_rows if is_undoing else take_rows
        if work(due.lead_import, by=by, as_of=now):
            created_at = due.lead_import.created_at
            ask(DueImport, "lead_import_id", [due.lead_import_id], due_at=created_at)
