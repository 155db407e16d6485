"""Which parts of tracking are switched on, as every web process knows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from django.db import transaction

from capture.models import TrackingSettings
from capture.models.tracking import ONLY

# Another process may have switched; asking each time would cost every batch a query.
KEPT_SECONDS = 5
# One letter each in the script that browsers load.
LETTERS = {"visits": "v", "dwell": "d", "scroll": "s", "clicks": "c", "events": "e"}


@dataclass(frozen=True, slots=True)
class Switches:
    """What is measured; nothing is without ``visits``."""

    visits: bool = False
    dwell: bool = False
    scroll: bool = False
    clicks: bool = False
    events: bool = False
    sites: Sequence[str] = ()

    @property
    def letters(self) -> str:
        """The parts that are on, as the script reads them."""
        if not self.visits:
            return ""
        return "".join(letter for name, letter in LETTERS.items() if getattr(self, name))

    def covers(self, host: str) -> bool:
        """Say whether pages of ``host`` are measured."""
        return not self.sites or any(
            host == site or host.endswith(f".{site}") for site in self.sites
        )


def read() -> Switches:
    """Return the switches as they are stored; everything off where nobody ever set one."""
    row = TrackingSettings.objects.filter(pk=ONLY).first()
    if row is None:
        return Switches()
    return Switches(row.visits, row.dwell, row.scroll, row.clicks, row.events, tuple(row.sites))


class _Known:
    """The switches as they were read last."""

    def __init__(self) -> None:
        self.switches: Switches | None = None
        self.read_at = 0.0


_known = _Known()


def switches() -> Switches:
    """Return the switches, read at most five seconds ago."""
    if _known.switches is None or monotonic() - _known.read_at > KEPT_SECONDS:
        _known.switches, _known.read_at = read(), monotonic()
    return _known.switches


def last_known() -> Switches | None:
    """Return the switches as they were read last, however long ago; None where they never were."""
    return _known.switches


def clear() -> None:
    """Read the switches anew at their next use."""
    _known.switches = None


def forget() -> None:
    """Read the switches anew; whoever changes one calls this in the transaction."""
    clear()
    # Somebody may read in between what was before.
    transaction.on_commit(clear)
