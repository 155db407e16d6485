"""What the planner does when one index is there for it, and no other that it might like better."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import QuerySet

OTHERS = """
    SELECT index.relname
      FROM pg_index
      JOIN pg_class AS index ON index.oid = pg_index.indexrelid
      JOIN pg_class AS relation ON relation.oid = pg_index.indrelid
     WHERE relation.relnamespace = current_schema()::regnamespace
       AND relation.relname LIKE 'leads\\_%%'
       AND NOT starts_with(index.relname, %s)
       AND NOT EXISTS (
             SELECT FROM pg_constraint WHERE conindid = pg_index.indexrelid
           )
"""


def hide_other_indexes(prefix: str) -> None:
    """Drop, until the transaction ends, each index of the leads whose name begins otherwise.

    Which of two fitting indexes the planner takes hangs on how full their pages are, and so on
    the tests that ran before. Without the others there is nothing to choose.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(OTHERS, [prefix])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
        # Of a table that looks small the planner would read all rows, or all keys, and filter.
        for way in ("seqscan", "indexscan", "indexonlyscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")


def searched(queryset: QuerySet[Any]) -> set[str]:
    """Return the indexes that are searched by a condition, not just read from end to end."""
    plan = json.loads(queryset.order_by().explain(format="json"))[0]["Plan"]
    return {node["Index Name"] for node in _nodes(plan) if "Index Cond" in node}


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)
