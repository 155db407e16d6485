"""Segments: the leads that meet a condition, by name."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.conditions import lead_condition, refuse_circle, segment_usages
from leads.models import Segment


@action
def save_segment(
    segment: Segment | None,
    *,
    name: str,
    where: Any,
    description: str = "",
    by: Actor,
    as_of: datetime,
) -> Segment:
    """Make or change a segment.

    ``where`` is the JSON of a condition over fields that the actor may read. Raises
    ``ConditionError`` for one that is not, or that would contain the segment itself, and
    ``DomainError`` (``name_taken``).
    """
    by.require(Right.SEGMENTS_MANAGE)
    node = lead_condition(where, actor=by, is_personal=False)
    target = segment or Segment(created_by_id=by.user_id)
    if Segment.objects.filter(name=name).exclude(pk=target.pk).exists():
        raise DomainError("name_taken", _("There is a segment of this name."), field="name")
    if target.pk:
        refuse_circle(target, node)
    target.name, target.description, target.where = name, description, where
    target.save()
    return target


@action
def delete_segment(segment: Segment, *, by: Actor, as_of: datetime) -> None:
    """Remove a segment. Raises ``DomainError`` (``in_use``) with the list of what uses it."""
    by.require(Right.SEGMENTS_MANAGE)
    usages = segment_usages(segment)
    if usages:
        names = ", ".join(str(usage.name) for usage in usages)
        raise DomainError("in_use", _("This segment is used by: %(names)s") % {"names": names})
    segment.delete()
