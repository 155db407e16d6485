import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ground.due import DueRow, due_index
from leads.models.lead import Lead


class SegmentGroup(models.Model):
    """Segments of which a lead is in one at most, so that it gets one campaign and not two.

    A lead belongs to the first segment whose condition holds, by ``Segment.position``, and stays
    there until that condition no longer does.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def in_order(self) -> list["Segment"]:
        """Its segments, the one that takes a lead first at the top."""
        return sorted(self.segments.all(), key=lambda segment: (segment.position, segment.pk))


class SegmentKind(models.TextChoices):
    """Who decides which leads are in a segment."""

    LIVE = "live", _("By a condition")
    LIST = "list", _("List kept by hand")


class SegmentQuerySet(models.QuerySet["Segment"]):
    """Questions about segments."""

    def kept(self) -> Self:
        """Return the segments with a condition whose members are kept, and so have to follow."""
        return self.filter(kind=SegmentKind.LIVE).filter(
            Q(keeps_members=True) | Q(group__isnull=False)
        )

    def counted(self) -> Self:
        """Return the segments whose size is noted each day."""
        return self.filter(
            Q(kind=SegmentKind.LIST) | Q(keeps_members=True) | Q(group__isnull=False)
        )


class Segment(models.Model):
    """The leads that meet a condition, or a list that is kept by hand, by name.

    A live segment is its condition ``where``, asked whenever somebody asks. With ``keeps_members``
    or in a group it keeps beside that who entered and left (``SegmentMember``); ``built_at`` is
    when all leads were last looked at, ``looked_on`` the last day for which that was asked.
    A segment that ``is_broken`` uses what is not there any more; its members stay as they are.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    kind = models.CharField(
        _("kind"), max_length=4, choices=SegmentKind.choices, default=SegmentKind.LIVE
    )
    where = models.JSONField(null=True)
    keeps_members = models.BooleanField(_("keeps who enters and leaves"), default=False)
    group = models.ForeignKey(
        SegmentGroup, models.SET_NULL, null=True, blank=True, related_name="segments"
    )
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    built_at = models.DateTimeField(null=True, blank=True)
    looked_on = models.DateField(null=True, blank=True)
    is_broken = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    is_sample = models.BooleanField(default=False)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="segment_has_what_its_kind_needs",
                condition=Q(kind=SegmentKind.LIVE, where__isnull=False)
                | Q(kind=SegmentKind.LIST, where__isnull=True, group__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_list(self) -> bool:
        """Whether it is kept by hand."""
        return self.kind == SegmentKind.LIST

    @property
    def is_kept(self) -> bool:
        """Whether it has members that follow its condition."""
        return not self.is_list and (self.keeps_members or self.group_id is not None)

    @property
    def is_stored(self) -> bool:
        """Whether its members, and not a condition, say who is in it."""
        return self.is_list or self.group_id is not None


class SegmentMember(models.Model):
    """One stay of one lead in one segment; ``left_at`` is empty while it lasts.

    ``group`` repeats that of the segment, so that the database itself lets no lead be in two
    segments of a group. ``added_by`` names who put the lead on a list.
    """

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members", db_index=False)
    group = models.ForeignKey(
        SegmentGroup,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="memberships")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    added_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "lead"],
                condition=Q(left_at__isnull=True),
                name="segmentmember_once",
            ),
            models.UniqueConstraint(
                fields=["group", "lead"],
                condition=Q(left_at__isnull=True, group__isnull=False),
                name="segmentmember_one_of_group",
            ),
        ]
        indexes = [
            models.Index(fields=["segment", "-entered_at"], name="segmentmember_entered"),
            models.Index(
                fields=["segment", "-left_at"],
                name="segmentmember_left",
                condition=Q(left_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} in {self.segment_id}"


class SegmentSize(models.Model):
    """How many leads were in a segment on one day of the organisation."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes", db_index=False)
    day = models.DateField()
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["segment", "day"], name="segmentsize_day"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.day}: {self.size}"


class DueMember(DueRow):
    """A lead that is to be looked at again: it may enter or leave segments."""

    lead = models.OneToOneField(Lead, models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("duemember_due")]

    def __str__(self) -> str:
        return f"lead {self.lead_id}"


class DueSegment(DueRow):
    """A segment of which all leads are to be looked at; done up to the lead ``after_id``.

    For the segments of a group one row stands for all.
    """

    segment = models.OneToOneField(Segment, models.CASCADE, related_name="+")
    after_id = models.BigIntegerField(default=0)

    class Meta:
        indexes = [due_index("duesegment_due")]

    def __str__(self) -> str:
        return f"segment {self.segment_id}"
