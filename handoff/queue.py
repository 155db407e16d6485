"""The leads that sales works on: the rep's queue, the pool, the team, and who was forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest

from accounts.actor import Actor
from accounts.rights import LeadScope, Right
from ground import days
from handoff.models import Absence, Call, Handoff, Task
from leads.models import Lead
from leads.stages import Stage

# While a rep works on a lead; a customer is looked after elsewhere.
IN_WORK = (Stage.SUBSCRIBER, Stage.LEAD, Stage.MQL, Stage.SQL, Stage.OPPORTUNITY)
WITH_SALES = (Stage.MQL, Stage.SQL, Stage.OPPORTUNITY)
# As ``in_queue_order`` adds them.
QUEUE_ORDER: Sequence[str] = ["offer_until", "step_until", "by_score", "pk"]
# Whoever waits without a time comes before whoever does not wait.
_SOME_TIME = datetime.fromisoformat("9999-12-30T00:00:00+00:00")
_NEVER = datetime.fromisoformat("9999-12-31T00:00:00+00:00")


def with_handoffs(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Add what a queue shows: the newest hand-over and the next step of each lead.

    ``handoff_*`` is the newest hand-over of the open episode, ``next_at`` and ``next_*`` the
    earliest open task. One index probe each and row.
    """
    newest = Handoff.objects.filter(lead=OuterRef("pk"), episode__closed_at=None)
    newest = newest.order_by("-offered_at", "-pk")
    task = Task.objects.open().filter(lead=OuterRef("pk")).order_by("due_at", "pk")
    return leads.annotate(
        handoff_pk=Subquery(newest.values("pk")[:1]),
        next_at=Subquery(task.values("due_at")[:1]),
        next_pk=Subquery(task.values("pk")[:1]),
    )


def in_queue_order(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Add ``offer_until`` and ``step_until``, by which a queue is sorted before the score.

    First what waits for an answer by the time it is due, then planned steps by theirs, then leads
    without next step. Sorting asks for each of the two once a lead; ``rank`` says which it is.
    """
    offered = Handoff.objects.open().filter(lead=OuterRef("pk"))
    until = Subquery(offered.values(until=Coalesce("due_at", Value(_SOME_TIME)))[:1])
    return leads.annotate(
        offer_until=Coalesce(until, Value(_NEVER), output_field=DateTimeField()),
        step_until=Coalesce("next_at", Value(_NEVER), output_field=DateTimeField()),
        rank=Case(
            When(Exists(offered), then=Value(0)),
            When(next_at__isnull=False, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        ),
        by_score=F("score") * -1,
    )


def my_queue(actor: Actor) -> QuerySet[Lead]:
    """Return the leads that the actor works on."""
    return _visible(actor).filter(owner_id=actor.user_id, stage__in=IN_WORK)


def pool_queue(actor: Actor) -> QuerySet[Lead]:
    """Return the leads that anybody in the actor's team may take."""
    offered = Handoff.objects.in_pool_of(actor).filter(lead=OuterRef("pk"))
    return _visible(actor).filter(Exists(offered))


def team_queue(actor: Actor) -> QuerySet[Lead]:
    """Return the leads that are with sales among those the actor may see."""
    return _visible(actor).filter(stage__in=WITH_SALES)


def to_distribute(actor: Actor) -> QuerySet[Lead]:
    """Return the leads that are with sales and that nobody has: returned, expired, held back."""
    offered = Handoff.objects.open().filter(lead=OuterRef("pk"))
    return _visible(actor).filter(~Exists(offered), owner=None, stage__in=WITH_SALES)


def without_next_step(actor: Actor, *, days: int, as_of: datetime) -> QuerySet[Lead]:
    """Return the leads with an owner for whom nothing is planned and nothing was done for ``days``.

    ``forgotten_since`` is the last thing that sales did: became owner, called, finished a task.
    Open hand-overs are left out, since their own clock runs.
    """
    calls = Call.objects.filter(lead=OuterRef("pk")).order_by("-at")
    done = Task.objects.filter(lead=OuterRef("pk")).values("lead").annotate(last=Max("done_at"))
    leads = _visible(actor).filter(
        ~Exists(Task.objects.open().filter(lead=OuterRef("pk"))),
        ~Exists(Handoff.objects.open().filter(lead=OuterRef("pk"))),
        owner__isnull=False,
        stage__in=WITH_SALES,
    )
    return leads.annotate(
        forgotten_since=Greatest(
            Coalesce("owner_since", "stage_at"),
            "stage_at",
            Coalesce(Subquery(calls.values("at")[:1]), "stage_at"),
            Coalesce(Subquery(done.values("last")[:1]), "stage_at"),
        )
    ).filter(forgotten_since__lte=as_of - timedelta(days=days))


def attach_handoffs(leads: list[Lead]) -> list[Lead]:
    """Give the leads of one page their hand-over as ``handoff`` and their task as ``next_task``."""
    rows = Handoff.objects.select_related("to_user", "to_team", "answered_by")
    handoffs = rows.in_bulk({_of(lead, "handoff_pk") for lead in leads} - {None})
    tasks = Task.objects.in_bulk({_of(lead, "next_pk") for lead in leads} - {None})
    for lead in leads:
        lead.__dict__["handoff"] = handoffs.get(_of(lead, "handoff_pk"))
        lead.__dict__["next_task"] = tasks.get(_of(lead, "next_pk"))
    return leads


def next_lead(actor: Actor, *, as_of: datetime, after: Lead | None = None) -> Lead | None:
    """Return the lead that the actor should work on next, or None when all is done for today.

    That is what waits for an answer, what is due by the end of the day, and leads without next
    step to which the actor has not spoken today; never ``after``, which was just worked on.
    """
    tomorrow = days.start_of(days.day_of(as_of) + timedelta(days=1))
    spoken = Call.objects.filter(
        lead=OuterRef("pk"), user=actor.user_id, at__gte=tomorrow - timedelta(days=1)
    )
    leads = in_queue_order(with_handoffs(my_queue(actor))).filter(
        Q(rank=0) | Q(rank=1, next_at__lt=tomorrow) | (Q(rank=2) & ~Q(Exists(spoken)))
    )
    if after is not None:
        leads = leads.exclude(pk=after.pk)
    return leads.order_by(*QUEUE_ORDER).first()


def _visible(actor: Actor) -> QuerySet[Lead]:
    return Lead.objects.visible_to(actor).select_related("company", "owner", "team")


def _of(lead: Lead, name: str) -> Any:
    return getattr(lead, name, None)


def task_view(tasks: QuerySet[Task], show: str, *, as_of: datetime) -> QuerySet[Task]:
    """Return one view of tasks: ``open``, ``today`` (due by the end of the day) or ``done``."""
    if show == "done":
        return tasks.filter(done_at__isnull=False)
    tasks = tasks.filter(done_at=None)
    if show == "today":
        return tasks.filter(due_at__lt=days.start_of(days.day_of(as_of) + timedelta(days=1)))
    return tasks


def visible_absences(actor: Actor) -> QuerySet[Absence]:
    """Return the absences that the actor may change: the own, for a manager those of the team."""
    rows = Absence.objects.order_by("from_on", "pk")
    if not actor.may(Right.HANDOFF_DISTRIBUTE):
        return rows.filter(user=actor.user_id)
    return rows if actor.lead_scope == LeadScope.ALL else rows.filter(user__team=actor.team_id)
