"""How often somebody may try something; counted in the database, so it holds without Redis."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from accounts.models import RateCount


@dataclass(frozen=True, slots=True)
class Limit:
    """``times`` within ``within``; the window opens at the first try."""

    name: str
    times: int
    within: timedelta


def hit(limit: Limit, who: str, *, as_of: datetime) -> datetime | None:
    """Count one try by ``who``; None when it is allowed, else the moment it is again.

    ``who`` is kept as a hash. Call it outside of a transaction that may be rolled back: a refused
    try must stay counted.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_ratecount AS kept (key, count, until) VALUES (%(key)s, 1, %(new)s)
            ON CONFLICT (key) DO UPDATE SET
                count = CASE WHEN kept.until <= %(now)s THEN 1 ELSE kept.count + 1 END,
                until = CASE WHEN kept.until <= %(now)s THEN EXCLUDED.until ELSE kept.until END
            RETURNING count, until
            """,
            {"key": _key(limit, who), "new": as_of + limit.within, "now": as_of},
        )
        count, until = cursor.fetchone()
    return until if count > limit.times else None


def is_over(limit: Limit, who: str, *, as_of: datetime) -> bool:
    """Say whether ``who`` has used up the limit, without counting."""
    kept = RateCount.objects.filter(key=_key(limit, who), until__gt=as_of)
    return kept.filter(count__gte=limit.times).exists()


def forgive(limit: Limit, who: str) -> None:
    """Take one try back, because it turned out well; earlier ones stay counted."""
    RateCount.objects.filter(key=_key(limit, who)).update(count=Greatest(F("count") - 1, 0))


def clear(limit: Limit, who: str) -> None:
    """Forget every try of ``who``."""
    RateCount.objects.filter(key=_key(limit, who)).delete()


def sweep(*, as_of: datetime) -> int:
    """Remove the counts whose window is over; returns how many."""
    return RateCount.objects.filter(until__lte=as_of).delete()[0]


def _key(limit: Limit, who: str) -> str:
    return f"{limit.name}:{hashlib.sha256(who.encode()).hexdigest()[:40]}"
