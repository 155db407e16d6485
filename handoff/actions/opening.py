"""The one place where a hand-over is written, whoever asked for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from accounts.action import action
from accounts.actor import Actor, delegated
from accounts.models import Team, User
from accounts.rights import Right
from handoff import notices
from handoff.activities import HANDOFF_OFFERED
from handoff.assignment import Texts
from handoff.models import (
    Agreement,
    AssignmentRule,
    DueRevisit,
    DueSla,
    Handoff,
    HandoffOrigin,
    HandoffState,
    SlaStep,
    Task,
)
from leads.actions.ownership import assign_leads
from leads.actions.timeline import NewActivity, actor_columns, record
from leads.models import Episode, Lead


@dataclass(frozen=True, slots=True)
class Opening:
    """One hand-over to be written: to a person, or to the pool of a team."""

    lead: Lead
    to_user: User | None
    to_team: Team | None
    origin: HandoffOrigin
    reason: Texts
    briefing: dict[str, Any] = field(default_factory=dict)
    rule: AssignmentRule | None = None


@action
def open_handoffs(
    openings: Sequence[Opening], *, agreement: Agreement | None, by: Actor, as_of: datetime
) -> list[Handoff]:
    """Write hand-overs, start their clocks and give the leads to their new owners.

    The caller has locked the leads and checked who may do it; a lead has no open hand-over yet.
    Without ``agreement`` no clock runs: nobody waits for an answer.
    """
    if not openings:
        return []
    episodes = dict(
        Episode.objects.filter(
            lead__in=[opening.lead.pk for opening in openings], closed_at=None
        ).values_list("lead_id", "pk")
    )
    due_at = agreement.hours.add(as_of, agreement.accept_minutes) if agreement else None
    handoffs = Handoff.objects.bulk_create(
        Handoff(
            lead=opening.lead,
            episode_id=episodes[opening.lead.pk],
            origin=opening.origin,
            state=HandoffState.OFFERED,
            from_user_id=by.user_id,
            to_user=opening.to_user,
            to_team=opening.to_team or (opening.to_user.team if opening.to_user else None),
            rule=opening.rule,
            agreement=agreement if agreement and agreement.pk else None,
            assignment_reason=opening.reason,
            briefing=opening.briefing,
            offered_at=as_of,
            due_at=due_at,
            **actor_columns(by),
        )
        for opening in openings
    )
    if agreement:
        _start_clocks(handoffs, agreement, as_of=as_of)
    _give(openings, by=by, as_of=as_of)
    record(
        [
            NewActivity(handoff.lead_id, HANDOFF_OFFERED, as_of, told(handoff))
            for handoff in handoffs
        ],
        by=by,
        as_of=as_of,
    )
    if agreement:
        notices.tell_offered(handoffs, by=by, as_of=as_of)
    return handoffs


def told(handoff: Handoff, **more: Any) -> dict[str, Any]:
    """Return what the timeline keeps of a hand-over."""
    user, team = handoff.to_user, handoff.to_team
    return {
        "handoff": str(handoff.public_id),
        "to": handoff.to_user_id,
        "to_name": user.display_name if user else "",
        "to_team": handoff.to_team_id,
        "to_team_name": team.name if team else "",
        "origin": handoff.origin,
        "reason": handoff.assignment_reason,
        **more,
    }


def _start_clocks(handoffs: Sequence[Handoff], agreement: Agreement, *, as_of: datetime) -> None:
    hours = agreement.hours
    steps = {SlaStep.ESCALATE: agreement.accept_minutes}
    if agreement.remind_minutes:
        steps[SlaStep.REMIND] = agreement.accept_minutes - agreement.remind_minutes
    if agreement.expire_minutes:
        steps[SlaStep.EXPIRE] = agreement.accept_minutes + agreement.expire_minutes
    times = {step: hours.add(as_of, minutes) for step, minutes in steps.items()}
    DueSla.objects.bulk_create(
        DueSla(handoff=handoff, step=step, due_at=at)
        for handoff in handoffs
        for step, at in times.items()
    )


def stop_clocks(handoffs: Sequence[Handoff]) -> None:
    """Forget what would follow if these hand-overs were not answered."""
    DueSla.objects.filter(handoff__in=handoffs).delete()


def forget_revisits(lead_ids: Sequence[int]) -> None:
    """Forget on which day these leads were to be asked again: what is said now counts."""
    DueRevisit.objects.filter(lead__in=lead_ids).delete()


def _give(openings: Sequence[Opening], *, by: Actor, as_of: datetime) -> None:
    """Give the leads, and what is still to be done about them, to their new owners."""
    giver = delegated(by, Right.LEADS_ASSIGN)
    groups: dict[tuple[int | None, int | None], list[Opening]] = {}
    for opening in openings:
        user, team = opening.to_user, opening.to_team
        groups.setdefault((user.pk if user else None, team.pk if team else None), []).append(
            opening
        )
    for (_user_id, team_id), group in groups.items():
        owner, ids = group[0].to_user, [opening.lead.pk for opening in group]
        _pass_on_tasks(ids, to=owner)
        assign_leads(ids, owner=owner, team_id=team_id, by=giver, as_of=as_of)


def take_back(
    handoffs: Sequence[Handoff], *, team_id: int | None, by: Actor, as_of: datetime, reason: str
) -> None:
    """Stop the clocks of hand-overs and put their leads into the pool of ``team_id``, or of all."""
    stop_clocks(handoffs)
    ids = [handoff.lead_id for handoff in handoffs]
    _pass_on_tasks(ids, to=None)
    giver = delegated(by, Right.LEADS_ASSIGN)
    assign_leads(ids, owner=None, team_id=team_id, by=giver, as_of=as_of, reason=reason)


def _pass_on_tasks(lead_ids: Sequence[int], *, to: User | None) -> None:
    """Give what the owners of these leads still have to do to ``to``, or to whoever comes next."""
    Task.objects.open().filter(lead__in=lead_ids).filter(
        Q(assignee=F("lead__owner")) | Q(assignee=None)
    ).update(assignee=to)
