"""Which tables have rows: most of a hundred and fifty have none in a test."""

from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper


def filled(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> list[str]:
    """Return those of ``tables`` that have a row, in alphabetical order; one query."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM {connection.ops.quote_name(table)})"
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return sorted(table for (table,) in cursor.fetchall())
