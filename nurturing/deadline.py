"""Until when a worker may act on what it has claimed, by the clock of its own machine."""

import time
from datetime import timedelta

from django.conf import settings

# Counts while the process is stopped and while the machine sleeps, and nobody can set it.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def lease() -> timedelta:
    """Return how long a claim lasts: connect, sender, recipient and content, one timeout each."""
    return timedelta(seconds=4 * settings.EMAIL_TIMEOUT)


def seconds_here() -> float:
    """Return the seconds of a clock that only ever goes forward, also in a machine's sleep."""
    return time.clock_gettime(_CLOCK)


class Deadline:
    """A moment ``seconds`` from now."""

    def __init__(self, seconds: float) -> None:
        self._end = seconds_here() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the moment has passed."""
        return seconds_here() >= self._end
