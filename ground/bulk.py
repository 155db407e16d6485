"""Many new rows of one table at once, by COPY.

``bulk_create`` compiles every value of every row: for a lead with its 45 columns that took ten
times as long as COPY, server and all.
"""

import io
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

# Below this the query for the keys costs more than COPY saves.
FEW = 20
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

ModelT = TypeVar("ModelT", bound=models.Model)


def maker(model: type[ModelT]) -> Callable[..., ModelT]:
    """Return what makes rows of ``model`` as its constructor does, in a fifth of the time.

    It takes columns by name, foreign keys as ``<name>_id``; defaults are looked up once.
    """
    fields = model._meta.concrete_fields
    places = {field.attname: place for place, field in enumerate(fields)}
    fixed = [field.get_default() for field in fields]
    fresh = [
        (place, field.get_default)
        for place, field in enumerate(fields)
        if field.has_default() and callable(field.default)
    ]

    def make(**values: Any) -> ModelT:
        cells = fixed.copy()
        for place, default in fresh:
            cells[place] = default()
        for name, value in values.items():
            cells[places[name]] = value
        return model(*cells)

    return make


def insert_rows(rows: Sequence[ModelT]) -> Sequence[ModelT]:
    """Insert new rows of one model and give them their keys, in their order; returns them.

    As ``bulk_create``, but columns are written as they stand in the objects: values must have the
    type of their column already. Rows that ``give_keys`` has numbered keep their keys.
    """
    if len(rows) < FEW:
        return type(rows[0])._default_manager.bulk_create(rows) if rows else rows
    model = type(rows[0])
    fields = model._meta.local_concrete_fields
    if rows[0].pk is None:
        give_keys(rows)
    values_of = itemgetter(*(field.attname for field in fields))
    copy_lines(
        model._meta.db_table,
        [str(field.column) for field in fields],
        _lines([values_of(row.__dict__) for row in rows], _writers(fields)),
    )
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias
    return rows


def give_keys(rows: Sequence[models.Model]) -> None:
    """Give new rows of one model their keys before they are inserted."""
    if rows:
        key = rows[0]._meta.pk.attname
        for row, number in zip(rows, _next_keys(type(rows[0]), len(rows)), strict=True):
            setattr(row, key, number)


def insert_values(
    model: type[models.Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> list[int]:
    """Insert rows of ``model`` of which nobody needs an object; returns their keys in order.

    ``rows`` has the values of the columns ``names``, foreign keys as ``<name>_id``; all others get
    their default, which is the same for every row.
    """
    if len(rows) < FEW:
        made = [model(**dict(zip(names, row, strict=True))) for row in rows]
        return [row.pk for row in model._default_manager.bulk_create(made)]
    by_name = {field.attname: field for field in model._meta.local_concrete_fields}
    fields = [by_name.pop(name) for name in names]
    key = by_name.pop(model._meta.pk.attname)
    rest = list(by_name.values())
    same = "\t".join(
        write(field.get_default()) for field, write in zip(rest, _writers(rest), strict=True)
    )
    keys, end = _next_keys(model, len(rows)), f"\t{same}" if rest else ""
    lines = _lines(rows, _writers(fields))
    copy_lines(
        model._meta.db_table,
        [str(field.column) for field in (key, *fields, *rest)],
        (f"{number}\t{line}{end}" for number, line in zip(keys, lines, strict=True)),
    )
    return keys


def _next_keys(model: type[models.Model], count: int) -> list[int]:
    # The name of the sequence is looked up once: for each key that took longer than the key.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH source AS MATERIALIZED (
                SELECT pg_get_serial_sequence(%s, %s)::regclass AS sequence
            )
            SELECT nextval(sequence) FROM source, generate_series(1, %s)
            """,
            [f'"{model._meta.db_table}"', model._meta.pk.column, count],
        )
        return [number for (number,) in cursor.fetchall()]


def _lines(rows: Sequence[Sequence[Any]], writers: Sequence[Callable[[Any], str]]) -> Iterator[str]:
    """Return the rows in the text format of COPY, column by column.

    Most columns hold one value or two in all rows, and each is written once.
    """
    columns = [
        _column(values, write)
        for values, write in zip(zip(*rows, strict=True), writers, strict=True)
    ]
    return map("\t".join, zip(*columns, strict=True))


def _column(values: Sequence[Any], write: Callable[[Any], str]) -> Iterable[str]:
    first = values[0]
    if write is as_text and type(first) is not bool:
        known = {value: write(value) for value in set(values)}
        return [known[value] for value in values]
    return map(write, values)


def _writers(fields: Sequence["models.Field[Any, Any]"]) -> list[Callable[[Any], str]]:
    return [as_json if isinstance(field, models.JSONField) else as_text for field in fields]


def copy_lines(table: str, columns: Sequence[str], lines: Any) -> None:
    """Write lines in the text format of COPY into ``table``.

    Whoever watches what is executed sees the statement, as with every other.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    file = io.StringIO("\n".join(lines))
    with connection.cursor() as cursor:

        def copy(sql: str, params: Any, many: bool, context: dict[str, Any]) -> None:
            with connection.wrap_database_errors:
                cursor.cursor.copy_expert(sql, file)

        execute: Callable[..., Any] = copy
        for wrapper in reversed(connection.execute_wrappers):
            execute = partial(wrapper, execute)
        sql = f'COPY "{table}" ({names}) FROM STDIN'
        execute(sql, None, False, {"connection": connection, "cursor": cursor})


def as_text(value: Any) -> str:
    """Return a value in the text format of COPY."""
    if type(value) is str:
        return value.translate(_ESCAPES) if _is_special(value) else value
    if value is None:
        return _NULL
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, str):
        return str(value).translate(_ESCAPES) if _is_special(value) else str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float | uuid.UUID):
        return str(value)
    raise TypeError(type(value))


def as_json(value: Any) -> str:
    """Return a value as JSON in the text format of COPY."""
    text = "{}" if value == {} else json.dumps(value, cls=DjangoJSONEncoder)
    return text.replace("\\", "\\\\")


def _is_special(text: str) -> bool:
    return not text.isalnum() and (not text.isprintable() or "\\" in text)
