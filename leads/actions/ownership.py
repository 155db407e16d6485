"""Who cares for a lead."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import User
from accounts.rights import LeadScope, Right
from ground.errors import ConflictError
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record
from leads.activities import LEAD_OWNER_CHANGED
from leads.models import Lead


@action
def assign_leads(
    lead_ids: Sequence[int],
    *,
    owner: User | None,
    by: Actor,
    as_of: datetime,
    reason: str = "",
    team_id: int | None = None,
) -> int:
    """Give leads to ``owner``, or back to the pool of ``team_id`` when None; returns how many.

    Leads that are the owner's already are left alone; leads that the actor may not see are left
    out. Needs the right to assign.
    """
    by.require(Right.LEADS_ASSIGN)
    return _give(lead_ids, owner, team_id, by=by, as_of=as_of, reason=reason)


@action
def claim_lead(lead_id: int, *, owner: User, by: Actor, as_of: datetime) -> None:
    """Take a lead out of the pool for ``owner``; of two who try at once, one wins.

    Raises ``ConflictError`` with code ``already_taken`` when somebody has it.
    """
    by.require(Right.LEADS_CLAIM, Right.LEADS_ASSIGN)
    lead = lock_leads([lead_id]).first()
    if lead is None or lead.owner_id not in (None, owner.pk):
        raise ConflictError("already_taken", _("Somebody else has taken this lead."))
    _give([lead_id], owner, None, by=by, as_of=as_of, reason="")


def _give(
    lead_ids: Sequence[int],
    owner: User | None,
    team_id: int | None,
    *,
    by: Actor,
    as_of: datetime,
    reason: str,
) -> int:
    new_owner = owner.pk if owner else None
    new_team = owner.team_id if owner else team_id
    locked = lock_leads(lead_ids)
    if by.lead_scope != LeadScope.ALL:
        locked = locked.visible_to(by)  # type: ignore[attr-defined]
    moving = [lead for lead in locked if (lead.owner_id, lead.team_id) != (new_owner, new_team)]
    if not moving:
        return 0
    Lead.objects.filter(pk__in=[lead.pk for lead in moving]).update(
        owner=owner, team_id=new_team, owner_since=as_of if owner else None, updated_at=as_of
    )
    record(
        [
            NewActivity(
                lead.pk,
                LEAD_OWNER_CHANGED,
                as_of,
                {
                    "from": lead.owner_id,
                    "to": new_owner,
                    "to_name": owner.display_name if owner else "",
                    "from_team": lead.team_id,
                    "to_team": new_team,
                    "reason": reason,
                },
            )
            for lead in moving
        ],
        by=by,
        as_of=as_of,
    )
    return len(moving)
