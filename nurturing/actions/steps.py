"""Running the steps of enrolments that are due."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation
from ground.due import unchanged
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record
from nurturing.actions.enrolment import end_runs
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.activities import SEQUENCE_FINISHED
from nurturing.clearance import Decision, Intent, Verdict, judge
from nurturing.goals import at_goal
from nurturing.models import (
    DueEnrolment,
    Enrolment,
    EnrolmentState,
    ExitReason,
    MessageKind,
    SequenceState,
)
from nurturing.schedule import next_mail
from nurturing.times import Window, zone_of

# A paused sequence asks for all its rows when it goes on; until then they are looked at rarely.
PAUSED_LOOK = timedelta(hours=1)
# Whoever is later than this was stopped; the waits count from now on, so that mails do not pile up.
ON_TIME = timedelta(hours=1)


@action
def run_steps(rows: list[DueEnrolment], *, by: Actor, as_of: datetime) -> None:
    """Do what is due for these rows and say when to look at each again.

    The work of a drain: set-based, in the drain's transaction. A mail that may be sent becomes a
    message and one that must not becomes a message with its reason, and the run goes on; one that
    must wait keeps its step. A row whose step is not due yet is put back.
    """
    enrolments = _locked([row.enrolment_id for row in rows])
    running = _without_ended(enrolments, by=by, as_of=as_of)
    due = [run for run in running if run.due_at is not None and run.due_at <= as_of]
    active = [run for run in due if run.sequence.state == SequenceState.ACTIVE]
    verdicts = judge([_intent(run) for run in active], as_of=as_of)
    done = [run for run in active if verdicts[run.pk].decision is not Decision.WAIT]
    _queue(done, verdicts, by=by, as_of=as_of)
    for run in active:
        if run not in done:
            run.due_at = verdicts[run.pk].until
    _advance(done, as_of=as_of)
    Enrolment.objects.bulk_update(
        active, ["state", "next_step", "due_at", "ended_at"], batch_size=500
    )
    _finish([run for run in done if run.state == EnrolmentState.FINISHED], by=by, as_of=as_of)
    _put_back(rows, running, as_of=as_of)


def _locked(enrolment_ids: list[int]) -> list[Enrolment]:
    chosen = Enrolment.objects.filter(pk__in=enrolment_ids)
    list(lock_leads([*chosen.values_list("lead_id", flat=True)]))
    return list(
        chosen.filter(state=EnrolmentState.ACTIVE)
        .select_related("lead__company", "sequence", "version__topic", "next_step")
        .prefetch_related("version__steps")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )


def _without_ended(enrolments: list[Enrolment], *, by: Actor, as_of: datetime) -> list[Enrolment]:
    """End the runs whose goal or end has come; return the others."""
    reached = at_goal(enrolments, as_of=as_of)
    reasons: dict[int, str] = {}
    for run in enrolments:
        if run.lead.deleted_at is not None:
            reasons[run.pk] = ExitReason.LEAD_DELETED
        elif run.lead.stage in run.version.exit_stages:
            reasons[run.pk] = ExitReason.STAGE_CHANGED
        elif run.pk in reached:
            reasons[run.pk] = ExitReason.GOAL
    if reasons:
        end_runs(reasons, by=by, as_of=as_of)
    return [run for run in enrolments if run.pk not in reasons]


def _intent(run: Enrolment) -> Intent:
    return Intent(
        key=run.pk,
        kind=MessageKind.SEQUENCE,
        address=run.lead.email,
        lead=run.lead,
        enrolment=run,
        purpose=run.version.purpose,
        topic=run.version.topic,
    )


def _queue(
    runs: list[Enrolment], verdicts: Mapping[int, Verdict], *, by: Actor, as_of: datetime
) -> None:
    if not runs:
        return
    queue_messages(
        [
            NewMessage(
                kind=MessageKind.SEQUENCE,
                lead=run.lead,
                enrolment=run,
                step=run.next_step,
                purpose=run.version.purpose,
                topic_id=run.version.topic_id,
                skip_reason=verdicts[run.pk].reason,
            )
            for run in runs
        ],
        by=by,
        as_of=as_of,
    )


def _advance(runs: list[Enrolment], *, as_of: datetime) -> None:
    organisation = Organisation.current()
    for run in runs:
        assert run.next_step is not None
        window = Window.read(run.version.window)
        due = next_mail(
            list(run.version.steps.all()),
            after=run.next_step.position,
            at=_planned(run, as_of),
            window=window,
            zone=zone_of(run.lead, organisation, window.zone),
        )
        if due is None:
            run.state = EnrolmentState.FINISHED
            run.next_step, run.due_at, run.ended_at = None, None, as_of
        else:
            run.next_step, run.due_at = due


def _planned(run: Enrolment, as_of: datetime) -> datetime:
    """Return from when the next wait counts: from the plan, so that late ticks do not add up."""
    is_on_time = run.due_at is not None and as_of - run.due_at < ON_TIME
    return run.due_at if is_on_time and run.due_at is not None else as_of


def _finish(runs: list[Enrolment], *, by: Actor, as_of: datetime) -> None:
    record(
        [
            NewActivity(
                run.lead_id,
                SEQUENCE_FINISHED,
                as_of,
                {"sequence": str(run.sequence.public_id), "name": run.sequence.name},
            )
            for run in runs
        ],
        by=by,
        as_of=as_of,
    )


def _put_back(rows: list[DueEnrolment], running: list[Enrolment], *, as_of: datetime) -> None:
    """Move the rows of running enrolments to their next moment; the drain removes the others.

    A row that was asked for again in the meantime keeps the moment that it was asked for: whoever
    asked may know more than was read here. Locks the rows in the order in which they are asked for.
    """
    moments = {}
    for run in running:
        if run.state == EnrolmentState.ACTIVE and run.due_at is not None:
            is_paused = run.sequence.state != SequenceState.ACTIVE
            moments[run.pk] = max(run.due_at, as_of + PAUSED_LOOK) if is_paused else run.due_at
    ours = unchanged(DueEnrolment, rows).filter(enrolment__in=moments).order_by("enrolment_id")
    again = list(ours.select_for_update(of=("self",)))
    for row in again:
        row.due_at, row.attempts = moments[row.enrolment_id], 0
        # A row of another generation is not removed as done.
        row.generation += 1
    DueEnrolment.objects.bulk_update(again, ["due_at", "attempts", "generation"], batch_size=500)
