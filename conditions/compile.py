"""From a tree to SQL: the one evaluator of conditions.

Nothing is negated in SQL: each field gives both halves of its leaf, and ``not`` swaps them.
"""

from dataclasses import replace
from datetime import datetime, tzinfo
from functools import reduce
from operator import and_, or_

from django.db.models import BooleanField, Case, Q, Value, When
from django.utils import timezone

from conditions.halves import ALWAYS, Halves
from conditions.operators import OPS
from conditions.registry import Ask, Context
from conditions.tree import AllOf, AnyOf, Everyone, Leaf, Node, Not
from ground import days


def compile_q(
    node: Node,
    *,
    as_of: datetime,
    user_id: int | None = None,
    zone: tzinfo | None = None,
    known_at: datetime | None = None,
) -> Q:
    """Return the condition on the subject's table, as seen at ``as_of``.

    ``user_id`` is who *me* is; nobody is *me* without it. ``zone`` decides when a day begins,
    by default that of the organisation. With ``known_at`` activities that were recorded later do
    not count. The result never counts a row twice and is never NULL, so it may be combined with
    ``&`` and ``|``, and excluded with ``compile_q(Not(node))``.
    """
    context = make_context(as_of=as_of, user_id=user_id, zone=zone)
    return compile_halves(node, replace(context, known_at=known_at)).when


def compile_column(
    node: Node, *, as_of: datetime, user_id: int | None = None, zone: tzinfo | None = None
) -> Case:
    """Return the answer as a column of true and false, to ask many conditions in one query."""
    return Case(
        When(compile_q(node, as_of=as_of, user_id=user_id, zone=zone), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


def make_context(
    *, as_of: datetime, user_id: int | None = None, zone: tzinfo | None = None
) -> Context:
    """Return the context of one compilation; raises ``ValueError`` for a time without zone."""
    if timezone.is_naive(as_of):
        raise ValueError("as_of needs a time zone.")
    return Context(as_of, zone or days.zone(), user_id)


def compile_halves(node: Node, context: Context) -> Halves:
    """Return both halves of the whole tree; for conditions inside of conditions."""
    match node:
        case Everyone():
            return ALWAYS
        case Not(child):
            return compile_halves(child, context).swapped()
        case AllOf(children):
            return reduce(and_, (compile_halves(child, context) for child in children))
        case AnyOf(children):
            return reduce(or_, (compile_halves(child, context) for child in children))
        case Leaf():
            return leaf_halves(node, context)


def leaf_halves(leaf: Leaf, context: Context) -> Halves:
    """Return both halves of one leaf; the field is asked with the positive operator only."""
    context.budget.spend()
    positive = OPS[leaf.op.of] if leaf.op.of else leaf.op
    keys = tuple(choice.key for choice in leaf.chosen)
    params = {
        **leaf.params,
        **{name: choice.key for name, choice in leaf.chosen_params.items()},
    }
    halves = leaf.field.test(Ask(positive.name, leaf.value, keys, params, context))
    return halves.swapped() if leaf.op.of else halves
