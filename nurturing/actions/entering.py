"""Leads that changed enter the sequences that are for them, and leave those whose goal they met."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.action import action
from accounts.actor import Actor
from conditions.registry import Snapshot
from ground.due import ask
from leads.actions.lifecycle import lock_leads
from leads.conditions import LEADS
from leads.following import refresh_members
from leads.members import are_members, exclusive_segments
from nurturing.actions.enrolment import end_runs, enrol_leads
from nurturing.drafts import TriggerKind
from nurturing.goals import at_goal
from nurturing.models import (
    DueEntry,
    DueTrigger,
    Enrolment,
    EnrolmentSource,
    EnrolmentState,
    ExitReason,
    Sequence,
    SequenceVersion,
)
from nurturing.triggers import matching_leads, running_with_trigger

_CHUNK = 5000


@action
def look_at_changed_leads(rows: list[DueTrigger], *, by: Actor, as_of: datetime) -> None:
    """Let changed leads in where they meet a condition, and out where they meet a goal.

    The work of a drain; one query for each active sequence with a condition. Segments that keep
    members follow first, so that a sequence asks who is in them now. A condition brings a lead into
    a sequence once in its life; one that cannot be read any more brings nobody. Locks all
    the leads first: sequence by sequence it would not be in key order.
    """
    lead_ids = _lock([row.lead_id for row in rows])
    refresh_members(lead_ids, as_of=as_of)
    snapshot = LEADS.snapshot()
    _end_left(lead_ids, snapshot, by=by, as_of=as_of)
    runs = list(
        Enrolment.objects.filter(lead__in=lead_ids, state=EnrolmentState.ACTIVE)
        .exclude(version__goal=None)
        .select_related("version")
    )
    reached = at_goal(runs, as_of=as_of)
    if reached:
        end_runs(dict.fromkeys(reached, ExitReason.GOAL), by=by, as_of=as_of)
    for sequence in running_with_trigger(TriggerKind.CONDITION):
        assert sequence.live is not None
        where = sequence.live.trigger["where"]
        entering = (
            matching_leads(where, as_of=as_of, snapshot=snapshot)
            .filter(pk__in=lead_ids)
            .exclude(pk__in=_ever_in(sequence).filter(lead__in=lead_ids).values("lead_id"))
        )
        ids = list(entering.values_list("pk", flat=True))
        if ids:
            enrol_leads(ids, sequence, by=by, as_of=as_of, source=EnrolmentSource.CONDITION)


def _end_left(lead_ids: list[int], snapshot: Snapshot, *, by: Actor, as_of: datetime) -> None:
    """End the runs of leads that are no members any more of the segment that their run is for.

    Only segments of a group end a run: the lead may be in another one by now, and gets its mails.
    """
    runs = Enrolment.objects.filter(lead__in=lead_ids, state=EnrolmentState.ACTIVE)
    grouped = runs.filter(version__trigger__kind=TriggerKind.CONDITION).select_related("version")
    by_version: dict[SequenceVersion, list[Enrolment]] = {}
    for run in grouped:
        by_version.setdefault(run.version, []).append(run)
    ending: dict[int, str] = {}
    for version, its_runs in by_version.items():
        segments = exclusive_segments(version.trigger["where"], snapshot)
        if segments:
            members = are_members(segments, [run.lead_id for run in its_runs])
            gone = [run.pk for run in its_runs if run.lead_id not in members]
            ending |= dict.fromkeys(gone, ExitReason.LEFT_SEGMENT.value)
    if ending:
        end_runs(ending, by=by, as_of=as_of)


def _lock(lead_ids: list[int]) -> list[int]:
    """Lock the leads that are not in the bin, in key order; 10 ms for 500."""
    return list(lock_leads(lead_ids).values_list("pk", flat=True))


def _ever_in(sequence: Sequence) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(sequence=sequence)


@action
def enter_asked_leads(rows: list[DueEntry], *, by: Actor, as_of: datetime) -> None:
    """Let in the leads that a form or a rejection by sales brought; the work of a drain.

    Locks all the leads first, as above.
    """
    _lock([row.lead_id for row in rows])
    wanted: dict[tuple[int, str], list[int]] = {}
    for row in rows:
        wanted.setdefault((row.sequence_id, row.source), []).append(row.lead_id)
    sequences = Sequence.objects.select_related("live").in_bulk([key for key, _source in wanted])
    for (key, source), lead_ids in sorted(wanted.items()):
        sequence = sequences[key]
        if sequence.is_running:
            enrol_leads(lead_ids, sequence, by=by, as_of=as_of, source=source)


def find_newly_matching(as_of: datetime) -> int:
    """Ask for a look at leads that meet a condition by the passing of time alone.

    Returns how many there are. A lead that a score or a date made match is found here at the
    latest; one query for each active sequence with a condition.
    """
    snapshot, found = LEADS.snapshot(), 0
    for sequence in running_with_trigger(TriggerKind.CONDITION):
        assert sequence.live is not None
        leads = (
            matching_leads(sequence.live.trigger["where"], as_of=as_of, snapshot=snapshot)
            .exclude(stage__in=sequence.live.exit_stages)
            .exclude(pk__in=_ever_in(sequence).values("lead_id"))
        )
        ids = list(leads.order_by("pk").values_list("pk", flat=True)[:_CHUNK])
        ask(DueTrigger, "lead_id", ids, due_at=as_of)
        found += len(ids)
    return found
