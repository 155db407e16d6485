"""Who is in the segments that keep their members: questions, and the statements that write them.

Membership is worked out by the database alone, from the compiled condition, for many leads at once.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from conditions.compile import compile_q
from conditions.errors import ConditionError
from conditions.registry import Snapshot
from conditions.tree import AllOf, AnyOf, Leaf, Node, Not, parse
from leads.conditions import LEADS
from leads.models import Lead, Segment, SegmentMember


@dataclass(frozen=True, slots=True)
class Moves:
    """Which leads entered and left segments, by the key of the segment."""

    entered: dict[int, list[int]] = field(default_factory=dict)
    left: dict[int, list[int]] = field(default_factory=dict)

    @property
    def leads(self) -> set[int]:
        """All leads that moved."""
        return {
            key for moved in (self.entered, self.left) for keys in moved.values() for key in keys
        }

    def note(self, segment: Segment, entered: Sequence[int], left: Sequence[int]) -> None:
        """Add what happened in one segment."""
        if entered:
            self.entered.setdefault(segment.pk, []).extend(entered)
        if left:
            self.left.setdefault(segment.pk, []).extend(left)


Moved = Callable[[Collection[int], datetime], None]
_when_moved: list[Moved] = []


def when_moved(reaction: Moved) -> None:
    """Call ``reaction(lead_ids, as_of)`` in the transaction in which leads entered or left."""
    _when_moved.append(reaction)


def tell_moved(moves: Moves, as_of: datetime) -> None:
    """Tell the rooms above which leads entered or left segments."""
    if moves.leads:
        for reaction in _when_moved:
            reaction(moves.leads, as_of)


def in_units(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Return the segments of each group together, in their order, and each other one alone."""
    units: dict[tuple[str, int], list[Segment]] = {}
    for segment in sorted(segments, key=lambda each: (each.position, each.pk)):
        group = segment.group_id
        key = ("segment", segment.pk) if group is None else ("group", group)
        units.setdefault(key, []).append(segment)
    return list(units.values())


def refresh_unit(
    unit: Sequence[Segment],
    *,
    narrow: Q,
    members: Q,
    as_of: datetime,
    snapshot: Snapshot,
    moves: Moves,
) -> set[int]:
    """Let leads out of and into the segments of ``unit``: one statement, in a group two for each.

    ``narrow`` says which leads are looked at and ``members`` the same of ``SegmentMember``. First
    everybody leaves who has to, then the segments take in, in their order, who is in none of them.
    Segments whose condition cannot be asked any more are left as they are; returns their
    keys. The caller has locked the segments.
    """
    asked: list[tuple[Segment, QuerySet[Lead, Any]]] = []
    broken: set[int] = set()
    for segment in unit:
        try:
            node = parse(segment.where, snapshot)
            leads = Lead.objects.alive().filter(narrow, compile_q(node, as_of=as_of))
        except ConditionError:
            broken.add(segment.pk)
        else:
            asked.append((segment, leads.order_by().values("pk")))
    if len(unit) == 1:
        for segment, matching in asked:
            moves.note(segment, *_let_in_and_out(segment, matching, members, as_of))
        return broken
    for segment, matching in asked:
        moves.note(segment, [], _let_out(segment, matching, members, as_of))
    for segment, matching in asked:
        moves.note(segment, _let_in(segment, matching, as_of), [])
    return broken


def _let_in_and_out(
    segment: Segment, matching: QuerySet[Lead, Any], members: Q, as_of: datetime
) -> tuple[list[int], list[int]]:
    """Do both for a segment alone, whose condition is asked once; returns who entered and left."""
    here = SegmentMember.objects.filter(members, segment=segment, left_at=None)
    sql, given = matching.query.sql_with_params()
    stays, about = here.order_by().values("pk", "lead_id").query.sql_with_params()
    statement = f"""
        WITH matching (id) AS MATERIALIZED ({sql}),
        here (id, lead_id) AS MATERIALIZED ({stays}),
        gone AS (
            UPDATE leads_segmentmember AS member SET left_at = %s FROM here
            WHERE member.id = here.id
                AND NOT EXISTS (SELECT FROM matching WHERE matching.id = here.lead_id)
            RETURNING member.lead_id
        ),
        come AS (
            INSERT INTO leads_segmentmember (segment_id, group_id, lead_id, entered_at, added_by)
            SELECT %s, %s, matching.id, %s, '' FROM matching
            WHERE NOT EXISTS (SELECT FROM here WHERE here.lead_id = matching.id)
            ORDER BY matching.id
            ON CONFLICT DO NOTHING
            RETURNING lead_id
        )
        SELECT (SELECT array_agg(lead_id) FROM come), (SELECT array_agg(lead_id) FROM gone)
    """  # noqa: S608 - both come from the ORM, every value is a parameter
    row = [*given, *about, as_of, segment.pk, segment.group_id, as_of]
    with connection.cursor() as cursor:
        cursor.execute(statement, row)
        entered, left = cursor.fetchone()
        return entered or [], left or []


def _let_out(
    segment: Segment, matching: QuerySet[Lead, Any], members: Q, as_of: datetime
) -> list[int]:
    here = SegmentMember.objects.filter(members, segment=segment, left_at=None)
    sql, given = matching.query.sql_with_params()
    stays, about = here.order_by().values("pk").query.sql_with_params()
    return _run(
        f"""
        WITH matching (id) AS MATERIALIZED ({sql}), here (id) AS ({stays})
        UPDATE leads_segmentmember AS member SET left_at = %s
        WHERE member.id IN (SELECT id FROM here)
            AND NOT EXISTS (SELECT FROM matching WHERE matching.id = member.lead_id)
        RETURNING member.lead_id
        """,  # noqa: S608 - both come from the ORM, every value is a parameter
        [*given, *about, as_of],
    )


def _let_in(segment: Segment, matching: QuerySet[Lead, Any], as_of: datetime) -> list[int]:
    """Take in who is not in it and in no other of its group."""
    sql, given = matching.query.sql_with_params()
    same = "segment_id" if segment.group_id is None else "group_id"
    whole = segment.pk if segment.group_id is None else segment.group_id
    return _run(
        f"""
        WITH matching (id) AS MATERIALIZED ({sql})
        INSERT INTO leads_segmentmember (segment_id, group_id, lead_id, entered_at, added_by)
        SELECT %s, %s, matching.id, %s, '' FROM matching
        WHERE NOT EXISTS (
            SELECT FROM leads_segmentmember AS known
            WHERE known.lead_id = matching.id AND known.left_at IS NULL AND known.{same} = %s
        )
        ORDER BY matching.id
        ON CONFLICT DO NOTHING
        RETURNING lead_id
        """,  # noqa: S608 - from the ORM and one of two names, every value is a parameter
        [*given, segment.pk, segment.group_id, as_of, whole],
    )


def _run(sql: str, given: Sequence[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return [key for (key,) in cursor.fetchall()]


def open_members(segment: Segment) -> QuerySet[SegmentMember]:
    """Return the stays in ``segment`` that last."""
    return SegmentMember.objects.filter(segment=segment, left_at=None)


def required_segments(node: Node, *, is_denied: bool = False) -> set[str]:
    """Return the public ids of the segments without one of which nobody meets ``node``.

    ``segment is A`` asks for the members of A; ``segment is not A``, what stands below ``not``, and
    *A or from Austria* do not.
    """
    match node:
        case Leaf():
            is_asked = node.field.ref_kind == "segment" and bool(node.op.of) == is_denied
            return {choice.value for choice in node.chosen} if is_asked else set()
        case Not(child):
            return required_segments(child, is_denied=not is_denied)
        case AllOf(children) | AnyOf(children):
            parts = [required_segments(child, is_denied=is_denied) for child in children]
            needs_one = isinstance(node, AnyOf) != is_denied
            return set() if needs_one and not all(parts) else set().union(*parts)
    return set()


def named_segments(where: Any) -> set[str]:
    """Return the public ids of the segments for whose members ``where`` is; none if unreadable."""
    try:
        return required_segments(parse(where, LEADS.snapshot()))
    except ConditionError:
        return set()


def exclusive_segments(where: Any, snapshot: Snapshot | None = None) -> list[int]:
    """Return the segments of groups of which a lead must be a member to meet ``where``, by key.

    Empty where it asks for none; a condition that cannot be read asks for none.
    """
    if not where:
        return []
    try:
        node = parse(where, snapshot or LEADS.snapshot())
    except ConditionError:
        return []
    names = required_segments(node)
    if not names:
        return []
    found = Segment.objects.filter(public_id__in=names, group__isnull=False)
    return list(found.values_list("pk", flat=True))


def count_members(segments: Sequence[Segment]) -> dict[int, int]:
    """Return how many leads stand in each of these segments now, whoever asks."""
    stays = SegmentMember.objects.filter(segment__in=segments, left_at=None)
    return dict(stays.values_list("segment_id").annotate(Count("pk")).order_by())


def are_members(segment_ids: Collection[int], lead_ids: Collection[int]) -> set[int]:
    """Return those of the leads that are in one of the segments, by key."""
    stays = SegmentMember.objects.filter(segment__in=segment_ids, lead__in=lead_ids, left_at=None)
    return set(stays.values_list("lead_id", flat=True))
