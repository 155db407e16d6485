"""The lists of hand-over."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ground.filters import AmountFilter
from ground.listing import Column, Empty, Listing
from handoff.models import (
    DealStage,
    Handoff,
    HandoffState,
    Opportunity,
    RejectReason,
    Task,
    TaskKind,
)
from leads.listing import find_leads, search_leads
from leads.models import Lead
from leads.stages import Stage


def search_by_lead(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return the rows whose lead matches ``text``."""
    return rows.filter(lead__in=search_leads(Lead.objects.all(), text).values("pk"))


# Which part of the queue is shown; without words, since it stands above the list as a tab.
SHOWN = [("mine", ""), ("pool", ""), ("team", ""), ("distribute", "")]


class QueueFilters(filters.FilterSet):
    """What a queue can be narrowed to; the view knows the leads behind ``show``."""

    show = filters.ChoiceFilter(choices=SHOWN, widget=forms.HiddenInput, method="unchanged")
    stage = filters.MultipleChoiceFilter(label=_("Stage"), choices=Stage.choices)
    score = AmountFilter(label=_("Score from"), field_name="score", lookup_expr="gte")

    class Meta:
        model = Lead
        fields: list[str] = []

    def unchanged(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """Return the leads as they are."""
        return leads


_QUEUE_COLUMNS = [
    Column("sla", _("Time to answer"), ("offer_until", "step_until", "by_score")),
    Column("name", _("Lead"), ("last_name", "first_name"), is_main=True),
    Column("why", _("Why now")),
    Column("state", _("State"), "rank", on_phone=False),
    Column("next", _("Next step"), "next_at", nulls_last=True, on_phone=False),
    Column("score", _("Score"), "score", is_number=True),
    Column("actions", _("Actions")),
]

QUEUE_LIST: Listing[Lead] = Listing(
    key="queue",
    columns=_QUEUE_COLUMNS,
    ordering="sla",
    row="handoff/queue.html#row",
    row_name="lead",
    search=search_leads,
    count_search=find_leads,
    search_label=_("Name, e-mail, phone or company"),
    filters=QueueFilters,
    empty=Empty(
        _("Nothing waits for you"),
        _("New leads appear here by themselves. You can also enter one that you found yourself."),
        _("Add a lead"),
        reverse_lazy("lead_create"),
        icon="coffee",
    ),
)

TEAM_LIST: Listing[Lead] = Listing(
    key="team",
    columns=[
        Column("sla", _("Time to answer"), ("offer_until", "step_until", "by_score")),
        Column("name", _("Lead"), ("last_name", "first_name"), is_main=True),
        Column("owner", _("Owner"), "owner__name", nulls_last=True),
        Column("stage", _("Stage"), "stage"),
        Column("state", _("State"), "rank", on_phone=False),
        Column("next", _("Next step"), "next_at", nulls_last=True, on_phone=False),
        Column("score", _("Score"), "score", is_number=True),
    ],
    ordering="sla",
    row="handoff/team.html#row",
    row_name="lead",
    search=search_leads,
    count_search=find_leads,
    search_label=_("Name, e-mail, phone or company"),
    filters=QueueFilters,
    has_bulk=True,
    empty=Empty(
        _("Nothing to distribute"),
        _("Leads that come back or that nobody has yet appear here."),
        _("See the whole team"),
        reverse_lazy("team_queue"),
        icon="users-group",
    ),
)

WATCHDOG_LIST: Listing[Lead] = Listing(
    key="watchdog",
    columns=[
        Column("since", _("Nothing done since"), "forgotten_since"),
        Column("name", _("Lead"), ("last_name", "first_name"), is_main=True),
        Column("owner", _("Owner"), "owner__name", nulls_last=True),
        Column("stage", _("Stage"), "stage"),
        Column("score", _("Score"), "score", is_number=True),
        Column("actions", _("Actions")),
    ],
    ordering="since",
    row="handoff/watchdog.html#row",
    row_name="lead",
    search=search_leads,
    count_search=find_leads,
    search_label=_("Name, e-mail, phone or company"),
    filters=QueueFilters,
    empty=Empty(
        _("No lead is forgotten"),
        _("Every lead of sales has a next step or was spoken to lately."),
        _("To the queue"),
        reverse_lazy("queue"),
        icon="mood-smile",
    ),
)


class HandoffFilters(filters.FilterSet):
    """What the list of hand-overs can be narrowed to."""

    state = filters.MultipleChoiceFilter(label=_("State"), choices=HandoffState.choices)
    reject_reason = filters.MultipleChoiceFilter(label=_("Reason"), choices=RejectReason.choices)
    late = filters.BooleanFilter(
        label=_("Not answered in time"),
        field_name="escalated_at",
        lookup_expr="isnull",
        exclude=True,
    )

    class Meta:
        model = Handoff
        fields: list[str] = []


HANDOFF_LIST: Listing[Handoff] = Listing(
    key="handoffs",
    columns=[
        Column("offered", _("Handed over"), "offered_at"),
        Column("name", _("Lead"), ("lead__last_name", "lead__first_name"), is_main=True),
        Column("state", _("State"), "state"),
        Column("sla", _("Time to answer"), "due_at", nulls_last=True),
        Column("to", _("To"), "to_user__name", nulls_last=True, on_phone=False),
        Column("from", _("From"), "actor_label", on_phone=False),
        Column("reason", _("Reason"), "reject_reason", on_phone=False),
    ],
    ordering="-offered",
    row="handoff/handoffs.html#row",
    row_name="handoff",
    search=search_by_lead,
    search_label=_("Name, e-mail, phone or company"),
    filters=HandoffFilters,
    empty=Empty(
        _("Nothing was handed over yet"),
        _("Leads go to sales by themselves when they become MQL, or by hand from their page."),
        _("To the leads"),
        reverse_lazy("lead_list"),
        icon="arrows-exchange",
    ),
)


class TaskFilters(filters.FilterSet):
    """What a list of tasks can be narrowed to; the view knows the tasks behind ``show``."""

    show = filters.ChoiceFilter(
        choices=[("open", ""), ("today", ""), ("done", "")],
        widget=forms.HiddenInput,
        method="unchanged",
    )
    kind = filters.MultipleChoiceFilter(label=_("What"), choices=TaskKind.choices)

    class Meta:
        model = Task
        fields: list[str] = []

    def unchanged(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """Return the tasks as they are."""
        return tasks


TASK_LIST: Listing[Task] = Listing(
    key="tasks",
    columns=[
        Column("due", _("When"), "due_at"),
        Column("title", _("What"), "title", is_main=True),
        Column("lead", _("Lead"), ("lead__last_name", "lead__first_name")),
        Column("who", _("Who"), "assignee__name", nulls_last=True, on_phone=False),
        Column("priority", _("Priority"), "priority", on_phone=False),
        Column("actions", _("Actions")),
    ],
    ordering="due",
    row="handoff/tasks.html#row",
    row_name="task",
    search=search_by_lead,
    search_label=_("Name, e-mail, phone or company"),
    filters=TaskFilters,
    empty=Empty(
        _("Nothing to do"),
        _("Next steps that you plan with a lead appear here."),
        _("To the queue"),
        reverse_lazy("queue"),
        icon="checklist",
    ),
)


class DealFilters(filters.FilterSet):
    """What deals can be narrowed to."""

    stage = filters.MultipleChoiceFilter(label=_("Stage"), choices=DealStage.choices)
    owner = filters.ModelChoiceFilter(
        label=_("Owner"), queryset=User.objects.all(), to_field_name="public_id"
    )
    amount = AmountFilter(label=_("Amount from"), field_name="amount", lookup_expr="gte")

    class Meta:
        model = Opportunity
        fields: list[str] = []


def search_deals(deals: QuerySet[Opportunity], text: str) -> QuerySet[Opportunity]:
    """Return the deals whose name or lead matches ``text``."""
    by_lead = search_leads(Lead.objects.all(), text).values("pk")
    return deals.filter(Q(name__icontains=text) | Q(lead__in=by_lead))


DEAL_LIST: Listing[Opportunity] = Listing(
    key="deals",
    columns=[
        Column("name", _("Deal"), "name", is_main=True),
        Column("lead", _("Lead"), ("lead__last_name", "lead__first_name")),
        Column("stage", _("Stage"), "stage"),
        Column("amount", _("Amount"), "amount", nulls_last=True, is_number=True),
        Column("owner", _("Owner"), "owner__name", nulls_last=True, on_phone=False),
        Column("closes", _("Expected on"), "closes_on", nulls_last=True, on_phone=False),
        Column("changed", _("Changed"), "updated_at", on_phone=False),
    ],
    ordering="-changed",
    row="handoff/deals.html#row",
    row_name="deal",
    search=search_deals,
    search_label=_("Deal, lead or company"),
    filters=DealFilters,
    empty=Empty(
        _("No deals yet"),
        _("Open a deal from the page of a lead that sales has accepted."),
        _("To the leads of sales"),
        reverse_lazy("lead_list"),
        icon="briefcase",
    ),
)
