"""The clock of the reports."""

from datetime import datetime, timedelta

from accounts.actor import system_actor
from accounts.rights import Right
from ground import days
from ground.ticks import tick
from reports.costs.credits import count_credits, count_newcomers, count_uncredited
from reports.funnel import count_funnel, weekly_arrivals
from reports.kept import is_large
from reports.period import Period
from reports.stages.stock import measure_levels

BY = system_actor("reports", Right.LEADS_READ)


@tick("reports.figures", every=timedelta(minutes=5))
def count_figures(as_of: datetime) -> int:
    """Count the figures of the start page anew where they are kept; returns how many."""
    if not is_large():
        return 0
    period = Period.ending(days.day_of(as_of))
    count_funnel(period, actor=BY, anew=True)
    count_funnel(period.before, actor=BY, until=period.start, anew=True)
    weekly_arrivals(period, actor=BY, anew=True)
    measure_levels(actor=BY, as_of=as_of, anew=True)
    for credits in (count_credits, count_uncredited, count_newcomers):
        credits(BY, anew=True)
    return 7
