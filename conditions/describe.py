"""A condition as a sentence, in the language that is active."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from conditions.operators import OPS, Kind, Op, Period, Takes
from conditions.tree import AllOf, AnyOf, Everyone, Leaf, Node, Not
from conditions.values import Value


def describe(node: Node) -> str:
    """Return what the condition says: ``Stage is “MQL” and (Score is at least 50 or …)``."""
    return _sentence(node, denied=False)


def describe_leaf(leaf: Leaf, *, denied: bool = False) -> str:
    """Return the sentence of one leaf, or of its opposite."""
    if leaf.field.sentence is not None:
        return leaf.field.sentence(leaf, denied)
    return operator_sentence(leaf, str(leaf.field.label), denied=denied)


def operator_sentence(leaf: Leaf, label: str, *, denied: bool = False) -> str:
    """Return the operator's sentence about ``label``; fields with parameters build on it."""
    if leaf.field.kind is Kind.BOOLEAN and leaf.op.takes is Takes.ONE:
        return _yes_or_no(leaf, label, denied=denied)
    op = _read_out(leaf)
    template: Any = op.denies if denied else op.says
    shown = show_values(leaf)
    sentence: str = template.format(
        field=label,
        value=_join(shown, _(" or ")),
        nor=_join(shown, _(" nor ")),
        both=_join(shown, _(" and ")),
        low=shown[0] if shown else "",
        high=shown[-1] if shown else "",
        number=leaf.value if op.takes is Takes.DAYS else 0,
    )
    return sentence


def _yes_or_no(leaf: Leaf, label: str, *, denied: bool) -> str:
    """Return ``label: yes``; not yes is no, except where the answer may not be known at all."""
    may_be_unknown = "is_set" in leaf.field.operators
    denied = denied is not bool(leaf.op.of)
    value = bool(leaf.value) if may_be_unknown else bool(leaf.value) is not denied
    words = _("{field}: not {value}") if denied and may_be_unknown else _("{field}: {value}")
    return words.format(field=label, value=show_value(value))


def show_values(leaf: Leaf) -> list[str]:
    """Return the values of a leaf as people read them."""
    if leaf.chosen:
        return [quote(str(choice.label)) for choice in leaf.chosen]
    if leaf.op.takes is Takes.PERIOD:
        return [str(Period(str(leaf.value)).label)]
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    return [show_value(value) for value in values if value is not None]


def show_value(value: Value) -> str:
    """Return one value: texts in quotation marks, numbers and times by locale."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case int() | float():
            return formats.number_format(value, use_l10n=True, force_grouping=True)
        case datetime():
            return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
        case date():
            return formats.date_format(value, "DATE_FORMAT")
    return quote(str(value))


def quote(text: str) -> str:
    """Return ``text`` in the quotation marks of the language."""
    return _("“{text}”").format(text=text)


def _sentence(node: Node, *, denied: bool) -> str:
    match _plain(node):
        case Everyone():
            return _("nobody") if denied else _("everyone")
        case Not(child):
            return _sentence(child, denied=not denied)
        case Leaf() as leaf:
            return describe_leaf(leaf, denied=denied)
        case AllOf() | AnyOf() as group:
            joined = _group(group)
            return _("not ({condition})").format(condition=joined) if denied else joined


def _group(group: AllOf | AnyOf) -> str:
    """Return a group's sentence; a group of the other sort inside of it stands in brackets."""
    parts = []
    for child in map(_plain, group.children):
        sentence = _sentence(child, denied=False)
        is_other = isinstance(child, AllOf | AnyOf) and type(child) is not type(group)
        parts.append(f"({sentence})" if is_other else sentence)
    return _(" and ").join(parts) if isinstance(group, AllOf) else _(" or ").join(parts)


def _plain(node: Node) -> Node:
    """Return the node without groups of one and without double negation."""
    match node:
        case AllOf([only]) | AnyOf([only]):
            return _plain(only)
        case Not(child):
            inner = _plain(child)
            return inner.child if isinstance(inner, Not) else Not(inner)
    return node


def _read_out(leaf: Leaf) -> Op:
    """Return the operator to read out: a list of one reads like the operator for one value."""
    simple = {
        "is_one_of": "is",
        "is_none_of": "is_not",
        "has_any_of": "has",
        "has_none_of": "has_not",
        "has_all_of": "has",
    }
    if isinstance(leaf.value, tuple) and len(leaf.value) == 1 and leaf.op.name in simple:
        return OPS[simple[leaf.op.name]]
    return leaf.op


def _join(shown: Iterable[Any], word: str) -> str:
    """Return ``a, b or c``; the word stands between the last two."""
    *first, last = [*shown] or [""]
    return f"{', '.join(first)}{word}{last}" if first else last
