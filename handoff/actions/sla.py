"""What happens when nobody answers: a reminder, an escalation, the way back to the manager."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from handoff import notices
from handoff.actions.offers import close
from handoff.actions.opening import take_back, told
from handoff.activities import HANDOFF_ESCALATED, HANDOFF_EXPIRED
from handoff.models import Handoff, HandoffState
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record


@action
def remind_handoffs(handoff_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Handoff]:
    """Remind of open hand-overs, once each; returns those that people were reminded of."""
    by.require(Right.HANDOFF_GIVE)
    rows = [row for row in _open(handoff_ids) if row.reminded_at is None]
    for row in rows:
        row.reminded_at = as_of
    Handoff.objects.bulk_update(rows, ["reminded_at"])
    notices.tell_reminded(rows, by=by, as_of=as_of)
    return rows


@action
def escalate_handoffs(handoff_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Handoff]:
    """Mark open hand-overs as overdue and tell the managers, once each; reps may still answer."""
    by.require(Right.HANDOFF_GIVE)
    rows = [row for row in _open(handoff_ids) if row.escalated_at is None]
    for row in rows:
        row.escalated_at = as_of
    Handoff.objects.bulk_update(rows, ["escalated_at"])
    record(
        [NewActivity(row.lead_id, HANDOFF_ESCALATED, as_of, told(row)) for row in rows],
        by=by,
        as_of=as_of,
    )
    notices.tell_managers(notices.OVERDUE, rows, by=by, as_of=as_of)
    return rows


@action
def expire_handoffs(handoff_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Handoff]:
    """End open hand-overs that nobody answered; the leads wait for the manager of the team."""
    by.require(Right.HANDOFF_GIVE)
    rows = list(_open(handoff_ids))
    if not rows:
        return []
    close(rows, HandoffState.EXPIRED, HANDOFF_EXPIRED, by=by, as_of=as_of)
    for team_id in sorted({row.to_team_id or 0 for row in rows}):
        group = [row for row in rows if (row.to_team_id or 0) == team_id]
        take_back(group, team_id=team_id or None, by=by, as_of=as_of, reason=_("Not answered"))
    notices.tell_managers(notices.TO_DISTRIBUTE, rows, by=by, as_of=as_of)
    return rows


def _open(handoff_ids: Sequence[int]) -> list[Handoff]:
    rows = Handoff.objects.open().filter(pk__in=handoff_ids)
    locked = lock_leads(list(rows.order_by().values_list("lead_id", flat=True)))
    return list(
        rows.filter(lead__in=[lead.pk for lead in locked])
        .select_related("lead", "to_user", "to_team")
        .order_by("lead_id", "pk")
        .select_for_update(of=("self",), no_key=True)
    )
