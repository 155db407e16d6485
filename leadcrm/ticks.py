from datetime import UTC, datetime, timedelta

from ground.models import TickRun
from ground.ticks import TICKS, tick, wake

CATCH_UP = "leadcrm.catch_up"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# Beat's own firing of a tick comes first; this is for the ones that it missed.
_GRACE = timedelta(seconds=5)


@tick(CATCH_UP, every=timedelta(seconds=15))
def catch_up(as_of: datetime) -> int:
    """Fire the ticks that have missed their time; returns how many.

    Beat counts from its own start, so that a daily tick would never run on a machine that is
    restarted every day. What has run stands in the database; this goes by that.
    """
    started = dict(TickRun.objects.values_list("name", "started_at"))
    missed = [
        name
        for name, tick in TICKS.items()
        if name != CATCH_UP and started.get(name, _NEVER) + tick.every + _GRACE <= as_of
    ]
    for name in missed:
        wake(name)
    return len(missed)
