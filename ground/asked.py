"""What stands in an address or a small post, read without failing."""

from datetime import date
from uuid import UUID

# The days that people mean; beyond them arithmetic with days and time zones overflows.
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)


def asked_uuid(text: str) -> UUID | None:
    """Return the id in ``text``; None where there is none, which no row has."""
    try:
        return UUID(text)
    except ValueError:
        return None


def asked_day(text: str) -> date | None:
    """Return the day in ``text``, as browsers send it; None for no day or one nobody means."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
