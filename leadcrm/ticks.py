from datetime import datetime, timedelta

from ground.models import TickRun
from ground.ticks import TICKS, Tick, tick, wake
from leadcrm.vitals import LATE_TICK

CATCH_UP = "leadcrm.catch_up"
# Beat's own firing of a tick comes first; this is for the ones that it missed.
_GRACE = timedelta(seconds=5)
# A tick that failed is tried again after this long, however seldom it comes.
_AGAIN = timedelta(minutes=1)


@tick(CATCH_UP, every=timedelta(seconds=15))
def catch_up(as_of: datetime) -> int:
    """Fire the ticks that have missed their time, failed or died; returns how many.

    Beat counts from its own start, so that a daily tick would never run on a machine that is
    restarted every day. What has run stands in the database; this goes by that.
    """
    runs = TickRun.objects.in_bulk()
    missed = [
        name
        for name, tick in TICKS.items()
        if name != CATCH_UP and _is_missed(tick, runs.get(name), as_of)
    ]
    for name in missed:
        wake(name)
    return len(missed)


def _is_missed(tick: Tick, run: TickRun | None, as_of: datetime) -> bool:
    if run is None or run.started_at + tick.every + _GRACE <= as_of:
        return True
    if run.finished_at is None or run.finished_at < run.started_at:
        return run.started_at + LATE_TICK <= as_of
    return bool(run.last_error) and run.started_at + _AGAIN <= as_of
