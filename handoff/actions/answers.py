"""What sales says to a hand-over: accept, reject, return."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NoReturn

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor, delegated
from accounts.models import User
from accounts.rights import Right
from ground import days
from ground.due import ask
from ground.errors import ConflictError, DomainError, NotAllowedError
from handoff import notices
from handoff.actions.offers import close, lock_handoffs
from handoff.actions.opening import forget_revisits, stop_clocks, take_back, told
from handoff.activities import HANDOFF_ACCEPTED, HANDOFF_REJECTED, HANDOFF_RETURNED
from handoff.models import (
    DueRevisit,
    Handoff,
    HandoffState,
    Opportunity,
    RejectReason,
    Task,
    TaskKind,
    TaskOrigin,
)
from handoff.queries import agreement_in_force, newest_handoffs
from leads.actions.lifecycle import change_stage
from leads.actions.ownership import assign_leads
from leads.actions.timeline import NewActivity, record
from leads.models import Episode
from leads.stages import RANK, OtherReason, Stage

# Where a rejected lead goes: back to marketing, or outside the funnel with a sub-reason.
RECYCLED: dict[str, OtherReason | None] = {
    RejectReason.TOO_EARLY: None,
    RejectReason.WRONG_PERSON: None,
    RejectReason.NO_INTEREST: OtherReason.NO_INTEREST,
    RejectReason.NO_FIT: OtherReason.NO_FIT,
    RejectReason.WRONG_DATA: OtherReason.INVALID,
    RejectReason.DUPLICATE: OtherReason.INVALID,
    RejectReason.COMPETITOR: OtherReason.COMPETITOR,
}

_FROM_SQL = frozenset(stage for stage, rank in RANK.items() if rank >= RANK[Stage.SQL])


@action
def accept_handoffs(handoff_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Handoff]:
    """Accept hand-overs: their leads become SQL, their clocks stop.

    Whoever accepts one from the pool of the team gets the lead; of two at once one wins. Those
    that the actor has accepted already are left alone. Raises ``NotAllowedError``
    (``not_addressee``) and ``ConflictError`` (``already_taken``, ``already_answered``).
    """
    user = _worker(by)
    rows = [row for row in lock_handoffs(handoff_ids, by=by) if not _is_accepted_by(row, by)]
    for row in rows:
        _refuse_answered(row)
        _refuse_foreign(row, by)
    if not rows:
        return []
    from_pool = [row.lead_id for row in rows if row.to_user_id is None]
    for row in rows:
        row.state, row.accepted_at = HandoffState.ACCEPTED, as_of
        row.to_user, row.answered_by = user, user
    Handoff.objects.bulk_update(rows, ["state", "accepted_at", "to_user", "answered_by"])
    stop_clocks(rows)
    if from_pool:
        giver = delegated(by, Right.LEADS_ASSIGN)
        assign_leads(from_pool, owner=user, by=giver, as_of=as_of)
        Task.objects.open().filter(lead__in=from_pool, assignee=None).update(assignee=user)
    record(
        [NewActivity(row.lead_id, HANDOFF_ACCEPTED, as_of, told(row)) for row in rows],
        by=by,
        as_of=as_of,
    )
    make_sql([row for row in rows if row.lead.stage not in _FROM_SQL], by=by, as_of=as_of)
    return rows


def make_sql(rows: Sequence[Handoff], *, by: Actor, as_of: datetime) -> None:
    """Move the leads of accepted hand-overs to SQL in the name of whoever accepted them."""
    ids = [row.lead_id for row in rows]
    if ids:
        seller = delegated(by, Right.STAGE_SALES)
        change_stage(ids, to=Stage.SQL, by=seller, as_of=as_of, reason=str(_("Accepted by sales")))


@action
def reject_handoffs(
    handoff_ids: Sequence[int],
    *,
    reason: str,
    by: Actor,
    as_of: datetime,
    text: str = "",
    revisit_on: date | None = None,
    is_final: bool = False,
) -> list[Handoff]:
    """Give leads back to marketing with a reason; also after they were accepted.

    What was accepted is given back by the owner, by the newest hand-over of a lead that has not
    bought. The lead leaves its owner. *Too early* and *wrong contact person* go back to the stage
    lead, the others out of the funnel with a sub-reason. *No interest* needs ``revisit_on``, a day
    on which to ask again, or ``is_final``. Repeating it changes nothing. Raises ``DomainError``
    (``reject_reason_missing``, ``revisit_missing``, ``revisit_past``, ``deal_open``),
    ``NotAllowedError`` and ``ConflictError``.
    """
    _worker(by)
    _check_reason(reason, revisit_on, is_final=is_final, as_of=as_of)
    rows = [row for row in lock_handoffs(handoff_ids, by=by) if not _is_rejected(row, by, reason)]
    for row in rows:
        _refuse_answered(row, but=HandoffState.ACCEPTED)
        _refuse_foreign(row, by)
    _refuse_past(rows, by)
    _refuse_open_deals(rows)
    if not rows:
        return []
    for row in rows:
        row.state, row.rejected_at = HandoffState.REJECTED, as_of
        row.reject_reason, row.answer_text = reason, text.strip()[:500]
        row.revisit_on, row.answered_by_id = revisit_on, by.user_id
    columns = ["state", "rejected_at", "reject_reason", "answer_text", "revisit_on", "answered_by"]
    Handoff.objects.bulk_update(rows, columns)
    label = str(RejectReason(reason).label)
    Task.objects.open().filter(lead__in=[row.lead_id for row in rows], assignee=by.user_id).update(
        done_at=as_of, done_by=by.user_id
    )
    take_back(rows, team_id=None, by=by, as_of=as_of, reason=label)
    forget_revisits([row.lead_id for row in rows])
    _recycle(rows, label, by=by, as_of=as_of)
    more = {"reject_reason": reason, "text": text.strip()[:500], "is_final": is_final}
    more["revisit_on"] = revisit_on.isoformat() if revisit_on else None
    record(
        [NewActivity(row.lead_id, HANDOFF_REJECTED, as_of, told(row, **more)) for row in rows],
        by=by,
        as_of=as_of,
    )
    if revisit_on:
        _plan_revisit(rows, revisit_on, by=by, as_of=as_of)
    return rows


@action
def return_handoffs(
    handoff_ids: Sequence[int], *, by: Actor, as_of: datetime, text: str = ""
) -> list[Handoff]:
    """Give wrongly assigned leads back to the manager of the team, who will distribute them.

    The stage stays. Repeating it changes nothing. Raises ``NotAllowedError`` and
    ``ConflictError`` as ``accept_handoffs`` does.
    """
    _worker(by)
    rows = [row for row in lock_handoffs(handoff_ids, by=by) if row.state != HandoffState.RETURNED]
    for row in rows:
        _refuse_answered(row, but=HandoffState.ACCEPTED)
        _refuse_foreign(row, by)
    _refuse_past(rows, by)
    if not rows:
        return []
    close(rows, HandoffState.RETURNED, HANDOFF_RETURNED, by=by, as_of=as_of, text=text.strip())
    for team_id in sorted({row.to_team_id or 0 for row in rows}):
        group = [row for row in rows if (row.to_team_id or 0) == team_id]
        take_back(group, team_id=team_id or None, by=by, as_of=as_of, reason=str(_("Returned")))
    notices.tell_managers(notices.TO_DISTRIBUTE, rows, by=by, as_of=as_of)
    return rows


def _worker(by: Actor) -> User:
    """Return the person who answers; raises ``NotAllowedError`` for anybody else."""
    by.require(Right.HANDOFF_WORK)
    user = User.objects.filter(pk=by.user_id).first() if by.user_id else None
    if user is None:
        raise NotAllowedError("not_addressee", _("Only a person can answer a hand-over."))
    return user


def _is_accepted_by(row: Handoff, by: Actor) -> bool:
    return row.state == HandoffState.ACCEPTED and row.answered_by_id == by.user_id


def _is_rejected(row: Handoff, by: Actor, reason: str) -> bool:
    is_mine = row.answered_by_id == by.user_id
    return row.state == HandoffState.REJECTED and is_mine and row.reject_reason == reason


def _refuse_answered(row: Handoff, *, but: HandoffState | None = None) -> None:
    if row.is_open or row.state == but:
        return
    if row.state == HandoffState.ACCEPTED:
        raise ConflictError("already_taken", _("Somebody else has taken this lead."))
    _refuse(row)


def _refuse_past(rows: Sequence[Handoff], by: Actor) -> None:
    """Refuse what was accepted and is not about the lead as it stands now with ``by``."""
    accepted = [row for row in rows if row.state == HandoffState.ACCEPTED]
    newest = newest_handoffs([row.lead_id for row in accepted]) if accepted else {}
    present = Episode.objects.filter(handoffs__in=accepted, closed_at=None)
    episodes = set(present.values_list("pk", flat=True)) if accepted else set()
    for row in accepted:
        is_newest = newest[row.lead_id].pk == row.pk and row.episode_id in episodes
        has_bought = row.lead.stage in (Stage.CUSTOMER, Stage.PROMOTER)
        if not is_newest or has_bought or row.lead.owner_id != by.user_id:
            _refuse(row)


def _refuse(row: Handoff) -> NoReturn:
    raise ConflictError(
        "already_answered",
        _("This hand-over is not open any more: %(state)s.") % {"state": row.get_state_display()},
    )


def _refuse_foreign(row: Handoff, by: Actor) -> None:
    """SECURITY: a lead that one may see, such as one of the team, is not yet one to answer for."""
    mine = row.to_user_id == by.user_id
    pool = row.to_user_id is None and row.to_team_id in (None, by.team_id)
    if not (mine or pool):
        raise NotAllowedError("not_addressee", _("This lead was handed to somebody else."))


def _refuse_open_deals(rows: Sequence[Handoff]) -> None:
    deal = Opportunity.objects.open().filter(lead__in=[row.lead_id for row in rows]).first()
    if deal is not None:
        raise DomainError("deal_open", _("Close the deal “%(deal)s” first.") % {"deal": deal.name})


def _check_reason(reason: str, revisit_on: date | None, *, is_final: bool, as_of: datetime) -> None:
    if reason not in RejectReason.values:
        raise DomainError("reject_reason_missing", _("Say why."), field="reason")
    if revisit_on is not None and revisit_on <= days.day_of(as_of):
        raise DomainError("revisit_past", _("Choose a day in the future."), field="revisit_on")
    if reason == RejectReason.NO_INTEREST and (revisit_on is None) is not is_final:
        raise DomainError(
            "revisit_missing",
            _("Say on which day to ask again, or that this is the end."),
            field="revisit_on",
        )


def _recycle(rows: Sequence[Handoff], label: str, *, by: Actor, as_of: datetime) -> None:
    marketer = delegated(by, Right.STAGE_MARKETING, Right.STAGE_SALES)
    other = RECYCLED[rows[0].reject_reason]
    change_stage(
        [row.lead_id for row in rows],
        to=Stage.OTHER if other else Stage.LEAD,
        other_reason=other.value if other else "",
        by=marketer,
        as_of=as_of,
        reason=label,
    )


def _plan_revisit(rows: Sequence[Handoff], revisit_on: date, *, by: Actor, as_of: datetime) -> None:
    """Remember to ask again: a task for whoever rejected, and the way back into the funnel."""
    due_at = agreement_in_force().hours.next_open(days.start_of(revisit_on))
    ask(DueRevisit, "lead_id", [row.lead_id for row in rows], due_at=due_at)
    Task.objects.bulk_create(
        Task(
            lead_id=row.lead_id,
            assignee_id=by.user_id,
            kind=TaskKind.CALL,
            due_at=due_at,
            origin=TaskOrigin.REVISIT,
            created_by_id=by.user_id,
            created_at=as_of,
        )
        for row in rows
    )
