"""Yes ∪ no = all and yes ∩ no = ∅, for every field and operator that anybody registers."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.operators import OPS, Kind, Period, Takes
from conditions.registry import Field, Snapshot
from conditions.tree import AllOf, AnyOf, Everyone, Node, Not, parse
from leads.conditions import LEADS
from leads.models import Lead
from tests.conditions.scene import SAMPLES

GROUPS = [*dict.fromkeys(str(field.group) for field in LEADS.fixed_fields()), "Own fields"]
Ids = Callable[[Node], set[int]]


def samples(field: Field, snapshot: Snapshot) -> list[Any]:
    """Return values for a field: hits, misses and edges."""
    if field.kind in (Kind.CHOICE, Kind.CHOICES):
        return [*snapshot.choices(field)][:4]
    numbers = [] if field.is_whole or field.kind is not Kind.NUMBER else [2.5]
    return SAMPLES[field.kind] + numbers


def values(field: Field, op: str, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield the ``value`` part of leaves with this operator."""
    some = samples(field, snapshot)
    match OPS[op].takes:
        case Takes.NOTHING:
            yield {}
        case Takes.ONE:
            yield from ({"value": value} for value in some)
        case Takes.MANY:
            yield from ({"value": some[:n]} for n in range(1, len(some) + 1))
        case Takes.RANGE:
            ends = [value[:10] if isinstance(value, str) else value for value in some]
            yield from ({"value": sorted(pair)} for pair in itertools.combinations(ends, 2))
        case Takes.DAYS:
            yield from ({"value": days} for days in (1, 7, 40, 36_500))
        case Takes.PERIOD:
            yield from ({"value": period} for period in Period.values)


def params(field: Field, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield parameters: the needed ones alone, then with each of the others."""
    some: dict[str, list[Any]] = {}
    for param in field.parameters:
        if param.choices:
            some[param.name] = [*snapshot.choices(field, param)]
        elif param.lowest is not None:
            some[param.name] = [param.lowest, 14, param.highest]
        else:
            some[param.name] = SAMPLES[param.kind][:2]
    needed = [param.name for param in field.parameters if param.is_required]
    if "kind" in needed:
        some["kind"] = ["note.added", "lead.stage_changed"]
    for chosen in itertools.product(*(some[name][:4] for name in needed)):
        base = dict(zip(needed, chosen, strict=True))
        yield base
        yield from ({**base, name: some[name][0]} for name in some.keys() - needed if some[name])


def trees(field: Field, op: str, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield leaves that ask ``field`` with ``op``: every value, then every other parameter."""
    first, *others = params(field, snapshot)
    some = list(values(field, op, snapshot))
    for value in some:
        yield {"field": field.name, "op": op, **value, "params": first}
    for chosen in others:
        yield {"field": field.name, "op": op, **some[0], "params": chosen}


@pytest.mark.parametrize("group", GROUPS)
def test_every_lead_answers_either_yes_or_no(
    group: str, scene: dict[str, Lead], snapshot: Snapshot, ids: Ids
) -> None:
    everybody = {lead.pk for lead in scene.values()}
    fields = [field for field in snapshot.fields() if str(field.group) == group]
    wheres = [where for f in fields for op in f.operators for where in trees(f, op, snapshot)]
    assert len(wheres) >= len(fields)

    for where in wheres:
        node = parse(where, snapshot, is_personal=True)
        yes, no = ids(node), ids(Not(node))

        assert yes | no == everybody, where
        assert not yes & no, where


def test_the_law_is_tried_on_every_field(scene: dict[str, Lead], snapshot: Snapshot) -> None:
    assert {str(field.group) for field in snapshot.fields()} == set(GROUPS)


@pytest.fixture
def some_leaves(scene: dict[str, Lead], snapshot: Snapshot) -> list[Node]:
    """A leaf for every field and operator, to build trees of."""
    return [
        parse(where, snapshot, is_personal=True)
        for field in snapshot.fields()
        for op in field.operators
        for where in itertools.islice(trees(field, op, snapshot), 1)
    ]


shapes = st.recursive(
    st.integers(min_value=0, max_value=10_000) | st.none(),
    lambda inner: (
        st.tuples(st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3))
        | st.tuples(st.just("not"), inner)
    ),
    max_leaves=8,
)


def build(shape: Any, some_leaves: list[Node]) -> Node:
    match shape:
        case None:
            return Everyone()
        case int():
            return some_leaves[shape % len(some_leaves)]
        case ("not", inner):
            return Not(build(inner, some_leaves))
        case (word, inner):
            children = tuple(build(child, some_leaves) for child in inner)
            return AllOf(children) if word == "all" else AnyOf(children)


random_trees = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@random_trees
@given(shape=shapes)
def test_the_opposite_of_any_tree_is_its_complement(
    shape: Any, scene: dict[str, Lead], some_leaves: list[Node], ids: Ids
) -> None:
    node = build(shape, some_leaves)
    everybody = {lead.pk for lead in scene.values()}

    assert ids(Not(node)) == everybody - ids(node)
    assert ids(Not(Not(node))) == ids(node)


@random_trees
@given(left=shapes, right=shapes)
def test_the_laws_of_de_morgan_hold(
    left: Any, right: Any, some_leaves: list[Node], ids: Ids
) -> None:
    a, b = build(left, some_leaves), build(right, some_leaves)

    assert ids(Not(AllOf((a, b)))) == ids(AnyOf((Not(a), Not(b))))
    assert ids(Not(AnyOf((a, b)))) == ids(AllOf((Not(a), Not(b))))
    assert ids(AllOf((a, b))) == ids(a) & ids(b)
    assert ids(AnyOf((a, b))) == ids(a) | ids(b)
