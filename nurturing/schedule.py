"""When the next mail of a run is due; the same for real runs and for the time machine."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from nurturing.models import Step, StepKind
from nurturing.times import Wait, Window


class Due(NamedTuple):
    """A mail step and the moment at which it is due, in UTC."""

    step: Step
    at: datetime


def next_mail(
    steps: Sequence[Step], *, after: int, at: datetime, window: Window, zone: ZoneInfo
) -> Due | None:
    """Return the next mail behind position ``after``, when everything up to it was done at ``at``.

    ``steps`` are in order; positions begin at 1, 0 stands for the beginning. Returns None when
    only waits are left: a wait at the end waits for nothing.
    """
    for step in steps:
        if step.position <= after:
            continue
        if step.kind == StepKind.MAIL:
            return Due(step, window.next_open(at, zone))
        at = Wait.read(step.wait or {}).ends(at, zone)
    return None
