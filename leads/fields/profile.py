"""How complete a profile is, as a field of conditions."""

from typing import Any

from django.db.models import Q, Value
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
)
from django.utils.translation import gettext_lazy as _

from conditions.halves import NEVER, Halves
from conditions.operators import Kind
from conditions.registry import Ask, Field
from leads.fields.person import PERSON
from leads.profile import completeness

_OPS = ("at_least", "at_most", "is", "is_not", "more_than", "less_than", "between")
# Each with its opposite: the number is never NULL.
_COMPARED: dict[str, tuple[Any, Any]] = {
    "at_least": (GreaterThanOrEqual, LessThan),
    "at_most": (LessThanOrEqual, GreaterThan),
    "more_than": (GreaterThan, LessThanOrEqual),
    "less_than": (LessThan, GreaterThanOrEqual),
}


def _test(ask: Ask) -> Halves:
    percent = completeness()
    if ask.op == "between":
        assert isinstance(ask.value, tuple)
        low, high = (Value(value) for value in ask.value)
        inside = Q(GreaterThanOrEqual(percent, low)) & Q(LessThanOrEqual(percent, high))
        return Halves(inside, Q(LessThan(percent, low)) | Q(GreaterThan(percent, high)))
    value = Value(ask.value)
    if ask.op == "is":
        if isinstance(ask.value, float):
            return NEVER
        other = Q(LessThan(percent, value)) | Q(GreaterThan(percent, value))
        return Halves(Q(Exact(percent, value)), other)
    when, unless = _COMPARED[ask.op]
    return Halves(Q(when(percent, value)), Q(unless(percent, value)))


FIELDS = [
    Field(
        name="completeness",
        label=_("Profile completeness in percent"),
        group=PERSON,
        kind=Kind.NUMBER,
        is_whole=True,
        ops=_OPS,
        test=_test,
    ),
]
