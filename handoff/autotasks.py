"""Tasks that follow from what a lead did: a callback asked for, a lead that became hot."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.actor import system_actor
from accounts.rights import Right
from capture.activities import MESSAGE_RECEIVED, describe_social
from ground.due import ask
from ground.ticks import wake
from handoff.actions.tasks import NewTask, create_tasks
from handoff.authority import may_work
from handoff.models import DueTask, Task, TaskKind, TaskOrigin, TaskPriority
from handoff.queries import agreement_in_force
from leads.models import Activity, Lead
from leads.stages import Stage, Temperature

PLANNER = system_actor("planning", Right.LEADS_READ, Right.HANDOFF_GIVE, shown=_("Planning"))
# Who asks to be called back, or is ready to buy, is called within this working time.
CALL_WITHIN_MINUTES = 60
# A lead that stays hot is not called for again before this has passed.
HOT_REST = timedelta(days=30)
HOT_LIMIT = 500
# Nobody waits for an answer to a message any more that is older than this.
STALE_MESSAGE = timedelta(days=7)
LONGEST_TITLE = 100


def ask_for_callbacks(activities: Sequence[Activity]) -> None:
    """Ask for a call task for everybody who sent a callback form; a reaction."""
    asked = [item for item in activities if item.data.get("form_kind") == "callback"]
    if asked:
        due_at = max(item.recorded_at for item in asked)
        ask(DueTask, "activity_id", [item.pk for item in asked], due_at=due_at)
        wake("handoff.tasks")


def ask_for_replies(activities: Sequence[Activity]) -> None:
    """Ask for a task for everybody who wrote a message on a network; a reaction.

    Messages that were kept from before there was a lead ask for nothing any more.
    """
    fresh = [item for item in activities if item.recorded_at - item.occurred_at < STALE_MESSAGE]
    if fresh:
        due_at = max(item.recorded_at for item in fresh)
        ask(DueTask, "activity_id", [item.pk for item in fresh], due_at=due_at)
        wake("handoff.tasks")


def create_callbacks(rows: Sequence[DueTask], *, as_of: datetime) -> list[Task]:
    """Make the tasks that are due, for the owners of the leads or for whoever is first."""
    activities = Activity.objects.filter(pk__in=[row.activity_id for row in rows])
    hours = agreement_in_force().hours
    wanted = [
        _task_of(activity, hours.add(activity.occurred_at, CALL_WITHIN_MINUTES))
        for activity in activities.select_related("lead__owner").order_by("pk")
    ]
    return create_tasks(wanted, by=PLANNER, as_of=as_of)


def _task_of(activity: Activity, due_at: datetime) -> NewTask:
    """Return the task that follows from a callback form or a message."""
    is_message = activity.kind == MESSAGE_RECEIVED
    # In the words of the lead, as nobody knows the language of who will read it.
    said = describe_social({**activity.data, "signal": ""})
    return NewTask(
        activity.lead_id,
        due_at,
        TaskKind.OTHER if is_message else TaskKind.CALL,
        title=said[:LONGEST_TITLE] if is_message else "",
        assignee_id=_owner(activity.lead),
        priority=TaskPriority.HIGH,
        origin=TaskOrigin.MESSAGE if is_message else TaskOrigin.CALLBACK,
        origin_key=f"activity:{activity.pk}",
    )


def call_hot_leads(*, as_of: datetime) -> list[Task]:
    """Make a call task for leads that became hot (source 001), once while they stay so."""
    lately = Task.objects.filter(
        lead=OuterRef("pk"), origin=TaskOrigin.HOT, created_at__gt=as_of - HOT_REST
    )
    hot = (
        Lead.objects.alive()
        .filter(~Exists(lately), temperature=Temperature.HOT)
        .exclude(stage=Stage.OTHER)
        .select_related("owner")
        .order_by("-score", "pk")[:HOT_LIMIT]
    )
    due_at = agreement_in_force().hours.add(as_of, CALL_WITHIN_MINUTES)
    wanted = [
        NewTask(
            lead.pk,
            due_at,
            TaskKind.CALL,
            assignee_id=_owner(lead),
            priority=TaskPriority.HIGH,
            origin=TaskOrigin.HOT,
            origin_key=f"hot:{lead.pk}:{as_of:%Y-%m-%d}",
        )
        for lead in hot
    ]
    return create_tasks(wanted, by=PLANNER, as_of=as_of) if wanted else []


def _owner(lead: Lead) -> int | None:
    return lead.owner_id if lead.owner is not None and may_work(lead.owner) else None
