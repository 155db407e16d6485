"""Counting the backtests that are asked for, in the background."""

import time
from datetime import datetime

from django.utils import timezone

from ground.due import ask, drain
from scoring.actions.backtesting import COUNTING, continue_backtest
from scoring.models import DueBacktest

# Far below the 100 seconds that a task may take.
SECONDS = 20


def count_backtests(as_of: datetime) -> int:
    """Go on with the backtests that are due, for about 20 seconds; returns how many slices."""
    end, done = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        drained = drain(DueBacktest, _count, as_of=as_of, chunk=1, limit=1)
        done += drained.done
        # One that failed waits before it is tried again, and holds up nobody.
        if not drained.done and not drained.failed:
            break
    return done


def _count(dues: list[DueBacktest]) -> None:
    for due in dues:
        if continue_backtest(due.backtest_id, by=COUNTING, as_of=timezone.now()):
            ask(DueBacktest, "backtest_id", [due.backtest_id], due_at=due.backtest.created_at)
