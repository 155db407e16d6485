"""The clock of leads."""

from datetime import datetime, timedelta

from ground.ticks import tick
from leads.actions.purging import purge_bin
from leads.actors import BIN

# A run that takes longer leaves the rest to the next one.
MOST_BATCHES = 100


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
