"""Members of a segment: worked out anew, and looked at again, against one statement by hand."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from django.db import connection, transaction

from accounts.action import writing
from accounts.actor import system_actor
from accounts.rights import Right
from benchmarks.row import Row
from benchmarks.scale import Scale
from leadcrm.made_data.build import make_data
from leads.actions.segments import save_segment
from leads.following import rebuild_range
from leads.models import DueSegment, Segment, SegmentMember

ROUNDS = 3
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
BY = system_actor("benchmark", *Right)
WHERE = {
    "all": [
        {"not": {"field": "tags", "op": "has", "value": "VIP"}},
        {"field": "stage", "op": "is_not", "value": "other"},
    ]
}
# What somebody would write for just this segment.
_BY_HAND = """
    WITH matching AS MATERIALIZED (
        SELECT id FROM leads_lead WHERE deleted_at IS NULL AND stage <> 'other'
            AND NOT EXISTS (SELECT FROM leads_lead_tags AS link
                JOIN leads_tag AS tag ON tag.id = link.tag_id
                WHERE link.lead_id = leads_lead.id AND tag.name = 'VIP')
    ),
    gone AS (
        UPDATE leads_segmentmember AS member SET left_at = %(as_of)s
        WHERE segment_id = %(segment)s AND left_at IS NULL
            AND NOT EXISTS (SELECT FROM matching WHERE matching.id = member.lead_id)
    )
    INSERT INTO leads_segmentmember (segment_id, lead_id, entered_at, added_by)
    SELECT %(segment)s, id, %(as_of)s, '' FROM matching
    WHERE NOT EXISTS (SELECT FROM leads_segmentmember AS known WHERE known.lead_id = matching.id
        AND known.segment_id = %(segment)s AND known.left_at IS NULL)
    ORDER BY id
"""
Way = Callable[[Segment, datetime], None]


def run(scale: Scale) -> list[Row]:
    """Measure a segment of most leads in members a second: all new, a tenth of them, and none.

    Both ways take turns, so that both feel the same noise of the machine.
    """
    leads = min(scale.leads, 1_000_000)
    make_data(leads=leads, activities=5 * leads, seed=1, as_of=NOW, is_scored=False)
    segment = save_segment(
        None, name="Benchmark", where=WHERE, keeps_members=True, by=BY, as_of=NOW
    )
    rows = []
    for name, missing in (("all new", 1), ("a tenth new", 10), ("nothing changes", 0)):
        speeds: dict[Way, list[float]] = {_ours: [], _by_hand: []}
        for turn in range(2 * ROUNDS):
            way = (_ours, _by_hand)[(turn + turn // 2) % 2]
            _forget(segment, missing)
            speeds[way].append(_speed(way, segment, NOW + timedelta(minutes=turn)))
        ours, hand = (median(speeds[way]) for way in (_ours, _by_hand))
        rows.append(Row.of(f"members of a segment, {name}", ours, hand, "a second"))
    return rows


def _speed(way: Way, segment: Segment, as_of: datetime) -> float:
    started = time.perf_counter()
    way(segment, as_of)
    passed = time.perf_counter() - started
    members = SegmentMember.objects.filter(segment=segment, left_at=None).count()
    return members / passed


def _ours(segment: Segment, as_of: datetime) -> None:
    with writing("benchmark"):
        due, _is_new = DueSegment.objects.update_or_create(
            segment=segment, defaults={"due_at": as_of, "after_id": 0}
        )
    while not rebuild_range(due, as_of=as_of):
        due.refresh_from_db()


def _by_hand(segment: Segment, as_of: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BY_HAND, {"segment": segment.pk, "as_of": as_of})


def _forget(segment: Segment, missing: int) -> None:
    """Take every ``missing``-th member away, none for 0, and let the table be as if new."""
    with connection.cursor() as cursor:
        if missing:
            cursor.execute(
                "DELETE FROM leads_segmentmember WHERE segment_id = %s AND lead_id %% %s = 0",
                [segment.pk, missing],
            )
        cursor.execute("VACUUM ANALYZE leads_segmentmember")
