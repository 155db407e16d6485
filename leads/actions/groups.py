"""Groups of segments of which a lead is in one at most."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.conditions import refuse_fellows, segment_usages
from leads.following import ask_for_segments
from leads.models import Segment, SegmentGroup, SegmentMember


@action
def save_group(
    group: SegmentGroup | None,
    *,
    name: str,
    segments: Sequence[Segment],
    description: str = "",
    by: Actor,
    as_of: datetime,
) -> SegmentGroup:
    """Make or change a group of ``segments``, the first of which takes a lead first.

    Who is in several of them already stays in the first. A segment that is taken out keeps its
    members. Raises ``DomainError``: ``name_taken``, ``too_few``, ``segment_twice``, ``is_list``,
    ``other_group``, and ``ConditionError`` for a condition that asks for another of the group.
    """
    by.require(Right.SEGMENTS_MANAGE)
    others = SegmentGroup.objects.exclude(pk=group.pk) if group else SegmentGroup.objects.all()
    if others.filter(name=name).exists():
        raise DomainError("name_taken", _("There is a group of this name."), field="name")
    target = group or SegmentGroup(created_by_id=by.user_id, created_at=as_of)
    wanted = [segment.pk for segment in segments]
    _refuse(wanted)
    target.name, target.description = name, description
    target.save()
    rows = Segment.objects.filter(pk__in=wanted) | Segment.objects.filter(group=target)
    locked = {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}
    chosen = [locked[key] for key in wanted if key in locked]
    _refuse_strangers(chosen, target)
    for key in locked.keys() - set(wanted):
        _take_out(locked[key])
    for position, segment in enumerate(chosen, start=1):
        _take_in(segment, target, position, as_of)
    for segment in chosen:
        refuse_fellows(segment, target.pk)
    ask_for_segments(chosen, as_of=as_of)
    return target


def _refuse(wanted: Sequence[int]) -> None:
    if len(set(wanted)) != len(wanted):
        raise DomainError("segment_twice", _("A segment is there twice."), field="segments")
    if len(wanted) < 2:
        raise DomainError("too_few", _("A group needs two segments at least."), field="segments")


def _refuse_strangers(chosen: Sequence[Segment], target: SegmentGroup) -> None:
    for segment in chosen:
        told = {"segment": segment.name}
        if segment.is_list:
            message = _("“%(segment)s” is a list; a group needs conditions.") % told
            raise DomainError("is_list", message, field="segments")
        if segment.group_id not in (None, target.pk):
            message = _("“%(segment)s” belongs to another group.") % told
            raise DomainError("other_group", message, field="segments")


def _take_in(segment: Segment, group: SegmentGroup, position: int, as_of: datetime) -> None:
    """Let the members keep their stay unless one before has them; who loses it leaves."""
    was, segment.group, segment.position = segment.group_id, group, position
    segment.save(update_fields=["group", "position"])
    if was == group.pk:
        return
    stays = SegmentMember.objects.filter(segment=segment, left_at=None)
    fellows = SegmentMember.objects.filter(group=group, left_at=None, lead=OuterRef("lead"))
    stays.filter(Exists(fellows)).update(left_at=as_of)
    stays.update(group=group)


def _take_out(segment: Segment) -> None:
    segment.group, segment.position, segment.keeps_members = None, 0, True
    segment.save(update_fields=["group", "position", "keeps_members"])
    SegmentMember.objects.filter(segment=segment, left_at=None).update(group=None)


@action
def delete_group(group: SegmentGroup, *, by: Actor, as_of: datetime) -> None:
    """Remove a group; its segments stay, and leads may be in several of them again.

    Raises ``DomainError`` (``in_use``) with the list of what uses one of its segments.
    """
    by.require(Right.SEGMENTS_MANAGE)
    locked = list(group.segments.order_by("pk").select_for_update(of=("self",)))
    usages = [usage for segment in locked for usage in segment_usages(segment, is_grouped=True)]
    if usages:
        names = ", ".join(sorted({f"{usage.kind} “{usage.name}”" for usage in usages}))
        raise DomainError("in_use", _("The segments are used by: %(names)s") % {"names": names})
    for segment in locked:
        _take_out(segment)
    SegmentMember.objects.filter(group=group).update(group=None)
    group.delete()
