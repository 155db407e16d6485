"""The clock of hand-over."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from ground.due import ask, drain
from ground.ticks import tick
from handoff.actions.offers import assign_mqls
from handoff.actions.revisits import reopen_leads
from handoff.actions.sla import escalate_handoffs, expire_handoffs, remind_handoffs
from handoff.activities import HANDOFF_HELD_BACK
from handoff.authority import ASSIGNER
from handoff.autotasks import call_hot_leads, create_callbacks
from handoff.calendars.drains import drain_entries, drain_readings
from handoff.meetings.drains import drain_reminders, give_back
from handoff.models import (
    DueHandoff,
    DueRevisit,
    DueSla,
    DueTask,
    Handoff,
    HandoffState,
    SlaStep,
)
from leads.models import Activity, Lead
from leads.stages import Stage

# One lead that cannot be assigned makes its chunk run again one by one.
CHUNK = 200
SWEEP_LIMIT = 2_000


@tick("handoff.assign", every=timedelta(seconds=2))
def assign(as_of: datetime) -> int:
    """Hand over the leads that became MQL; woken when one does."""

    def work(rows: list[DueHandoff]) -> None:
        assign_mqls([row.lead_id for row in rows], by=ASSIGNER, as_of=as_of)

    return drain(DueHandoff, work, as_of=as_of, chunk=CHUNK).done


@tick("handoff.sla", every=timedelta(seconds=5))
def keep_agreement(as_of: datetime) -> int:
    """Remind, escalate and take back what nobody has answered."""

    def work(rows: list[DueSla]) -> None:
        for step, run in (
            (SlaStep.REMIND, remind_handoffs),
            (SlaStep.ESCALATE, escalate_handoffs),
            (SlaStep.EXPIRE, expire_handoffs),
        ):
            ids = [row.handoff_id for row in rows if row.step == step]
            if ids:
                run(ids, by=ASSIGNER, as_of=as_of)

    return drain(DueSla, work, as_of=as_of, chunk=CHUNK).done


@tick("handoff.tasks", every=timedelta(seconds=5))
def plan_callbacks(as_of: datetime) -> int:
    """Make the tasks that follow from callback forms; woken when one comes in."""

    def work(rows: list[DueTask]) -> None:
        create_callbacks(rows, as_of=as_of)

    return drain(DueTask, work, as_of=as_of, chunk=CHUNK).done


@tick("handoff.hot", every=timedelta(seconds=30))
def plan_hot_calls(as_of: datetime) -> int:
    """Make call tasks for leads that became hot."""
    return len(call_hot_leads(as_of=as_of))


@tick("handoff.revisit", every=timedelta(minutes=1))
def revisit(as_of: datetime) -> int:
    """Bring back leads that are to be asked again today."""

    def work(rows: list[DueRevisit]) -> None:
        reopen_leads([row.lead_id for row in rows], by=ASSIGNER, as_of=as_of)

    return drain(DueRevisit, work, as_of=as_of, chunk=CHUNK).done


@tick("handoff.reminders", every=timedelta(seconds=30))
def remind_of_meetings(as_of: datetime) -> int:
    """Remind guests and hosts of meetings a day and an hour before."""
    return drain_reminders(as_of)


@tick("handoff.slots", every=timedelta(minutes=1))
def give_back_slots(as_of: datetime) -> int:
    """Give back slots that were taken and of which no meeting became."""
    return give_back(as_of)


@tick("handoff.calendars", every=timedelta(seconds=30))
def read_calendars(as_of: datetime) -> int:
    """Ask the calendars of people when they are not free; woken when one is connected."""
    return drain_readings(as_of)


@tick("handoff.calendar_entries", every=timedelta(seconds=30))
def write_calendars(as_of: datetime) -> int:
    """Enter meetings in the calendars of their hosts; woken when one is booked."""
    return drain_entries(as_of)


@tick("handoff.sweep", every=timedelta(minutes=15))
def sweep(as_of: datetime) -> int:
    """Look again at MQLs that were held back: a new rule or a new event may have completed them.

    MQLs that came in with an import were never held back; the manager distributes them.
    """
    handled = Handoff.objects.filter(lead=OuterRef("pk")).filter(
        Q(offered_at__gte=OuterRef("stage_at")) | Q(state=HandoffState.OFFERED)
    )
    held_back = Activity.objects.filter(
        lead=OuterRef("pk"), kind=HANDOFF_HELD_BACK, occurred_at__gte=OuterRef("stage_at")
    )
    waiting = Lead.objects.alive().filter(Exists(held_back), ~Exists(handled), stage=Stage.MQL)
    ids = list(waiting.order_by("stage_at").values_list("pk", flat=True)[:SWEEP_LIMIT])
    ask(DueHandoff, "lead_id", ids, due_at=as_of)
    return len(ids)
