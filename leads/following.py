"""Segments that keep members follow their conditions: who asks for that, and the drains."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import F, Q, QuerySet

from accounts.action import action
from ground import days
from ground.due import ask
from ground.ticks import wake
from leads.conditions import LEADS
from leads.members import Moves, in_units, refresh_unit, tell_moved
from leads.models import DueMember, DueSegment, Lead, Segment, SegmentMember

TICK = "leads.members"
# Leads that one transaction of a rebuild looks at: their segment is locked for under a second.
RANGE = 50_000
# For so long it is known that somebody was in a segment.
KEPT_DAYS = 730


@action
def refresh_members(lead_ids: Collection[int], *, as_of: datetime) -> Moves:
    """Look at these leads again in every segment that keeps members; returns who moved.

    One statement for each such segment, in a group two, however many leads. Locks the segments in
    key order, so that no two do this for the same one at once.
    """
    if not lead_ids:
        return Moves()
    ids = sorted(set(lead_ids))
    segments = lock_segments(Segment.objects.kept())
    moves = Moves()
    snapshot = LEADS.snapshot()
    for unit in in_units(segments):
        broken = refresh_unit(
            unit,
            narrow=Q(pk__in=ids),
            members=Q(lead__in=ids),
            as_of=as_of,
            snapshot=snapshot,
            moves=moves,
        )
        _note_broken(unit, broken)
    return moves


def lock_segments(segments: QuerySet[Segment]) -> list[Segment]:
    """Lock segments in key order, so that no two write members of the same one at once."""
    return list(segments.order_by("pk").select_for_update(of=("self",), no_key=True))


def _note_broken(unit: Sequence[Segment], broken: Collection[int]) -> None:
    for segment in unit:
        is_broken = segment.pk in broken
        if segment.is_broken != is_broken:
            Segment.objects.filter(pk=segment.pk).update(is_broken=is_broken)


@action
def refresh_due_members(rows: Sequence[DueMember], *, as_of: datetime) -> None:
    """Look at the leads of these due rows, and tell who moved; the work of a drain."""
    moves = refresh_members([row.lead_id for row in rows], as_of=as_of)
    tell_moved(moves, as_of)


@action
def ask_for_members(lead_ids: Collection[int], *, as_of: datetime) -> None:
    """Have these leads looked at, for changes that no activity tells of."""
    if lead_ids and Segment.objects.kept().exists():
        ask(DueMember, "lead_id", lead_ids, due_at=as_of)
        wake(TICK)


def ask_for_segments(segments: Collection[Segment], *, as_of: datetime) -> None:
    """Have all leads looked at for these segments, from the first on; for actions.

    The first segment of a group stands for all of it.
    """
    groups = {segment.group_id for segment in segments if segment.group_id is not None}
    first = {
        group: unit[0]
        for group, unit in (
            (unit[0].group_id, unit) for unit in in_units(Segment.objects.filter(group__in=groups))
        )
    }
    chosen = {first[each.group_id].pk if each.group_id else each.pk for each in segments}
    if chosen:
        ask(DueSegment, "segment_id", chosen, due_at=as_of, after_id=0)
        DueSegment.objects.filter(segment__in=chosen).update(after_id=0)
        wake(TICK)


@action
def rebuild_range(due: DueSegment, *, as_of: datetime, size: int = RANGE) -> bool:
    """Look at the next ``size`` leads for a segment and those of its group; True when all are done.

    Its progress is committed with the members. Leads that came meanwhile ask for themselves. The
    last range also lets out who is in the bin, and notes the size of the day.
    """
    unit = _lock_unit(due.segment_id)
    if not unit:
        return True
    last = _end_of_range(due.after_id, size)
    narrow, members = Q(pk__gt=due.after_id), Q(lead__gt=due.after_id)
    if last is not None:
        narrow, members = narrow & Q(pk__lte=last), members & Q(lead__lte=last)
    moves = Moves()
    broken = refresh_unit(
        unit,
        narrow=narrow,
        members=members,
        as_of=as_of,
        snapshot=LEADS.snapshot(),
        moves=moves,
    )
    _note_broken(unit, broken)
    tell_moved(moves, as_of)
    if last is not None:
        DueSegment.objects.filter(pk=due.pk).update(
            after_id=last, attempts=0, generation=F("generation") + 1, due_at=as_of
        )
        return False
    built = [segment.pk for segment in unit if segment.pk not in broken]
    Segment.objects.filter(pk__in=built).update(built_at=as_of)
    note_sizes(built, day=days.day_of(as_of))
    return True


def _lock_unit(segment_id: int) -> list[Segment]:
    """Return the segment and those of its group that are kept, locked, in their order."""
    found = Segment.objects.filter(pk=segment_id).values_list("group_id", flat=True).first()
    chosen = Q(pk=segment_id) if found is None else Q(group=found)
    segments = lock_segments(Segment.objects.kept().filter(chosen))
    return next(iter(in_units(segments)), [])


def _end_of_range(after_id: int, size: int) -> int | None:
    """Return the key of the last lead of the next range, None where it is the last range."""
    keys = Lead.objects.filter(pk__gt=after_id).order_by("pk").values_list("pk", flat=True)
    return next(iter(keys[size - 1 : size]), None)


def note_sizes(segment_ids: Collection[int], *, day: date) -> None:
    """Note how many leads are in these segments on ``day``; for actions."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO leads_segmentsize (segment_id, day, size)
            SELECT segment.id, %s, count(member.id) FROM leads_segment AS segment
            LEFT JOIN leads_segmentmember AS member
                ON member.segment_id = segment.id AND member.left_at IS NULL
            WHERE segment.id = ANY(%s) GROUP BY segment.id
            ON CONFLICT (segment_id, day) DO UPDATE SET size = EXCLUDED.size
            """,
            [day, sorted(segment_ids)],
        )


@action
def look_at_segments_daily(as_of: datetime) -> int:
    """Ask once a day of the organisation for a look at all leads; returns for how many segments.

    Finds what time alone changes, and what was missed. Lists, which nothing changes by itself, get
    the size of the day at once. Stays that ended more than ``KEPT_DAYS`` ago are forgotten.
    """
    today = days.day_of(as_of)
    due = Segment.objects.counted().filter(Q(looked_on=None) | Q(looked_on__lt=today))
    found = lock_segments(due)
    Segment.objects.filter(pk__in=[segment.pk for segment in found]).update(looked_on=today)
    ask_for_segments([segment for segment in found if segment.is_kept], as_of=as_of)
    note_sizes([segment.pk for segment in found if segment.is_list], day=today)
    if found:
        forgotten = as_of - timedelta(days=KEPT_DAYS)
        SegmentMember.objects.filter(left_at__lt=forgotten).delete()
    return len(found)


@action
def keep_members(public_ids: Collection[str], *, as_of: datetime) -> None:
    """Let segments keep who enters and leaves from now on, since something begins with that."""
    chosen = Segment.objects.filter(public_id__in=public_ids, where__isnull=False)
    new = lock_segments(chosen.filter(keeps_members=False))
    Segment.objects.filter(pk__in=[segment.pk for segment in new]).update(keeps_members=True)
    ask_for_segments(new, as_of=as_of)
