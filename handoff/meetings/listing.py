"""The list of meetings."""

from collections.abc import Sequence
from datetime import datetime

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ground.listing import Column, Empty, Listing
from handoff.listing import search_by_lead
from handoff.models import Meeting, MeetingState

SHOWN = [("coming", ""), ("open", ""), ("past", "")]
# Those that are shown; what became no meeting is nobody's business.
STATES = [
    (state.value, state.label)
    for state in (
        MeetingState.BOOKED,
        MeetingState.HELD,
        MeetingState.MISSED,
        MeetingState.CANCELLED,
    )
]


class MeetingFilters(filters.FilterSet):
    """What meetings can be narrowed to."""

    show = filters.ChoiceFilter(choices=SHOWN, widget=forms.HiddenInput, method="unchanged")
    state = filters.MultipleChoiceFilter(label=_("State"), choices=STATES)
    host = filters.ModelChoiceFilter(
        label=_("Host"), queryset=User.objects.active(), to_field_name="public_id"
    )

    class Meta:
        model = Meeting
        fields: list[str] = []

    def unchanged(self, rows: QuerySet[Meeting], name: str, value: str) -> QuerySet[Meeting]:
        """Return the meetings as they are."""
        return rows


_COLUMNS: Sequence[Column] = [
    Column("when", _("When"), "starts_at"),
    Column("lead", _("Lead"), ("lead__last_name", "lead__first_name"), is_main=True),
    Column("kind", _("Type"), "kind__name_en", on_phone=False),
    Column("host", _("Host"), "host__name", on_phone=False),
    Column("state", _("State"), "state"),
    Column("actions", _("Actions")),
]

MEETING_LIST: Listing[Meeting] = Listing(
    key="meetings",
    columns=_COLUMNS,
    ordering="when",
    row="handoff/meetings/list.html#row",
    row_name="meeting",
    search=search_by_lead,
    search_label=_("Name, e-mail, phone or company"),
    filters=MeetingFilters,
    empty=Empty(
        _("No meetings"),
        _("Meetings that visitors book or that you make for a lead appear here."),
        _("My availability"),
        reverse_lazy("my_availability"),
        icon="calendar-event",
    ),
)


def meeting_view(rows: QuerySet[Meeting], show: str, *, as_of: datetime) -> QuerySet[Meeting]:
    """Return one view of meetings: ``coming``, ``open`` (over, without outcome) or ``past``."""
    if show == "coming":
        return rows.filter(state=MeetingState.BOOKED, ends_at__gt=as_of)
    if show == "open":
        return rows.filter(state=MeetingState.BOOKED, ends_at__lte=as_of)
    return rows.exclude(state=MeetingState.BOOKED)
