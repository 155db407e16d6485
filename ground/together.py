"""Many questions in one statement: what a page asks of different tables is read together.

A reader is a generator that yields the querysets it needs next, is given their rows, and returns
what it made of them. ``read_together`` runs readers side by side and asks what they yield at the
same time in one statement, so that a page of twenty cards needs as many as its longest reader.
"""

import json
from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import DateTimeField, DecimalField, Field, ForeignKey, JSONField, QuerySet

R = TypeVar("R")
Reader = Generator[Sequence[QuerySet[Any, Any]], list[list[Any]], R]

# Read as text: a number of JSON would lose digits, and the field reads its JSON by itself.
_AS_TEXT = (DecimalField, JSONField)


def read_together(*readers: Reader[Any]) -> list[Any]:
    """Return what each of ``readers`` returns; one statement for each round of questions."""
    results: list[Any] = [None] * len(readers)
    waiting: dict[int, Sequence[QuerySet[Any, Any]]] = {}

    def go_on(number: int, rows: list[list[Any]] | None) -> None:
        try:
            waiting[number] = readers[number].send(rows)  # type: ignore[arg-type]
        except StopIteration as end:
            results[number] = end.value

    for number in range(len(readers)):
        go_on(number, None)
    while waiting:
        asked, waiting = waiting, {}
        fill([queryset for querysets in asked.values() for queryset in querysets])
        for number, querysets in asked.items():
            go_on(number, [list(queryset) for queryset in querysets])
    return results


def read(reader: Reader[R]) -> R:
    """Return what one reader returns, each of its questions asked by itself."""
    rows: Any = None
    while True:
        try:
            rows = [list(queryset) for queryset in reader.send(rows)]
        except StopIteration as end:
            value: R = end.value
            return value


def fill(querysets: Sequence[QuerySet[Any, Any]]) -> None:
    """Evaluate ``querysets`` in one statement; each then has its rows as if it had been asked.

    The rows come as JSON, whose values the fields read; ``prefetch_related`` asks as ever.
    """
    open_ones = [queryset for queryset in querysets if queryset._result_cache is None]
    if len(open_ones) < 2:
        return
    compilers = [queryset.query.get_compiler(queryset.db) for queryset in open_ones]
    parts, parameters, places = [], [], []
    for place, compiler in enumerate(compilers):
        try:
            statement, values = compiler.as_sql()
        except EmptyResultSet:
            continue
        parts.append(_as_json(statement, _fields(compiler)))
        parameters += values
        places.append(place)
    told: dict[int, Any] = {}
    if parts:
        with connections[open_ones[0].db].cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(parts), parameters)
            told = dict(zip(places, cursor.fetchone(), strict=True))
    for place, (queryset, compiler) in enumerate(zip(open_ones, compilers, strict=True)):
        if place in told:
            _hand_over(queryset, compiler, _rows(told[place], _fields(compiler)))
        else:
            queryset._result_cache = []


def _fields(compiler: Any) -> list["Field[Any, Any]"]:
    fields = (expression.output_field for expression, _sql, _alias in compiler.select)
    return [f.target_field if isinstance(f, ForeignKey) else f for f in fields]


def _as_json(statement: str, fields: Sequence["Field[Any, Any]"]) -> str:
    names = [f"c{number}" for number in range(len(fields))]
    read_as = ", ".join(
        f"{name}::text AS {name}" if isinstance(field, _AS_TEXT) else name
        for name, field in zip(names, fields, strict=True)
    )
    # The statement is one that Django compiled, with its parameters beside it.
    rows = f"SELECT {read_as} FROM ({statement}) AS read ({', '.join(names)})"  # noqa: S608
    return f"(SELECT json_agg(told)::text FROM ({rows}) AS told)"  # noqa: S608


def _rows(text: str | None, fields: Sequence["Field[Any, Any]"]) -> list[tuple[Any, ...]]:
    readers = [_reader(field) for field in fields]
    return [
        tuple(
            value if value is None or reader is None else reader(value)
            for reader, value in zip(readers, row.values(), strict=True)
        )
        for row in json.loads(text or "[]")
    ]


def _reader(field: "Field[Any, Any]") -> Any:
    if isinstance(field, JSONField):
        return None
    return datetime.fromisoformat if isinstance(field, DateTimeField) else field.to_python


def _hand_over(queryset: QuerySet[Any, Any], compiler: Any, rows: list[tuple[Any, ...]]) -> None:
    """Let ``queryset`` make its objects from ``rows``, as from an answer of the database."""
    compiler.execute_sql = lambda *args, **kwargs: [rows]
    query: Any = queryset.query
    query.get_compiler = lambda *args, **kwargs: compiler
    try:
        len(queryset)
    finally:
        del query.get_compiler
