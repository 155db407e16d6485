"""Lists that are kept by hand."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record
from leads.activities import LIST_JOINED, LIST_LEFT
from leads.following import lock_segments
from leads.members import open_members
from leads.models import Lead, Segment, SegmentMember


@action
def add_to_list(segment: Segment, lead_ids: Collection[int], *, by: Actor, as_of: datetime) -> int:
    """Put leads on a list that is kept by hand; returns how many are new there.

    Leads that the actor may not see or that stand on it are left out. Raises ``DomainError``
    (``not_a_list``) for a segment that a condition fills.
    """
    _require_list(segment, by)
    visible = Lead.objects.visible_to(by).filter(pk__in=lead_ids)
    leads = list(lock_leads([*visible.values_list("pk", flat=True)]).values_list("pk", flat=True))
    locked = lock_segments(Segment.objects.filter(pk=segment.pk))
    known = open_members(segment).filter(lead__in=leads).values_list("lead_id", flat=True)
    new = sorted({*leads} - {*known}) if locked else []
    SegmentMember.objects.bulk_create(
        (
            SegmentMember(segment=segment, lead_id=key, entered_at=as_of, added_by=by.label[:150])
            for key in new
        ),
        batch_size=2_000,
    )
    _record(segment, new, LIST_JOINED, by=by, as_of=as_of)
    return len(new)


@action
def take_off_list(
    segment: Segment, lead_ids: Collection[int], *, by: Actor, as_of: datetime
) -> int:
    """Take leads off a list that is kept by hand; returns how many. Raises as ``add_to_list``."""
    _require_list(segment, by)
    visible = Lead.objects.visible_to(by).filter(pk__in=lead_ids)
    leads = list(lock_leads([*visible.values_list("pk", flat=True)]).values_list("pk", flat=True))
    lock_segments(Segment.objects.filter(pk=segment.pk))
    stays = open_members(segment).filter(lead__in=leads)
    gone = sorted(stays.values_list("lead_id", flat=True))
    stays.update(left_at=as_of)
    _record(segment, gone, LIST_LEFT, by=by, as_of=as_of)
    return len(gone)


def _require_list(segment: Segment, by: Actor) -> None:
    by.require(Right.SEGMENTS_MANAGE)
    if not segment.is_list:
        raise DomainError("not_a_list", _("A condition decides who is in this segment."))


def _record(
    segment: Segment, lead_ids: Sequence[int], kind: str, *, by: Actor, as_of: datetime
) -> None:
    data = {"segment": str(segment.public_id), "name": segment.name}
    record([NewActivity(key, kind, as_of, data) for key in lead_ids], by=by, as_of=as_of)
