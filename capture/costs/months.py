"""Months as their first day, as costs count them."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.formats import date_format

SHOWN = 12


def month_of(day: date) -> date:
    """Return the first day of the month of ``day``."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the month after ``month``."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def last_day(month: date) -> date:
    """Return the last day of ``month``."""
    return next_month(month) - timedelta(days=1)


def month_before(month: date, number: int = 1) -> date:
    """Return the first day of the month ``number`` months before."""
    years, months = divmod(month.year * 12 + month.month - 1 - number, 12)
    return date(years, months + 1, 1)


def months_between(first: date, last: date) -> Iterator[date]:
    """Yield each month from that of ``first`` to that of ``last``, both included."""
    month = month_of(first)
    while month <= last:
        yield month
        month = next_month(month)


def stretch(last: date, number: int = SHOWN) -> list[date]:
    """Return ``number`` months that end with the month of ``last``, the oldest first."""
    return list(months_between(month_before(month_of(last), number - 1), last))


def month_name(month: date) -> str:
    """Return the month with its year in the reader's language: "October 2026"."""
    return date_format(month, "F Y")


def month_key(month: date) -> str:
    """Return the month as it stands in addresses and files: "2026-10"."""
    return f"{month:%Y-%m}"


def read_month(text: str) -> date | None:
    """Return the month that ``text`` names as "2026-10", "10/2026", "10.2026" or a whole day."""
    parts = text.strip().replace("/", ".").replace("-", ".").split(".")
    if not 2 <= len(parts) <= 3 or not all(part.isdecimal() for part in parts):
        return None
    if len(parts[0]) == 4:
        year, month = parts[0], parts[1]
    else:
        year, month = parts[-1], parts[-2]
    try:
        return date(int(year), int(month), 1) if len(year) == 4 else None
    except ValueError:
        return None
