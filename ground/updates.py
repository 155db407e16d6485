"""Writing different values into many rows with one statement."""

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models


def update_columns(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write the fields ``names`` of ``rows``, which are of one model and stored already.

    Does what ``bulk_update`` does. That builds an expression for each value, which took half of the
    time of making a lead of a submission.
    """
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    meta = rows[0]._meta
    fields: list[models.Field[Any, Any]] = [meta.pk, *(meta.get_field(name) for name in names)]  # type: ignore[list-item]
    quote = connection.ops.quote_name
    columns = [quote(str(field.column)) for field in fields]
    places = ", ".join(f"%s::{_type_of(field)}" for field in fields)
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection)
        for row in rows
        for field in fields
    ]
    # The names are the model's own, never from a request.
    statement = f"""
        UPDATE {quote(meta.db_table)} AS old
        SET {", ".join(f"{column} = new.{column}" for column in columns[1:])}
        FROM (VALUES {", ".join([f"({places})"] * len(rows))}) AS new ({", ".join(columns)})
        WHERE old.{columns[0]} = new.{columns[0]}
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _type_of(field: "models.Field[Any, Any]") -> str:
    column_type = str(field.cast_db_type(connections[DEFAULT_DB_ALIAS]))
    # The length of a text is checked by its column, not cut off by a cast.
    return "text" if column_type.startswith("varchar") else column_type
