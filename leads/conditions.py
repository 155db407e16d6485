"""Conditions about leads: the subject, and the ways from a condition to leads.

``LEADS`` is filled by the ``fields.py`` of each app. Whoever shows leads to somebody goes through
``leads_where`` or ``segment_leads``; drains use ``conditions.compile`` on their own sets of leads.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions.teams import register_team_use
from accounts.actor import Actor
from accounts.models import Team
from conditions.compile import compile_q
from conditions.describe import describe
from conditions.errors import ConditionError
from conditions.refs import Usage, find_circle, refs, refs_of_json, register_usages, used_by
from conditions.registry import Ref, Snapshot, Subject
from conditions.tree import Node, parse
from leads.models import Lead, Segment, SegmentGroup
from leads.models.lead import LeadQuerySet

LEADS = Subject("lead", catalogue_url="condition_fields", preview_url="condition_preview")


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition that somebody asked for; as text it is its sentence."""

    node: Node

    def __str__(self) -> str:
        return describe(self.node)


def lead_condition(where: Any, *, actor: Actor, is_personal: bool = True) -> Node:
    """Return the tree for the JSON ``where`` over the fields that ``actor`` may read.

    ``is_personal`` allows *owner is me*: in views and filters, not in rules. Raises
    ``ConditionError`` with code ``condition_invalid`` and the path of what is wrong.
    """
    return parse(where, LEADS.snapshot(actor.rights), is_personal=is_personal)


def leads_where(where: Node | dict[str, Any], *, actor: Actor, as_of: datetime) -> LeadQuerySet:
    """Return the leads that ``actor`` may see and that meet ``where``, as seen at ``as_of``.

    JSON is read with the rights of the actor; a ``Node`` was checked by whoever parsed it.
    """
    node = lead_condition(where, actor=actor) if isinstance(where, dict) else where
    condition = compile_q(node, as_of=as_of, user_id=actor.user_id)
    return Lead.objects.visible_to(actor).filter(condition)


def segment_leads(segment: Segment, *, actor: Actor, as_of: datetime) -> LeadQuerySet:
    """Return the leads of ``segment`` that ``actor`` may see.

    Its author had the right to read every field in it, so it may be used without those rights.
    """
    return leads_where(segment_condition(segment), actor=actor, as_of=as_of)


def segment_condition(segment: Segment, snapshot: Snapshot | None = None) -> Node:
    """Return the tree of ``segment``; pass one ``snapshot`` for many segments.

    For a list, or a segment of a group, it asks for the members. Raises ``ConditionError`` for one
    that uses what is not there any more.
    """
    where = segment.where
    if segment.is_stored:
        where = {"field": "segment", "op": "is", "value": str(segment.public_id)}
    return parse(where, snapshot or LEADS.snapshot())


def segment_ref(segment: Segment) -> Ref:
    """Return how conditions name ``segment``."""
    return Ref("segment", str(segment.public_id))


def segment_usages(segment: Segment, *, is_grouped: bool = False) -> list[Usage]:
    """Return everything that uses ``segment``; it may be deleted when this is empty.

    Its group is one of them unless ``is_grouped`` says that this is known.
    """
    usages = used_by(segment_ref(segment), LEADS.snapshot())
    if segment.group_id is not None and not is_grouped:
        group = SegmentGroup.objects.get(pk=segment.group_id)
        url = reverse("group_edit", args=[group.public_id])
        usages.append(Usage(_("Exclusive group"), group.name, url, None))
    return usages


def refuse_circle(segment: Segment, node: Node) -> None:
    """Raise ``ConditionError`` if ``segment`` with the condition ``node`` would contain itself."""
    snapshot = LEADS.snapshot()
    trees = {str(key): where for key, where in Segment.objects.values_list("public_id", "where")}

    def inside(ref: Ref) -> frozenset[Ref]:
        is_segment = ref.kind == "segment" and ref.key in trees
        return refs_of_json(trees[ref.key], snapshot) if is_segment else frozenset()

    if find_circle(segment_ref(segment), node, inside):
        raise ConditionError("where", _("A segment must not contain itself."))


def all_refs(nodes: Iterable[Node], snapshot: Snapshot) -> Iterator[Ref]:
    """Yield what conditions use, and what the segments use that they name; each thing once."""
    open_refs, seen = {ref for node in nodes for ref in refs(node)}, set[Ref]()
    while open_refs - seen:
        ref = (open_refs - seen).pop()
        seen.add(ref)
        yield ref
        if ref.kind == "segment":
            for segment in Segment.objects.filter(public_id=ref.key):
                open_refs |= refs_of_json(segment.where, snapshot)


def asks_for(name: str, node: Node, snapshot: Snapshot) -> bool:
    """Say whether a condition asks for the field ``name``, itself or through its segments."""
    return Ref("field", name) in all_refs([node], snapshot)


def refuse_fellows(segment: Segment, group_id: int | None) -> None:
    """Raise ``ConditionError`` if ``segment`` asks who is in another segment of its group.

    Which of them takes a lead would rest on which of them was asked first.
    """
    if group_id is None:
        return
    used = refs_of_json(segment.where, LEADS.snapshot())
    fellows = Segment.objects.filter(group=group_id).exclude(pk=segment.pk)
    for fellow in fellows:
        if segment_ref(fellow) in used:
            told = {"segment": segment.name, "other": fellow.name}
            message = _("“%(segment)s” asks who is in “%(other)s” of the same group.") % told
            raise ConditionError("where", message)


def _segments() -> Iterable[Usage]:
    for segment in Segment.objects.filter(where__isnull=False):
        url = reverse("segment_detail", args=[segment.public_id])
        yield Usage(_("Segment"), segment.name, url, segment.where)


register_usages("segment", _segments)


def _conditions_on(team: Team) -> Iterable[str]:
    usages = used_by(Ref("team", str(team.public_id)), LEADS.snapshot())
    return [f"{usage.kind} {usage.name}" for usage in usages]


register_team_use(_conditions_on)
