"""Ready-made tests for values that stand under a key of a JSON object.

A key may be absent, ``null`` or of another type than expected. Equality asks whether the object
contains ``{key: value}``, which a GIN index answers and which is never NULL; comparisons are made
by ``jsonb_path_exists``, which finds nothing where the types differ. The key is a parameter of the
query and never a part of a lookup, so that a key called ``contains`` is only a key.
"""

import re
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, F, Func, JSONField, Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import IContains, IEndsWith, IStartsWith

from conditions.halves import Halves, three_valued, two_valued
from conditions.registry import Ask, Test
from conditions.times import days_of

KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")
_PATTERNS = {"contains": IContains, "starts_with": IStartsWith, "ends_with": IEndsWith}
_SIGNS = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<"}


class PathExists(Func):
    """``jsonb_path_exists(column, path, variables)``; type errors count as "not found"."""

    function = "jsonb_path_exists"
    output_field = BooleanField()

    def __init__(self, column: str, path: str, **variables: Any) -> None:
        super().__init__(
            F(column),
            Func(Value(path), template="(%(expressions)s)::jsonpath", output_field=TextField()),
            Value(variables, output_field=JSONField()),
            Value(True),
        )


def text(column: str, key: str) -> Test:
    """Return the test of a text; *is* compares exactly, so that the index can answer it."""
    _check(key)
    found = KeyTextTransform(key, F(column))

    def test(ask: Ask) -> Halves:
        match ask.op:
            case "is_set":
                return _exists(column, f'$.{key} ? (@.type() == "string" && @ != "")')
            case "is" | "is_one_of":
                return _equals(column, key, ask.value)
        return three_valued(Q(_PATTERNS[ask.op](found, ask.value)))

    return test


def number(column: str, key: str) -> Test:
    """Return the test of a number."""
    _check(key)

    def test(ask: Ask) -> Halves:
        match ask.op, ask.value:
            case "is_set", _:
                return _exists(column, f'$.{key} ? (@.type() == "number")')
            case "is", _:
                return _equals(column, key, ask.value)
            case "between", (low, high):
                path = f"$.{key} ? (@ >= $low && @ <= $high)"
                return _exists(column, path, low=low, high=high)
        return _exists(column, f"$.{key} ? (@ {_SIGNS[ask.op]} $value)", value=ask.value)

    return test


def boolean(column: str, key: str) -> Test:
    """Return the test of yes or no; a value that is not there is neither, and so not *yes*."""
    _check(key)
    return lambda ask: _equals(column, key, ask.value)


def day(column: str, key: str) -> Test:
    """Return the test of a date, kept as ``YYYY-MM-DD``, whose order is that of the text."""
    _check(key)

    def test(ask: Ask) -> Halves:
        if ask.op == "is_set":
            return _exists(column, f'$.{key} ? (@.type() == "string" && @ != "")')
        interval = days_of(ask)
        bounds = {}
        if interval.low is not None:
            bounds["low"] = interval.low.isoformat()
        if interval.high is not None:
            bounds["high"] = interval.high.isoformat()
        signs = {"low": "@ >= $low", "high": '@ < $high && @ != ""'}
        path = " && ".join(signs[name] for name in bounds)
        return _exists(column, f"$.{key} ? ({path})", **bounds)

    return test


def choice(column: str, key: str) -> Test:
    """Return the test of one value out of several."""
    return text(column, key)


def members(column: str, key: str) -> Test:
    """Return the test of a list of values."""
    _check(key)

    def having(value: Any) -> Q:
        return Q(**{f"{column}__contains": {key: [value]}})

    def test(ask: Ask) -> Halves:
        values = _many(ask.value)
        match ask.op:
            case "is_set":
                return _exists(column, f'$.{key}[*] ? (@.type() == "string")')
            case "has_all_of":
                return two_valued(Q(**{f"{column}__contains": {key: values}}))
        return two_valued(reduce(or_, (having(value) for value in values)))

    return test


def _equals(column: str, key: str, value: Any) -> Halves:
    parts = (Q(**{f"{column}__contains": {key: item}}) for item in _many(value))
    return two_valued(reduce(or_, parts))


def _exists(column: str, path: str, **variables: Any) -> Halves:
    return two_valued(Q(PathExists(column, path, **variables)))


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


def _check(key: str) -> None:
    # SECURITY: the key becomes part of a JSON path; nothing but a plain word may get there.
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} cannot be the key of a custom field.")
