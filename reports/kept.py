"""Figures of large installations: counted now and then, and not by everybody who opens a page."""

import json
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db import connection

from accounts.actor import Actor
from accounts.memo import memo
from accounts.rights import LeadScope
from leads.models import Lead, StageChange

# From so many changes of stage on: they are counted in a tenth of a second.
LARGE = 100_000
# For how long figures are shown. The tick counts twice in that time, so that nobody waits.
KEPT_SECONDS = 600

J = TypeVar("J")


def is_large() -> bool:
    """Say whether this installation shows figures that were counted up to ten minutes ago."""
    return memo("is large", _estimate) >= LARGE


def _estimate() -> int:
    tables = [StageChange._meta.db_table, Lead._meta.db_table]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(reltuples)::bigint FROM pg_class WHERE relname = ANY(%s)", [tables]
        )
        ((rows,),) = cursor.fetchall()
    return int(rows or 0)


def kept(name: str, about: str, actor: Actor, count: Callable[[], J], *, anew: bool = False) -> J:
    """Return what ``count`` does; in a large installation it may be up to ten minutes old.

    ``about`` is the period and the like. The value is anything JSON can hold. Kept for those who
    see the same leads; ``anew`` counts in any case.
    """
    if not is_large():
        return count()
    whose = "all" if actor.lead_scope == LeadScope.ALL else f"{actor.team_id}:{actor.user_id}"
    key = f"reports:{name}:{about}:{whose}"
    known = None if anew else cache.get(key)
    if known is None:
        known = json.dumps(count())
        cache.set(key, known, KEPT_SECONDS)
    value: J = json.loads(known)
    return value
