"""Segments of the invented company: two that exclude each other, a list, and who is sorted out."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import OuterRef, Subquery

from accounts.action import action
from accounts.actor import Actor
from ground import days
from leads.actions.groups import save_group
from leads.actions.members import add_to_list
from leads.actions.segments import save_segment
from leads.actions.sorting import sort_out
from leads.following import rebuild_range
from leads.models import DueSegment, Lead, Segment, SegmentGroup, SegmentKind, SegmentMember
from leads.stages import OtherReason, Stage

_INTERESTS = (
    ("Interesse an Speichern", ["speicher"], "Bekommen die Serie über Stromspeicher."),
    ("Interesse an Dach und Carport", ["dach", "carport"], "Bekommen die Serie über Anlagen."),
)
_OUT = (
    OtherReason.SPAM,
    OtherReason.NO_FIT,
    OtherReason.NO_FIT,
    OtherReason.APPLICANT,
    OtherReason.INVALID,
    OtherReason.COMPETITOR,
)
_ON_THE_LIST = 14
_DAYS = 60


@action
def tell_segments(*, by: Actor, marketer: Actor, until: datetime) -> None:
    """Make segments that keep members, a group of two, a list by hand, and sort some leads out."""
    interests = [
        save_segment(
            None,
            name=name,
            description=why,
            where={"field": "custom.interest", "op": "is_one_of", "value": values},
            by=by,
            as_of=until,
        )
        for name, values, why in _INTERESTS
    ]
    save_group(
        None,
        name="Kampagnen nach Interesse",
        description="Niemand bekommt zwei Serien zugleich.",
        segments=interests,
        by=by,
        as_of=until,
    )
    hot = {"field": "temperature", "op": "is_one_of", "value": ["hot", "warm"]}
    save_segment(None, name="Warm oder heiß", where=hot, keeps_members=True, by=by, as_of=until)
    new = Lead.objects.alive().filter(stage__in=(Stage.SUBSCRIBER, Stage.LEAD)).order_by("pk")
    keys = list(new.values_list("pk", flat=True)[: _ON_THE_LIST + len(_OUT)])
    for why, key in zip(_OUT, keys, strict=False):
        sort_out([key], why=why, by=marketer, as_of=until - timedelta(days=1))
    fair = save_segment(
        None,
        name="Gäste der Hausmesse",
        description="Am Stand auf Papier notiert.",
        kind=SegmentKind.LIST,
        by=by,
        as_of=until,
    )
    add_to_list(fair, keys[len(_OUT) :], by=marketer, as_of=until)
    _work_out(until)


def _work_out(until: datetime) -> None:
    """Let everybody in, as of when they came to us, and note what the sizes were since."""
    for due in DueSegment.objects.order_by("pk"):
        while not rebuild_range(due, as_of=until):
            due.refresh_from_db()
    DueSegment.objects.all().delete()
    came = Lead.objects.filter(pk=OuterRef("lead")).values("created_at")
    SegmentMember.objects.update(entered_at=Subquery(came))
    today = days.day_of(until)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO leads_segmentsize (segment_id, day, size)
            SELECT member.segment_id, day::date, count(*) FILTER (WHERE member.entered_at < day)
            FROM leads_segmentmember AS member,
                generate_series(%s::date - %s, %s::date - 1, interval '1 day') AS day
            WHERE member.left_at IS NULL GROUP BY 1, 2
            ON CONFLICT DO NOTHING
            """,
            [today, _DAYS, today],
        )
    Segment.objects.update(is_sample=True)
    SegmentGroup.objects.update(is_sample=True)
