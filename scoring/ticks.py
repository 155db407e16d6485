"""The clock of scoring."""

from datetime import datetime, timedelta

from ground.ticks import tick
from scoring.actions.backtesting import TICK
from scoring.backtest.counting import count_backtests
from scoring.due import DRAIN, SWEEP, age_scores, drain_scores, sweep_scores


@tick(DRAIN, every=timedelta(seconds=2))
def drain(as_of: datetime) -> int:
    """Work out the scores that are due."""
    return drain_scores(as_of).leads


@tick(SWEEP, every=timedelta(seconds=10))
def sweep(as_of: datetime) -> int:
    """Judge all leads by a version that went live, or those whose score fades."""
    return sweep_scores(as_of)


@tick("scoring.age", every=timedelta(minutes=10))
def age(as_of: datetime) -> int:
    """Ask for the scores that change with the day."""
    return age_scores(as_of)


@tick(TICK, every=timedelta(seconds=5))
def backtest(as_of: datetime) -> int:
    """Count on in the versions that are being tried on the past."""
    return count_backtests(as_of)
