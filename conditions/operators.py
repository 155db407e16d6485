"""The operators: a closed set, each with the kind of value it takes and both of its sentences.

An operator with ``of`` is the complement of another one and is never seen by a field: *is not* is
answered with the other half of *is*.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy


class Kind(StrEnum):
    """What a field holds; decides its operators and how values are read and shown."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"


class Takes(StrEnum):
    """What stands in ``value`` beside an operator."""

    NOTHING = "nothing"
    ONE = "one"
    MANY = "many"
    RANGE = "range"
    DAYS = "days"
    PERIOD = "period"


class Period(TextChoices):
    """A stretch of the calendar as seen from ``as_of``; weeks begin on Monday."""

    TODAY = "today", _("today")
    YESTERDAY = "yesterday", _("yesterday")
    THIS_WEEK = "this_week", _("this week")
    LAST_WEEK = "last_week", _("last week")
    THIS_MONTH = "this_month", _("this month")
    LAST_MONTH = "last_month", _("last month")
    THIS_QUARTER = "this_quarter", _("this quarter")
    LAST_QUARTER = "last_quarter", _("last quarter")
    THIS_YEAR = "this_year", _("this year")
    LAST_YEAR = "last_year", _("last year")


@dataclass(frozen=True, slots=True)
class Op:
    """One operator.

    ``label`` is its name in the builder, ``says`` and ``denies`` are the sentences of a leaf that
    must hold and of one that must not. ``is_personal`` marks an operator whose answer depends on
    who asks, so that it may stand in a view but not in a rule.
    """

    name: str
    takes: Takes
    label: Promise
    says: Promise
    denies: Promise
    of: str = ""
    is_personal: bool = False


OPS: dict[str, Op] = {}


def _op(
    name: str,
    takes: Takes,
    label: Promise,
    says: Promise,
    denies: Promise,
    *,
    opposite: str = "",
    opposite_label: Promise | None = None,
    is_personal: bool = False,
) -> None:
    OPS[name] = Op(name, takes, label, says, denies, is_personal=is_personal)
    if opposite and opposite_label is not None:
        OPS[opposite] = Op(opposite, takes, opposite_label, denies, says, name, is_personal)


_op(
    "is",
    Takes.ONE,
    _("is"),
    _("{field} is {value}"),
    _("{field} is not {value}"),
    opposite="is_not",
    opposite_label=_("is not"),
)
_op(
    "is_one_of",
    Takes.MANY,
    _("is one of"),
    _("{field} is {value}"),
    _("{field} is neither {nor}"),
    opposite="is_none_of",
    opposite_label=_("is none of"),
)
_op(
    "contains",
    Takes.ONE,
    _("contains"),
    _("{field} contains {value}"),
    _("{field} does not contain {value}"),
    opposite="does_not_contain",
    opposite_label=_("does not contain"),
)
_op(
    "starts_with",
    Takes.ONE,
    _("starts with"),
    _("{field} starts with {value}"),
    _("{field} does not start with {value}"),
    opposite="does_not_start_with",
    opposite_label=_("does not start with"),
)
_op(
    "ends_with",
    Takes.ONE,
    _("ends with"),
    _("{field} ends with {value}"),
    _("{field} does not end with {value}"),
    opposite="does_not_end_with",
    opposite_label=_("does not end with"),
)
_op(
    "is_set",
    Takes.NOTHING,
    _("is filled in"),
    _("{field} is filled in"),
    _("{field} is empty"),
    opposite="is_empty",
    opposite_label=_("is empty"),
)
_op(
    "is_me",
    Takes.NOTHING,
    _("is me"),
    _("{field} is me"),
    _("{field} is not me"),
    opposite="is_not_me",
    opposite_label=_("is not me"),
    is_personal=True,
)
_op(
    "at_least",
    Takes.ONE,
    _("is at least"),
    _("{field} is at least {value}"),
    _("{field} is not at least {value}"),
)
_op(
    "more_than",
    Takes.ONE,
    _("is more than"),
    _("{field} is more than {value}"),
    _("{field} is not more than {value}"),
)
_op(
    "at_most",
    Takes.ONE,
    _("is at most"),
    _("{field} is at most {value}"),
    _("{field} is not at most {value}"),
)
_op(
    "less_than",
    Takes.ONE,
    _("is less than"),
    _("{field} is less than {value}"),
    _("{field} is not less than {value}"),
)
_op(
    "between",
    Takes.RANGE,
    _("is between"),
    _("{field} is between {low} and {high}"),
    _("{field} is not between {low} and {high}"),
)
_op("on", Takes.ONE, _("is on"), _("{field} is on {value}"), _("{field} is not on {value}"))
_op(
    "before",
    Takes.ONE,
    _("is before"),
    _("{field} is before {value}"),
    _("{field} is not before {value}"),
)
_op(
    "after",
    Takes.ONE,
    _("is after"),
    _("{field} is after {value}"),
    _("{field} is not after {value}"),
)
_op(
    "in_last_days",
    Takes.DAYS,
    _("is in the last … days"),
    ngettext_lazy(
        "{field} is in the last 24 hours", "{field} is in the last {value} days", "number"
    ),
    ngettext_lazy(
        "{field} is not in the last 24 hours", "{field} is not in the last {value} days", "number"
    ),
    opposite="not_in_last_days",
    opposite_label=_("is not in the last … days"),
)
_op(
    "more_than_days_ago",
    Takes.DAYS,
    _("is more than … days ago"),
    ngettext_lazy(
        "{field} is more than one day ago", "{field} is more than {value} days ago", "number"
    ),
    ngettext_lazy(
        "{field} is not more than one day ago",
        "{field} is not more than {value} days ago",
        "number",
    ),
)
_op(
    "in_next_days",
    Takes.DAYS,
    _("is in the next … days"),
    ngettext_lazy(
        "{field} is in the next 24 hours", "{field} is in the next {value} days", "number"
    ),
    ngettext_lazy(
        "{field} is not in the next 24 hours", "{field} is not in the next {value} days", "number"
    ),
)
_op(
    "in_period",
    Takes.PERIOD,
    pgettext_lazy("period", "is in"),
    _("{field}: {value}"),
    _("{field}: not {value}"),
)
_op(
    "has",
    Takes.ONE,
    _("has"),
    _("{field}: {value}"),
    _("{field}: not {value}"),
    opposite="has_not",
    opposite_label=_("does not have"),
)
_op(
    "has_any_of",
    Takes.MANY,
    _("has one of"),
    _("{field}: {value}"),
    _("{field}: neither {nor}"),
    opposite="has_none_of",
    opposite_label=_("has none of"),
)
_op(
    "has_all_of",
    Takes.MANY,
    _("has all of"),
    _("{field}: {both}"),
    _("{field}: not {both}"),
)

# For numbers that every row has, such as counts.
COUNT_OPS = ("at_least", "at_most", "is", "is_not", "more_than", "less_than", "between")

_IS = ("is", "is_not", "is_one_of", "is_none_of")
_SET = ("is_set", "is_empty")
_DATES = (
    "in_last_days",
    "not_in_last_days",
    "more_than_days_ago",
    "in_next_days",
    "in_period",
    "on",
    "before",
    "after",
    "between",
    *_SET,
)
# In the order of the builder: the first one is offered first.
OPS_OF_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: (
        *_IS,
        "contains",
        "does_not_contain",
        "starts_with",
        "does_not_start_with",
        "ends_with",
        "does_not_end_with",
        *_SET,
    ),
    Kind.NUMBER: (
        "at_least",
        "at_most",
        "is",
        "is_not",
        "more_than",
        "less_than",
        "between",
        *_SET,
    ),
    Kind.BOOLEAN: ("is",),
    Kind.DATE: _DATES,
    Kind.DATETIME: _DATES,
    Kind.CHOICE: (*_IS, *_SET),
    Kind.CHOICES: ("has", "has_not", "has_any_of", "has_none_of", "has_all_of", *_SET),
}
