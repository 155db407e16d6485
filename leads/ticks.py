"""The clock of leads."""

import time
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from ground.due import Drained, ask, drain
from ground.ticks import tick
from leads.actions.exports import TICK, expire_exports, write_slice
from leads.actions.purging import purge_bin
from leads.actors import BIN, EXPORTS
from leads.following import TICK as MEMBERS
from leads.following import look_at_segments_daily, rebuild_range, refresh_due_members
from leads.models import DueExport, DueMember, DueSegment

# A run that takes longer leaves the rest to the next one.
MOST_BATCHES = 100
# Far below the 100 seconds that a task may take.
SECONDS = 20


@tick("leads.bin", every=timedelta(hours=1))
def empty_bin(as_of: datetime) -> int:
    """Remove the leads that have been in the bin for more than 30 days."""
    total = 0
    for _batch in range(MOST_BATCHES):
        count = purge_bin(by=BIN, as_of=as_of)
        if not count:
            break
        total += count
    return total


@tick(TICK, every=timedelta(seconds=5))
def write_exports(as_of: datetime) -> int:
    """Go on with the exports that are asked for, a slice at a time, for about 20 seconds."""
    end, done = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        drained = drain(DueExport, _write_slices, as_of=as_of, chunk=1, limit=1)
        done += drained.done
        # One that failed waits before it is tried again, and holds up nobody.
        if not drained.done and not drained.failed:
            break
    return done


def _write_slices(dues: list[DueExport]) -> None:
    for due in dues:
        if write_slice(due.export_id, as_of=timezone.now()):
            ask(DueExport, "export_id", [due.export_id], due_at=due.export.created_at)


@tick(MEMBERS, every=timedelta(seconds=2))
def follow_conditions(as_of: datetime) -> int:
    """Let leads into and out of the segments that keep members.

    Single leads go first; then all leads for segments that changed, a range at a time.
    """
    end = time.monotonic() + SECONDS
    work = partial(refresh_due_members, as_of=as_of)
    done = drain(DueMember, work, as_of=as_of).done
    while time.monotonic() < end:
        drained = drain(DueSegment, partial(_rebuild, as_of=as_of), as_of=as_of, chunk=1, limit=1)
        done += drained.done
        if drained == Drained():
            break
    return done


def _rebuild(dues: list[DueSegment], as_of: datetime) -> None:
    for due in dues:
        rebuild_range(due, as_of=as_of)


@tick("leads.segments", every=timedelta(minutes=10))
def look_at_segments(as_of: datetime) -> int:
    """Look at all leads for the segments that keep members once a day."""
    return look_at_segments_daily(as_of)


@tick("leads.exports_expire", every=timedelta(minutes=10))
def expire_old_exports(as_of: datetime) -> int:
    """Remove the files of exports that have been ready for a day."""
    return expire_exports(by=EXPORTS, as_of=as_of)
