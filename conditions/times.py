"""Questions about time as half-open intervals, for columns, JSON values and activities alike."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Generic, TypeVar

from conditions.operators import Period
from conditions.registry import Ask

At = TypeVar("At", date, datetime)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Interval(Generic[At]):
    """From ``low`` on and before ``high``; ``None`` is an open end."""

    low: At | None
    high: At | None


def moments_of(ask: Ask) -> Interval[datetime]:
    """Return the moments that a question about a time is about.

    Days begin at midnight in the zone of the context; *in the last 14 days* is 14 times 24 hours
    before ``as_of``, ``as_of`` itself included.
    """
    as_of = ask.context.as_of
    match ask.op, ask.value:
        case "in_last_days", int() as days:
            return Interval(as_of - days * DAY, as_of + INSTANT)
        case "more_than_days_ago", int() as days:
            return Interval(None, as_of - days * DAY)
        case "in_next_days", int() as days:
            return Interval(as_of, as_of + days * DAY + INSTANT)
        case "before", datetime() as moment:
            return Interval(None, moment)
        case "after", datetime() as moment:
            return Interval(moment + INSTANT, None)
    days_ = days_of(ask)
    return Interval(_midnight(days_.low, ask), _midnight(days_.high, ask))


def days_of(ask: Ask) -> Interval[date]:
    """Return the days that a question about a date is about.

    *In the last 14 days* is today and the 14 days before, *in the next* today and those after.
    """
    today = ask.context.as_of.astimezone(ask.context.zone).date()
    match ask.op, ask.value:
        case "in_last_days", int() as days:
            return Interval(today - days * DAY, today + DAY)
        case "more_than_days_ago", int() as days:
            return Interval(None, today - days * DAY)
        case "in_next_days", int() as days:
            return Interval(today, today + (days + 1) * DAY)
        case "in_period", str() as period:
            return _period(Period(period), today)
        case "between", (date() as low, date() as high):
            return Interval(low, high + DAY)
        case _, date() as day:
            day = _day(day, ask)
            return {
                "on": Interval(day, day + DAY),
                "before": Interval(None, day),
                "after": Interval(day + DAY, None),
            }[ask.op]
    raise ValueError(f"{ask.op} is no question about time.")


def _day(day: date, ask: Ask) -> date:
    return day.astimezone(ask.context.zone).date() if isinstance(day, datetime) else day


def _midnight(day: date | None, ask: Ask) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), ask.context.zone)


def _period(period: Period, today: date) -> Interval[date]:
    monday = today - today.weekday() * DAY
    month = today.replace(day=1)
    quarter = month.replace(month=(today.month - 1) // 3 * 3 + 1)
    year = today.replace(month=1, day=1)
    starts = {
        Period.TODAY: (today, today + DAY),
        Period.YESTERDAY: (today - DAY, today),
        Period.THIS_WEEK: (monday, monday + 7 * DAY),
        Period.LAST_WEEK: (monday - 7 * DAY, monday),
        Period.THIS_MONTH: (month, _months_later(month, 1)),
        Period.LAST_MONTH: (_months_later(month, -1), month),
        Period.THIS_QUARTER: (quarter, _months_later(quarter, 3)),
        Period.LAST_QUARTER: (_months_later(quarter, -3), quarter),
        Period.THIS_YEAR: (year, _months_later(year, 12)),
        Period.LAST_YEAR: (_months_later(year, -12), year),
    }
    return Interval(*starts[period])


def _months_later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return first.replace(year=first.year + years, month=month + 1)
