"""Segments: the leads that meet a condition, or that somebody put on a list, by name."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from conditions.tree import Node
from ground.errors import DomainError
from leads.conditions import lead_condition, refuse_circle, refuse_fellows, segment_usages
from leads.following import ask_for_segments
from leads.models import Segment, SegmentKind, SegmentMember


@action
def save_segment(
    segment: Segment | None,
    *,
    name: str,
    where: Any = None,
    description: str = "",
    keeps_members: bool = False,
    kind: str = SegmentKind.LIVE,
    version: int | None = None,
    by: Actor,
    as_of: datetime,
) -> Segment:
    """Make or change a segment; its kind and its group stay as they are.

    ``where`` is the JSON of a condition over fields that the actor may read; a list has none.
    Raises ``ConditionError`` for one that is not, or that would contain the segment itself, and
    ``DomainError``: ``name_taken``, ``changed_meanwhile`` where the segment has another ``version``
    by now, ``gone``. Where members are kept, all leads are looked at anew.
    """
    by.require(Right.SEGMENTS_MANAGE)
    target = _locked(segment) if segment else Segment(created_by_id=by.user_id, kind=kind)
    if version is not None and target.pk and target.version != version:
        raise DomainError("changed_meanwhile", _("Somebody else changed this segment meanwhile."))
    node = None if target.is_list else lead_condition(where, actor=by, is_personal=False)
    if Segment.objects.filter(name=name).exclude(pk=target.pk).exists():
        raise DomainError("name_taken", _("There is a segment of this name."), field="name")
    if target.pk and node is not None:
        refuse_circle(target, node)
    was = (target.where, target.is_kept)
    target.name, target.description = name, description
    _ask_for(target, node, where, keeps_members)
    refuse_fellows(target, target.group_id)
    target.version += 1 if target.pk else 0
    target.save()
    if target.is_kept and was != (target.where, True):
        ask_for_segments([target], as_of=as_of)
    if was[1] and not target.is_kept:
        SegmentMember.objects.filter(segment=target, left_at=None).update(left_at=as_of)
    return target


def _ask_for(target: Segment, node: Node | None, where: Any, keeps_members: bool) -> None:
    if node is not None:
        target.where, target.keeps_members, target.is_broken = where, keeps_members, False


def _locked(segment: Segment) -> Segment:
    """Return the segment as it is now; a refresh of its members waits until this is done."""
    found = Segment.objects.filter(pk=segment.pk).select_for_update(of=("self",)).first()
    if found is None:
        raise DomainError("gone", _("Somebody deleted this segment meanwhile."))
    return found


@action
def delete_segment(segment: Segment, *, by: Actor, as_of: datetime) -> None:
    """Remove a segment. Raises ``DomainError`` (``in_use``) with the list of what uses it.

    Waits for a refresh of its members, and the next one does not find it any more.
    """
    by.require(Right.SEGMENTS_MANAGE)
    locked = _locked(segment)
    usages = segment_usages(locked)
    if usages:
        names = ", ".join(f"{usage.kind} “{usage.name}”" for usage in usages)
        raise DomainError("in_use", _("This segment is used by: %(names)s") % {"names": names})
    locked.delete()
