"""What the pages of segments tell: the condition in words, the size, who came and went."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.rights import LeadScope
from conditions.describe import describe
from conditions.errors import ConditionError
from conditions.preview import Count, examples, preview_count
from conditions.refs import Usage
from conditions.registry import Snapshot
from conditions.tree import parse
from ground.charts import Chart, Series
from leads.conditions import LEADS, segment_leads, segment_usages
from leads.models import Lead, Segment, SegmentMember
from leads.models.lead import LeadQuerySet, visible_q

EXAMPLES = 10
LATELY = 10
# As many days as the chart of the size shows.
SHOWN_DAYS = 90


def sentence_of(segment: Segment, snapshot: Snapshot) -> str:
    """Return who is in ``segment`` in words; "" where its condition cannot be read any more."""
    if segment.is_list:
        return _("Kept by hand")
    try:
        return describe(parse(segment.where, snapshot))
    except ConditionError:
        return ""


def size_of(segment: Segment, actor: Actor, as_of: datetime) -> Count | None:
    """Return how many leads of ``segment`` the actor sees; None where nobody can say."""
    try:
        return preview_count(segment_leads(segment, actor=actor, as_of=as_of))
    except ConditionError:
        return None


def tabs(active: str) -> list[dict[str, Any]]:
    """Return the tabs of the pages about segments."""
    pages = [
        ("segments", _("Segments"), "segment_list"),
        ("groups", _("Exclusive groups"), "group_list"),
    ]
    return [
        {"label": label, "url": reverse(name), "is_active": key == active}
        for key, label, name in pages
    ]


@dataclass(frozen=True)
class SegmentPage:
    """Everything that the page of one segment shows to ``actor``."""

    segment: Segment
    actor: Actor
    as_of: datetime

    @cached_property
    def sentence(self) -> str:
        """The condition in words, "" for one that cannot be read."""
        return sentence_of(self.segment, LEADS.snapshot())

    @cached_property
    def _leads(self) -> LeadQuerySet:
        try:
            return segment_leads(self.segment, actor=self.actor, as_of=self.as_of)
        except ConditionError:
            return Lead.objects.none()

    @cached_property
    def size(self) -> Count:
        """How many leads of it the actor sees."""
        return preview_count(self._leads)

    @cached_property
    def examples(self) -> list[Lead]:
        """The newest of its leads."""
        newest = self._leads.select_related("company").prefetch_related("identifiers")
        return examples(newest.order_by("-created_at", "-pk"), self.size, number=EXAMPLES)

    @cached_property
    def usages(self) -> list[Usage]:
        """What uses it."""
        return segment_usages(self.segment)

    @property
    def has_members(self) -> bool:
        """Whether it is known who came and went."""
        return self.segment.is_list or self.segment.is_kept

    def _stays(self) -> QuerySet[SegmentMember]:
        stays = SegmentMember.objects.filter(visible_q(self.actor, "lead__"), segment=self.segment)
        return stays.select_related("lead__company").prefetch_related("lead__identifiers")

    @cached_property
    def entered(self) -> list[SegmentMember]:
        """Who entered last, the last one first."""
        return list(self._stays().filter(left_at=None).order_by("-entered_at", "-pk")[:LATELY])

    @cached_property
    def left(self) -> list[SegmentMember]:
        """Who left last, the last one first."""
        gone = self._stays().filter(left_at__isnull=False)
        return list(gone.order_by("-left_at", "-pk")[:LATELY])

    @cached_property
    def chart(self) -> Chart | None:
        """The size day by day; for who sees all leads, and from the second day on."""
        if self.actor.lead_scope != LeadScope.ALL or not self.has_members:
            return None
        since = self.as_of.date() - timedelta(days=SHOWN_DAYS)
        rows = list(self.segment.sizes.filter(day__gte=since).values_list("day", "size"))
        if len(rows) < 2:
            return None
        change = rows[-1][1] - rows[0][1]
        return Chart(
            key="segment-size",
            kind="line",
            title=_("Size over time"),
            labels=[date_format(day, "SHORT_DATE_FORMAT") for day, _size in rows],
            series=[Series(_("Leads"), [size for _day, size in rows], "blue")],
            number=f"{'+' if change > 0 else ''}{number_format(change, force_grouping=True)}",
            note=_("since %(day)s") % {"day": date_format(rows[0][0], "SHORT_DATE_FORMAT")},
        )
