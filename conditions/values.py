"""What may stand in ``value``: read strictly, kept in Python types, written back as JSON.

======== ==================================================== =============================
kind     JSON                                                 Python
======== ==================================================== =============================
text     non-empty string of up to 200 characters             ``str``, trimmed
number   number, no NaN, no infinity                          ``int`` or ``float``
boolean  ``true`` or ``false``                                ``bool``
date     ``"2026-03-01"``                                     ``date``
datetime ``"2026-03-01"`` or ``"2026-03-01T10:00:00+01:00"``  ``date`` or aware ``datetime``
choice   one of the values of the field                       ``str``
======== ==================================================== =============================

``MANY`` is a list of up to 200 of them, ``RANGE`` ``[low, high]`` with both ends included,
``DAYS`` a whole number from 1 to 36500, ``PERIOD`` one of ``operators.Period``.
"""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from conditions.errors import ConditionError
from conditions.operators import Kind, Period, Takes

Scalar: TypeAlias = str | int | float | bool | date | datetime
Value: TypeAlias = Scalar | tuple[Scalar, ...] | None

MAX_TEXT = 200
MAX_LIST = 200
MAX_DAYS = 36_500
# Beyond this a float no longer holds every whole number.
MAX_NUMBER = 10**15
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def read_value(
    kind: Kind, takes: Takes, raw: Any, path: str, choices: Mapping[str, Any] | None = None
) -> Value:
    """Return the value that ``raw`` stands for, or raise ``ConditionError`` for ``path``.

    ``choices`` are the allowed values of a choice; ``None`` allows every text.
    """
    match takes:
        case Takes.NOTHING:
            return None
        case Takes.DAYS:
            return read_whole(raw, path, lowest=1, highest=MAX_DAYS)
        case Takes.PERIOD:
            return _one_of(raw, path, dict(Period.choices))
        case Takes.MANY:
            return _many(kind, raw, path, choices)
        case Takes.RANGE:
            return _range(kind, raw, path)
        case Takes.ONE:
            return read_scalar(kind, raw, path, choices)


def read_scalar(
    kind: Kind, raw: Any, path: str, choices: Mapping[str, Any] | None = None
) -> Scalar:
    """Return one value of ``kind``, or raise ``ConditionError`` for ``path``."""
    match kind:
        case Kind.TEXT:
            return _text(raw, path)
        case Kind.NUMBER:
            return _number(raw, path)
        case Kind.BOOLEAN:
            if not isinstance(raw, bool):
                raise ConditionError(path, _("Must be true or false."))
            return raw
        case Kind.DATE:
            return _date(raw, path)
        case Kind.DATETIME:
            return _moment(raw, path)
        case Kind.CHOICE | Kind.CHOICES:
            return _text(raw, path) if choices is None else _one_of(raw, path, choices)


def read_whole(raw: Any, path: str, *, lowest: int, highest: int) -> int:
    """Return a whole number between both limits, or raise ``ConditionError`` for ``path``."""
    number = _number(raw, path)
    if number != int(number) or not lowest <= number <= highest:
        raise ConditionError(
            path,
            _("Must be a whole number from %(lowest)s to %(highest)s.")
            % {"lowest": lowest, "highest": highest},
        )
    return int(number)


def to_jsonable(value: Value) -> Any:
    """Return ``value`` as JSON keeps it."""
    if isinstance(value, tuple):
        return [to_jsonable(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _many(kind: Kind, raw: Any, path: str, choices: Mapping[str, Any] | None) -> tuple[Scalar, ...]:
    if not isinstance(raw, list) or not raw:
        raise ConditionError(path, _("Must be a list with at least one value."))
    if len(raw) > MAX_LIST:
        raise ConditionError(path, _("Must not have more than %(n)s values.") % {"n": MAX_LIST})
    items = (read_scalar(kind, item, f"{path}[{n}]", choices) for n, item in enumerate(raw))
    return tuple(dict.fromkeys(items))


def _range(kind: Kind, raw: Any, path: str) -> tuple[Scalar, ...]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise ConditionError(path, _("Must be a list of two values: from and to."))
    # A range of times is one of days, so that both ends can be compared and both are included.
    kind = Kind.DATE if kind is Kind.DATETIME else kind
    low, high = (read_scalar(kind, item, f"{path}[{n}]") for n, item in enumerate(raw))
    if low > high:  # type: ignore[operator]
        raise ConditionError(path, _("The first value must not be greater than the second."))
    return low, high


def _text(raw: Any, path: str) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ConditionError(path, _("Must be a text that is not empty."))
    if len(raw) > MAX_TEXT:
        raise ConditionError(path, _("Must not be longer than %(n)s characters.") % {"n": MAX_TEXT})
    if _CONTROL.search(raw):
        raise ConditionError(path, _("Must not contain control characters."))
    return raw.strip()


def _number(raw: Any, path: str) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise ConditionError(path, _("Must be a number."))
    if abs(raw) > MAX_NUMBER:
        raise ConditionError(path, _("This number is too large."))
    return int(raw) if raw == int(raw) else raw


def _date(raw: Any, path: str) -> date:
    try:
        found = parse_date(raw) if isinstance(raw, str) and len(raw) == 10 else None
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 2200:
        raise ConditionError(path, _("Must be a date such as 2026-03-01."))
    return found


def _moment(raw: Any, path: str) -> date | datetime:
    if isinstance(raw, str) and len(raw) == 10:
        return _date(raw, path)
    try:
        found = parse_datetime(raw) if isinstance(raw, str) and len(raw) <= 40 else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1900 <= found.year <= 2200:
        raise ConditionError(
            path, _("Must be a date, or a time with its zone such as 2026-03-01T10:00:00+01:00.")
        )
    return found


def _one_of(raw: Any, path: str, choices: Mapping[str, Any]) -> str:
    if not isinstance(raw, str) or raw not in choices:
        raise ConditionError(path, _("Is not one of the possible values."))
    return raw
