"""Moving leads about within sales: distribute, take from the pool, take on what one found."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Team, User
from accounts.rights import Right
from ground.errors import DomainError, NotAllowedError
from handoff.actions.answers import accept_handoffs
from handoff.actions.offers import (
    check_target,
    close,
    lock_handoffs,
    pass_informing,
)
from handoff.actions.opening import Opening, open_handoffs
from handoff.activities import HANDOFF_WITHDRAWN
from handoff.assignment import in_every_language
from handoff.briefing import build_briefings
from handoff.models import Handoff, HandoffOrigin, HandoffState
from handoff.queries import agreement_in_force, lock_visible
from leads.models import Lead
from leads.stages import RANK, Stage


@action
def distribute_leads(
    lead_ids: Sequence[int],
    *,
    by: Actor,
    as_of: datetime,
    to_user: User | None = None,
    to_team: Team | None = None,
    override: str = "",
) -> list[Handoff]:
    """Give leads of sales to a person or to the pool of a team; the manager's distribution.

    An open hand-over is withdrawn first. A manager gives within the own team; leads that are
    already open with the same person are left alone, leads that the actor may not see are left
    out. MQLs that only gather information need the reason ``override``, as in ``offer_leads``.
    Raises ``NotAllowedError`` (``foreign_team``) and ``DomainError`` (``target_missing``,
    ``target_cannot_work``, ``not_for_sales``, ``only_information``).
    """
    by.require(Right.HANDOFF_DISTRIBUTE)
    if (to_user is None) == (to_team is None):
        raise DomainError("target_missing", gettext_lazy("Choose a person or a team."), "to_user")
    check_target(to_user, to_team)
    _refuse_foreign_team(by, to_user.team_id if to_user else to_team.pk if to_team else None)
    leads = lock_visible(lead_ids, by=by)
    _refuse_before_sales(leads)
    open_rows = lock_handoffs(
        list(Handoff.objects.open().filter(lead__in=leads).values_list("pk", flat=True)), by=by
    )
    stays = {
        row.lead_id
        for row in open_rows
        if (row.to_user_id if to_user else row.to_team_id if row.is_pool else None)
        == (to_user or to_team).pk  # type: ignore[union-attr]
    }
    leaving = [row for row in open_rows if row.lead_id not in stays]
    if leaving:
        close(leaving, HandoffState.WITHDRAWN, HANDOFF_WITHDRAWN, by=by, as_of=as_of)
    leads = [lead for lead in leads if lead.pk not in stays]
    reason = in_every_language(lambda: _("Distributed by {name}").format(name=by.label))
    briefings = build_briefings(leads, as_of=as_of)
    handed = {row.lead_id for row in open_rows}
    new = [lead for lead in leads if lead.stage == Stage.MQL and lead.pk not in handed]
    pass_informing(new, briefings, override, by=by, as_of=as_of)
    openings = [
        Opening(lead, to_user, to_team, HandoffOrigin.DISTRIBUTED, reason, briefings[lead.pk])
        for lead in leads
    ]
    return open_handoffs(openings, agreement=agreement_in_force(), by=by, as_of=as_of)


@action
def claim_handoffs(handoff_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Handoff]:
    """Take leads out of the pool of the own team, which accepts them; of two at once one wins.

    Raises what ``accept_handoffs`` raises.
    """
    by.require(Right.LEADS_CLAIM, Right.LEADS_ASSIGN)
    return accept_handoffs(handoff_ids, by=by, as_of=as_of)


@action
def accept_own_leads(lead_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Handoff]:
    """Make SQLs of leads that the actor owns without hand-over: found by sales, or taken.

    Writes a hand-over from the rep to the rep that is accepted at once, so that the log of SQLs
    is one. An open hand-over to the actor is accepted. Leads that are SQL or further already are
    left alone. Raises ``NotAllowedError`` (``not_owner``) for the lead of somebody else.
    """
    by.require(Right.HANDOFF_WORK)
    leads = lock_visible(lead_ids, by=by)
    if any(lead.owner_id is None or lead.owner_id != by.user_id for lead in leads):
        raise NotAllowedError("not_owner", gettext_lazy("Take the lead first."))
    leads = [lead for lead in leads if RANK.get(lead.stage, 0) < RANK[Stage.SQL]]
    offered = list(Handoff.objects.open().filter(lead__in=leads))
    accepted = accept_handoffs([row.pk for row in offered], by=by, as_of=as_of) if offered else []
    handled = {row.lead_id for row in offered}
    return accepted + _take_on(
        [lead for lead in leads if lead.pk not in handled], by=by, as_of=as_of
    )


def _take_on(leads: Sequence[Lead], *, by: Actor, as_of: datetime) -> list[Handoff]:
    if not leads:
        return []
    found, taken = HandoffOrigin.SELF_SOURCED, HandoffOrigin.CLAIMED
    openings = []
    for lead in leads:
        origin = found if lead.is_sales_sourced else taken
        reason = in_every_language(lambda origin=origin: str(origin.label))  # type: ignore[misc]
        openings.append(Opening(lead, lead.owner, None, origin, reason))
    rows = open_handoffs(openings, agreement=None, by=by, as_of=as_of)
    return accept_handoffs([row.pk for row in rows], by=by, as_of=as_of)


def _refuse_foreign_team(by: Actor, team_id: int | None) -> None:
    if by.may(Right.USERS_MANAGE) or team_id == by.team_id:
        return
    raise NotAllowedError("foreign_team", gettext_lazy("You distribute within your own team."))


def _refuse_before_sales(leads: Sequence[Lead]) -> None:
    for lead in leads:
        if lead.stage not in (Stage.MQL, Stage.SQL, Stage.OPPORTUNITY):
            raise DomainError(
                "not_for_sales",
                _("%(lead)s is “%(stage)s” and not with sales.")
                % {"lead": lead, "stage": lead.get_stage_display()},
            )
