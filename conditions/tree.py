"""The grammar: JSON in, frozen nodes out, and back.

::

    {"everyone": true}
    {"field": "country", "op": "is", "value": "DE"}
    {"field": "activity_count", "op": "at_least", "value": 3, "params": {"kind": "page.visited"}}
    {"all": […]}   {"any": […]}   {"not": {…}}

``parse`` knows the registry: a tree that was parsed holds checked values and its fields, so that
compiling and describing it asks the database nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any, TypeAlias

from django.utils.translation import gettext as _

from conditions.errors import ConditionError
from conditions.operators import OPS, Kind, Op, Takes
from conditions.registry import Choice, Field, Param, Snapshot, Subject
from conditions.values import Value, read_scalar, read_value, read_whole, to_jsonable

MAX_DEPTH = 6
MAX_LEAVES = 60
MAX_CHARACTERS = 65_536


@dataclass(frozen=True, slots=True)
class Everyone:
    """The condition that everybody meets; it must be said, no empty group means it."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One question: a field, an operator, a checked value.

    ``chosen`` are the choices behind the value, ``chosen_params`` those behind the parameters.
    """

    field: Field
    op: Op
    value: Value = None
    params: Mapping[str, Any] = default(default_factory=dict)
    chosen: tuple[Choice, ...] = ()
    chosen_params: Mapping[str, Choice] = default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every child must hold."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one child must hold."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The child must not hold."""

    child: "Node"


Node: TypeAlias = Everyone | Leaf | AllOf | AnyOf | Not


def parse_text(text: str, fields: Snapshot | Subject, **options: Any) -> Node:
    """Return the tree that a JSON text stands for; see ``parse``."""
    path = options.get("path", "where")
    if len(text) > MAX_CHARACTERS:
        raise ConditionError(path, _("This condition is too long."))
    try:
        data = json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise ConditionError(path, _("This is not valid JSON.")) from error
    return parse(data, fields, **options)


def parse(
    data: Any, fields: Snapshot | Subject, *, is_personal: bool = False, path: str = "where"
) -> Node:
    """Return the tree that ``data`` stands for.

    ``fields`` is a subject, or a snapshot of it with the rights of the reader. ``is_personal``
    allows operators such as *is me*. Raises ``ConditionError`` with the path of what is wrong.
    """
    snapshot = fields if isinstance(fields, Snapshot) else fields.snapshot()
    return _Parser(snapshot, is_personal).node(data, path, depth=0)


def to_json(node: Node) -> dict[str, Any]:
    """Return the tree as JSON keeps it; parsing that gives an equal tree."""
    match node:
        case Everyone():
            return {"everyone": True}
        case AllOf(children):
            return {"all": [to_json(child) for child in children]}
        case AnyOf(children):
            return {"any": [to_json(child) for child in children]}
        case Not(child):
            return {"not": to_json(child)}
        case Leaf():
            written: dict[str, Any] = {"field": node.field.name, "op": node.op.name}
            if node.op.takes is not Takes.NOTHING:
                written["value"] = to_jsonable(node.value)
            if node.params:
                written["params"] = {key: to_jsonable(node.params[key]) for key in node.params}
            return written


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield the leaves from left to right."""
    match node:
        case Leaf():
            yield node
        case Not(child):
            yield from leaves(child)
        case AllOf(children) | AnyOf(children):
            for child in children:
                yield from leaves(child)


class _Parser:
    """Reads one tree and counts its leaves."""

    def __init__(self, snapshot: Snapshot, is_personal: bool) -> None:
        self.snapshot = snapshot
        self.is_personal = is_personal
        self.leaves = 0

    def node(self, data: Any, path: str, *, depth: int) -> Node:
        if not isinstance(data, dict):
            raise ConditionError(path, _("Must be an object."))
        if depth > MAX_DEPTH:
            raise ConditionError(
                path, _("Must not be nested deeper than %(n)s levels.") % {"n": MAX_DEPTH}
            )
        match sorted(data, key=str):
            case ["everyone"] if data["everyone"] is True:
                return Everyone()
            case ["all"]:
                return AllOf(self.children(data["all"], f"{path}.all", depth=depth + 1))
            case ["any"]:
                return AnyOf(self.children(data["any"], f"{path}.any", depth=depth + 1))
            case ["not"]:
                return Not(self.node(data["not"], f"{path}.not", depth=depth + 1))
        if "field" in data:
            return self.leaf(data, path)
        raise ConditionError(
            path, _("Must have “field” and “op”, or be “all”, “any”, “not” or “everyone”.")
        )

    def children(self, data: Any, path: str, *, depth: int) -> tuple[Node, ...]:
        if not isinstance(data, list):
            raise ConditionError(path, _("Must be a list of conditions."))
        if not data:
            raise ConditionError(path, _("A group must not be empty; say “everyone”."))
        return tuple(self.node(item, f"{path}[{n}]", depth=depth) for n, item in enumerate(data))

    def leaf(self, data: dict[Any, Any], path: str) -> Leaf:
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            raise ConditionError(
                path, _("Must not have more than %(n)s conditions.") % {"n": MAX_LEAVES}
            )
        for key in data:
            if key not in ("field", "op", "value", "params"):
                raise ConditionError(path, _("Has a part that is not known here."))
        found = self.field(data["field"], path)
        op = self.op(found, data.get("op"), path)
        value, chosen = self.value(found, op, data, path)
        params, chosen_params = self.params(found, data.get("params", {}), f"{path}.params")
        return Leaf(found, op, value, params, chosen, chosen_params)

    def field(self, name: Any, path: str) -> Field:
        found = self.snapshot.field(name) if isinstance(name, str) else None
        if found is None:
            raise ConditionError(f"{path}.field", _("There is no such field."))
        return found

    def op(self, found: Field, name: Any, path: str) -> Op:
        if not isinstance(name, str) or name not in found.operators:
            raise ConditionError(
                f"{path}.op",
                _("“%(field)s” cannot be asked like this. Possible: %(ops)s.")
                % {"field": found.label, "ops": ", ".join(found.operators)},
            )
        op = OPS[name]
        if op.is_personal and not self.is_personal:
            raise ConditionError(
                f"{path}.op", _("A rule must mean the same for everybody; name the person.")
            )
        return op

    def value(
        self, found: Field, op: Op, data: dict[Any, Any], path: str
    ) -> tuple[Value, tuple[Choice, ...]]:
        if op.takes is Takes.NOTHING:
            if "value" in data:
                raise ConditionError(f"{path}.value", _("This operator takes no value."))
            return None, ()
        if "value" not in data:
            raise ConditionError(f"{path}.value", _("A value is missing."))
        is_choice = found.kind in (Kind.CHOICE, Kind.CHOICES)
        known = self.snapshot.choices(found) if is_choice and not found.is_open else None
        value = read_value(found.kind, op.takes, data["value"], f"{path}.value", known)
        if found.is_whole and op.takes in (Takes.ONE, Takes.RANGE) and _has_fraction(value):
            raise ConditionError(f"{path}.value", _("Must be a whole number."))
        if not is_choice:
            return value, ()
        values = value if isinstance(value, tuple) else (value,)
        return value, tuple(
            known[str(v)] if known is not None else Choice(str(v), str(v), str(v)) for v in values
        )

    def params(
        self, found: Field, data: Any, path: str
    ) -> tuple[dict[str, Any], dict[str, Choice]]:
        if not isinstance(data, dict):
            raise ConditionError(path, _("Must be an object."))
        known = {param.name: param for param in found.parameters}
        if set(data) - set(known):
            raise ConditionError(path, _("Has a part that is not known here."))
        read: dict[str, Any] = {}
        chosen: dict[str, Choice] = {}
        for name, param in known.items():
            if data.get(name) is None:
                if param.is_required:
                    raise ConditionError(f"{path}.{name}", _("A value is missing."))
                continue
            read[name] = self.param(found, param, data[name], f"{path}.{name}")
            if param.choices:
                chosen[name] = self.snapshot.choices(found, param)[read[name]]
        return read, chosen

    def param(self, found: Field, param: Param, raw: Any, path: str) -> Value:
        if param.lowest is not None and param.highest is not None:
            return read_whole(raw, path, lowest=param.lowest, highest=param.highest)
        choices = self.snapshot.choices(found, param) if param.choices else None
        return read_scalar(param.kind, raw, path, choices)


def _has_fraction(value: Value) -> bool:
    items = value if isinstance(value, tuple) else (value,)
    return any(isinstance(item, float) for item in items)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a JSON object that names a key twice, of which Python would keep the last."""
    if len({key for key, _value in pairs}) != len(pairs):
        raise ValueError("A key is repeated.")
    return dict(pairs)
