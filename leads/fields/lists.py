"""Who cares for a lead, how it is tagged, and in which segments it is."""

from collections.abc import Iterable
from functools import partial, reduce
from operator import or_
from typing import Any

from django.db.models import OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from accounts.rights import Right
from conditions import columns
from conditions.compile import compile_halves
from conditions.describe import operator_sentence
from conditions.halves import NEVER, Halves, exists, of_column
from conditions.operators import Kind
from conditions.registry import Ask, Choice, Context, Field, Snapshot
from conditions.tree import Leaf, parse
from leads.models import Lead, Segment, SegmentMember, Tag

OWNERSHIP = _("Responsibility")
LISTS = _("Tags and segments")
_IS = ("is", "is_not", "is_one_of", "is_none_of")


def _people(_snapshot: Snapshot) -> Iterable[Choice]:
    for person in User.objects.order_by("name"):
        yield Choice(str(person.public_id), str(person), person.pk, is_offered=person.is_active)


def _teams(_snapshot: Snapshot) -> Iterable[Choice]:
    for team in Team.objects.order_by("name"):
        yield Choice(str(team.public_id), team.name, team.pk)


def _tags(_snapshot: Snapshot) -> Iterable[Choice]:
    for name in Tag.objects.order_by("name").values_list("name", flat=True):
        yield Choice(name, name, name)


def _segments(snapshot: Snapshot) -> Iterable[Choice]:
    """Load the segments; each is parsed only where it is used."""
    inside = snapshot.for_everyone()
    for segment in Segment.objects.order_by("name"):
        answer = (
            partial(_has_member, segment.pk)
            if segment.is_stored
            else partial(_meets, segment.where, inside)
        )
        yield Choice(str(segment.public_id), segment.name, answer)


def _meets(where: Any, inside: Snapshot, context: Context) -> Halves:
    return compile_halves(parse(where, inside), context)


def _has_member(segment_id: int, _context: Context) -> Halves:
    stays = SegmentMember.objects.filter(segment=segment_id, left_at=None)
    return exists(stays.filter(lead=OuterRef("pk")))


def _owner(ask: Ask) -> Halves:
    if ask.op != "is_me":
        return columns.choice("owner_id", nullable=True)(ask)
    me = ask.context.user_id
    return NEVER if me is None else of_column("owner_id", Q(owner_id=me), nullable=True)


def _tagged() -> QuerySet[Any]:
    return Lead.tags.through._default_manager.filter(lead=OuterRef("pk"))


def _in_segment(ask: Ask) -> Halves:
    context = ask.context.inside()
    halves: Iterable[Halves] = (answer(context) for answer in ask.keys)
    return reduce(or_, halves)


def _is_paused(ask: Ask) -> Halves:
    as_of = ask.context.as_of
    later, earlier = Q(paused_until__gt=as_of), Q(paused_until__lte=as_of)
    paused = of_column("paused_until", later, earlier, nullable=True)
    return paused if ask.value else paused.swapped()


def _owner_sentence(leaf: Leaf, denied: bool) -> str:
    if leaf.op.name not in ("is_set", "is_empty"):
        return operator_sentence(leaf, str(leaf.field.label), denied=denied)
    is_set = (leaf.op.name == "is_set") is not denied
    return gettext("somebody is responsible") if is_set else gettext("nobody is responsible")


FIELDS = [
    Field(
        name="owner",
        label=_("Owner"),
        group=OWNERSHIP,
        kind=Kind.CHOICE,
        ops=("is_me", "is_not_me", *_IS, "is_set", "is_empty"),
        choices=_people,
        ref_kind="user",
        sentence=_owner_sentence,
        test=_owner,
    ),
    Field(
        name="team",
        label=_("Team"),
        group=OWNERSHIP,
        kind=Kind.CHOICE,
        choices=_teams,
        ref_kind="team",
        test=columns.choice("team_id", nullable=True),
    ),
    Field(
        name="owner_since",
        label=_("Owner since"),
        group=OWNERSHIP,
        kind=Kind.DATETIME,
        test=columns.moment("owner_since", nullable=True),
    ),
    Field(
        name="paused",
        label=_("Is left in peace"),
        group=OWNERSHIP,
        kind=Kind.BOOLEAN,
        test=_is_paused,
    ),
    Field(
        name="tags",
        label=_("Tags"),
        group=LISTS,
        kind=Kind.CHOICES,
        choices=_tags,
        is_open=True,
        ref_kind="tag",
        test=columns.members(_tagged, "tag__name"),
    ),
    Field(
        name="segment",
        label=_("Segment"),
        group=LISTS,
        kind=Kind.CHOICE,
        ops=_IS,
        choices=_segments,
        ref_kind="segment",
        readable_by=Right.SEGMENTS_READ,
        test=_in_segment,
    ),
]
