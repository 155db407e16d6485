"""Why one lead meets a condition, or which part it fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.db.models import QuerySet

from conditions.compile import compile_column
from conditions.describe import describe
from conditions.tree import AllOf, AnyOf, Node, Not


@dataclass(frozen=True, slots=True)
class Explained:
    """One part of a condition and whether it holds for the row; ``parts`` are those inside."""

    node: Node
    holds: bool
    sentence: str
    parts: tuple["Explained", ...] = ()

    def failing(self) -> Iterator["Explained"]:
        """Yield the innermost parts that keep the whole from holding."""
        if self.holds:
            return
        inner = [part for part in self.parts if not part.holds]
        if isinstance(self.node, Not) or not inner:
            yield self
            return
        for part in inner:
            yield from part.failing()


def explain(
    node: Node,
    queryset: QuerySet[Any, Any],
    *,
    as_of: datetime,
    user_id: int | None = None,
    zone: tzinfo | None = None,
) -> Explained:
    """Return what holds for the one row of ``queryset``, part by part.

    One query asks every part with the conditions that are compiled for sets. Raises
    ``DoesNotExist`` or ``MultipleObjectsReturned`` unless there is exactly one row.
    """
    columns = {
        f"part_{number}": compile_column(part, as_of=as_of, user_id=user_id, zone=zone)
        for number, part in enumerate(_parts(node))
    }
    row = queryset.order_by().values(**columns).get()
    answers = iter([row[name] for name in columns])
    return _explained(node, answers)


def _parts(node: Node) -> Iterator[Node]:
    """Yield the node and everything inside of it, outermost first."""
    yield node
    match node:
        case Not(child):
            yield from _parts(child)
        case AllOf(children) | AnyOf(children):
            for child in children:
                yield from _parts(child)


def _explained(node: Node, answers: Iterator[bool]) -> Explained:
    holds = next(answers)
    children: tuple[Node, ...] = ()
    match node:
        case Not(child):
            children = (child,)
        case AllOf(inner) | AnyOf(inner):
            children = inner
    parts = tuple(_explained(child, answers) for child in children)
    return Explained(node, holds, describe(node), parts)
