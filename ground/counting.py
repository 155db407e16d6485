"""Counting many rows without reading them all."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

K = TypeVar("K")


def capped_counts(parts: Mapping[K, QuerySet[Any]], *, cap: int) -> dict[K, int]:
    """Count several sets of rows in one query, each up to one more than ``cap``.

    A page that says "1,000+" must not count a million rows to do so.
    """
    counts = dict.fromkeys(parts, 0)
    selects: list[str] = []
    parameters: list[Any] = []
    for place, rows in enumerate(parts.values()):
        try:
            sql, own = rows.order_by().values("pk")[: cap + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        selects.append(f"SELECT {place}, count(*) FROM ({sql}) AS part")  # noqa: S608
        parameters += own
    if selects:
        keys = list(parts)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(selects), parameters)
            counts |= {keys[place]: count for place, count in cursor.fetchall()}
    return counts
