"""Leads enter sequences and leave them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation
from accounts.rights import Right
from ground.due import ask, cancel
from ground.errors import DomainError
from ground.ticks import wake
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record
from leads.members import are_members, exclusive_segments
from leads.models import Lead
from nurturing.activities import SEQUENCE_ENROLLED, SEQUENCE_EXITED
from nurturing.models import (
    DueEnrolment,
    Enrolment,
    EnrolmentSource,
    EnrolmentState,
    Sequence,
    SequenceVersion,
)
from nurturing.schedule import next_mail
from nurturing.times import Window, zone_of

STEPS_TICK = "nurturing.steps"


@action
def enrol_leads(
    lead_ids: Collection[int],
    sequence: Sequence,
    *,
    by: Actor,
    as_of: datetime,
    source: str = EnrolmentSource.BY_HAND,
) -> list[Enrolment]:
    """Let leads begin the live version of ``sequence``; returns the new enrolments.

    Leads that are running through it, that the actor may not see or whose stage ends it are left
    out, and where it is for a segment of a group, those that are not in it. Raises
    ``DomainError`` with code ``sequence_not_active``. Whether a mail may be sent is decided at each
    mail, not here.
    """
    by.require(Right.SEQUENCES_MANAGE)
    version = sequence.live
    if version is None or not sequence.is_running:
        raise DomainError("sequence_not_active", _("This sequence is not active."))
    visible = Lead.objects.visible_to(by).filter(pk__in=lead_ids)
    leads = list(lock_leads([*visible.values_list("pk", flat=True)]))
    running = set(
        Enrolment.objects.filter(
            lead__in=leads, sequence=sequence, state=EnrolmentState.ACTIVE
        ).values_list("lead_id", flat=True)
    )
    entering = [
        lead for lead in leads if lead.pk not in running and lead.stage not in version.exit_stages
    ]
    entering = _of_its_segment(entering, version)
    if not entering:
        return []
    return _begin(entering, sequence, version, by=by, as_of=as_of, source=source)


def _of_its_segment(leads: list[Lead], version: SequenceVersion) -> list[Lead]:
    """Return the leads that may get this sequence and not one for another segment of the group."""
    segments = exclusive_segments(version.trigger.get("where")) if leads else []
    if not segments:
        return leads
    members = are_members(segments, [lead.pk for lead in leads])
    return [lead for lead in leads if lead.pk in members]


def _begin(
    leads: Collection[Lead],
    sequence: Sequence,
    version: SequenceVersion,
    *,
    by: Actor,
    as_of: datetime,
    source: str,
) -> list[Enrolment]:
    organisation, window = Organisation.current(), Window.read(version.window)
    steps = list(version.steps.all())
    enrolments = []
    for lead in leads:
        zone = zone_of(lead, organisation, window.zone)
        due = next_mail(steps, after=0, at=as_of, window=window, zone=zone)
        assert due is not None, "A sequence without a mail is not activated."
        enrolments.append(
            Enrolment(
                lead=lead,
                sequence=sequence,
                version=version,
                state=EnrolmentState.ACTIVE,
                source=source,
                enrolled_by=by.label[:150],
                next_step=due.step,
                due_at=due.at,
                enrolled_at=as_of,
            )
        )
    Enrolment.objects.bulk_create(enrolments)
    DueEnrolment.objects.bulk_create(
        DueEnrolment(enrolment=enrolment, due_at=enrolment.due_at or as_of)
        for enrolment in enrolments
    )
    record(
        [
            NewActivity(lead.pk, SEQUENCE_ENROLLED, as_of, _told(sequence) | {"source": source})
            for lead in leads
        ],
        by=by,
        as_of=as_of,
    )
    wake(STEPS_TICK)
    return enrolments


@action
def exit_enrolments(
    enrolment_ids: Collection[int],
    *,
    reason: str,
    by: Actor,
    as_of: datetime,
    detail: str = "",
) -> int:
    """End runs before their end and say why; returns how many.

    Runs that have ended are left alone. A mail that is queued already is not sent any more.
    """
    by.require(Right.SEQUENCES_MANAGE)
    chosen = Enrolment.objects.filter(pk__in=enrolment_ids)
    visible = Lead.objects.visible_to(by).filter(pk__in=chosen.values("lead_id"))
    leads = list(lock_leads([*visible.values_list("pk", flat=True)]))
    keys = chosen.filter(lead__in=leads).values_list("pk", flat=True)
    return end_runs(dict.fromkeys(keys, reason), by=by, as_of=as_of, detail=detail)


def end_runs(reasons: Mapping[int, str], *, by: Actor, as_of: datetime, detail: str = "") -> int:
    """End the active runs among ``reasons`` (enrolment id to reason); returns how many.

    For actions that have locked the leads.
    """
    running = list(
        Enrolment.objects.filter(pk__in=reasons, state=EnrolmentState.ACTIVE)
        .select_related("sequence")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    for enrolment in running:
        enrolment.state = EnrolmentState.EXITED
        enrolment.exit_reason, enrolment.exit_detail = reasons[enrolment.pk], detail[:200]
        enrolment.next_step = enrolment.due_at = None
        enrolment.ended_at = as_of
    Enrolment.objects.bulk_update(
        running,
        ["state", "exit_reason", "exit_detail", "next_step", "due_at", "ended_at"],
        batch_size=500,
    )
    cancel(DueEnrolment, "enrolment_id", [enrolment.pk for enrolment in running])
    record(
        [
            NewActivity(
                enrolment.lead_id,
                SEQUENCE_EXITED,
                as_of,
                _told(enrolment.sequence) | {"reason": enrolment.exit_reason, "detail": detail},
            )
            for enrolment in running
        ],
        by=by,
        as_of=as_of,
    )
    return len(running)


def end_runs_of(
    lead_reasons: Mapping[int, str],
    *,
    by: Actor,
    as_of: datetime,
    detail: str = "",
    **only: Any,
) -> int:
    """End the active runs of leads (lead id to reason), of those that meet ``only``."""
    runs = Enrolment.objects.filter(lead__in=lead_reasons, state=EnrolmentState.ACTIVE, **only)
    reasons = {key: lead_reasons[lead] for key, lead in runs.values_list("pk", "lead_id")}
    return end_runs(reasons, by=by, as_of=as_of, detail=detail) if reasons else 0


def look_again(enrolment_ids: Collection[int], *, as_of: datetime) -> None:
    """Have enrolments looked at now; what is not due yet stays as it is."""
    ask(DueEnrolment, "enrolment_id", enrolment_ids, due_at=as_of)
    wake(STEPS_TICK)


def _told(sequence: Sequence) -> dict[str, str]:
    return {"sequence": str(sequence.public_id), "name": sequence.name}
