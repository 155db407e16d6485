"""The clock of capture: what it does in the background."""

from datetime import datetime, timedelta
from time import time

from capture import snapshots, spool
from capture.actions.intake import hold_stuck_submissions, take_in_submissions
from capture.actions.receiving import INTAKE, store_submissions
from capture.actions.submissions import forget_submissions, forget_visits
from capture.actors import CAPTURE
from capture.imports.drains import drain_imports
from capture.models import DueSubmission
from ground.due import drain
from ground.ticks import tick

# A chunk holds its locks for about 0.3 s.
CHUNK = 100


@tick(INTAKE, every=timedelta(seconds=2))
def take_in(as_of: datetime) -> int:
    """Make waiting submissions leads; those that fail each time are held for a person."""
    drained = drain(
        DueSubmission,
        lambda rows: take_in_submissions(
            [row.submission_id for row in rows], by=CAPTURE, as_of=as_of
        ),
        as_of=as_of,
        chunk=CHUNK,
    )
    hold_stuck_submissions(by=CAPTURE, as_of=as_of)
    return drained.done


@tick("capture.spool", every=timedelta(seconds=10))
def drain_spool(as_of: datetime) -> int:
    """Move spooled submissions into the database; a file goes only after its row is committed."""
    count = 0
    paths = spool.waiting()
    for start in range(0, len(paths), CHUNK):
        found = list(spool.read(paths[start : start + CHUNK]))
        store_submissions([raw for _path, raw in found], by=CAPTURE, as_of=as_of)
        for path, _raw in found:
            path.unlink(missing_ok=True)
        count += len(found)
    spool.sweep(now=time())
    return count


@tick("capture.snapshots", every=timedelta(seconds=60))
def refresh_snapshots(as_of: datetime) -> int:
    """Write every published form to disk."""
    return snapshots.keep_all()


@tick("capture.forget", every=timedelta(minutes=10))
def forget(as_of: datetime) -> int:
    """Forget submissions and visits that were kept long enough, some at a time."""
    return forget_submissions(by=CAPTURE, as_of=as_of) + forget_visits(by=CAPTURE, as_of=as_of)


tick("capture.import", every=timedelta(seconds=5))(drain_imports)
