from collections.abc import Callable
from typing import Any

import pytest

from conditions.compile import compile_q
from conditions.registry import Snapshot
from conditions.tree import Node, Not, parse
from leads.conditions import LEADS
from leads.models import Lead
from tests.conditions.scene import build_scene
from tests.factories import NOW


@pytest.fixture
def scene(db: None) -> dict[str, Lead]:
    """Leads of all sorts, by name."""
    return build_scene()


@pytest.fixture
def snapshot(scene: dict[str, Lead]) -> Snapshot:
    return LEADS.snapshot()


@pytest.fixture
def ids(snapshot: Snapshot) -> Callable[[Node], set[int]]:
    """Return the ids of the leads that meet a tree, failing when one comes twice."""

    def found(node: Node) -> set[int]:
        keys = list(Lead.objects.filter(compile_q(node, as_of=NOW)).values_list("pk", flat=True))
        assert len(keys) == len(set(keys))
        return set(keys)

    return found


@pytest.fixture
def matching(
    scene: dict[str, Lead], snapshot: Snapshot, ids: Callable[[Node], set[int]]
) -> Callable[[dict[str, Any]], set[str]]:
    """Return the names of the leads that meet a condition, and check that the rest do not."""
    names = {lead.pk: name for name, lead in scene.items()}

    def found(where: dict[str, Any]) -> set[str]:
        node = parse(where, snapshot)
        assert ids(Not(node)) == names.keys() - ids(node)
        return {names[key] for key in ids(node)}

    return found
