"""What a condition uses, who uses a thing, and circles of segments."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from conditions.errors import ConditionError
from conditions.registry import Ref, Snapshot
from conditions.tree import Leaf, Node, leaves, parse


def refs(node: Node) -> frozenset[Ref]:
    """Return everything that the tree uses: fields, custom fields, segments, people, tags."""
    return frozenset(ref for leaf in leaves(node) for ref in _refs_of(leaf))


def refs_of_json(data: Any, snapshot: Snapshot) -> frozenset[Ref]:
    """Return what a stored tree uses, leaf by leaf, even when parts of it no longer parse."""
    return frozenset(ref for leaf in _readable_leaves(data, snapshot) for ref in _refs_of(leaf))


@dataclass(frozen=True, slots=True)
class Usage:
    """Something with a condition: what it is, its name, its page, and the stored tree."""

    kind: str
    name: str
    url: str
    where: Any


_usages: dict[str, Callable[[], Iterable[Usage]]] = {}


def register_usages(kind: str, load: Callable[[], Iterable[Usage]]) -> None:
    """Let ``used_by`` look into the conditions that ``load`` returns."""
    if kind in _usages:
        raise ValueError(f"Usages of {kind} are registered twice.")
    _usages[kind] = load


def used_by(ref: Ref, snapshot: Snapshot) -> list[Usage]:
    """Return everything whose condition uses ``ref``, by kind and name; one query per kind."""
    found = (
        usage
        for load in _usages.values()
        for usage in load()
        if ref in refs_of_json(usage.where, snapshot)
    )
    return sorted(found, key=lambda usage: (usage.kind, usage.name))


def find_circle(start: Ref, node: Node, inside: Callable[[Ref], frozenset[Ref]]) -> tuple[Ref, ...]:
    """Return the way from ``start`` back to itself if it had the condition ``node``, or ().

    ``inside`` returns what the condition behind a ``Ref`` uses, nothing for other things.
    """
    stack: list[tuple[Ref, ...]] = [(start, ref) for ref in refs(node)]
    seen: set[Ref] = set()
    while stack:
        way = stack.pop()
        if way[-1] == start:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            stack += [(*way, ref) for ref in inside(way[-1])]
    return ()


def _refs_of(leaf: Leaf) -> Iterator[Ref]:
    yield leaf.field.ref or Ref("field", leaf.field.name)
    if leaf.field.ref_kind:
        for choice in leaf.chosen:
            yield Ref(leaf.field.ref_kind, choice.value)
    for param in leaf.field.parameters:
        if param.ref_kind and param.name in leaf.params:
            yield Ref(param.ref_kind, str(leaf.params[param.name]))


def _readable_leaves(data: Any, snapshot: Snapshot) -> Iterator[Leaf]:
    if isinstance(data, list):
        for item in data:
            yield from _readable_leaves(item, snapshot)
    if not isinstance(data, dict):
        return
    if "field" in data:
        try:
            yield from leaves(parse(data, snapshot, is_personal=True))
        except ConditionError:
            return
    for key in ("all", "any", "not"):
        yield from _readable_leaves(data.get(key), snapshot)
