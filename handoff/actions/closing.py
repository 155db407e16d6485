"""How deals end, and what becomes of their leads."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor, delegated
from accounts.rights import Right
from ground import days
from ground.errors import DomainError
from handoff.actions.deals import lock_deals, refuse_closed, save_deals, tell
from handoff.actions.opening import forget_revisits
from handoff.activities import OPPORTUNITY_CHANGED, OPPORTUNITY_LOST, OPPORTUNITY_WON
from handoff.models import DealStage, LostReason, Opportunity
from leads.actions.lifecycle import change_stage
from leads.stages import OtherReason, Stage


@action
def win_opportunities(
    deal_ids: Sequence[int],
    *,
    by: Actor,
    as_of: datetime,
    amount: Decimal | None = None,
    won_on: date | None = None,
) -> list[Opportunity]:
    """Close deals as won; their leads become customers.

    ``amount`` and ``won_on`` replace what is known; today by default. Deals that were won already
    are left alone. Raises ``DomainError``: ``amount_missing``, ``won_in_future``, ``deal_closed``
    for a deal that was lost.
    """
    rows = [row for row in lock_deals(deal_ids, by=by) if row.stage != DealStage.WON]
    refuse_closed(rows)
    if won_on is not None and won_on > days.day_of(as_of):
        raise DomainError("won_in_future", _("This day has not come yet."), field="won_on")
    won_at = as_of if won_on in (None, days.day_of(as_of)) else days.start_of(won_on)  # type: ignore[arg-type]
    for row in rows:
        row.amount = row.amount if amount is None else amount
        if row.amount is None:
            raise DomainError("amount_missing", _("Say what the deal is worth."), field="amount")
        row.stage, row.stage_at, row.won_at = DealStage.WON, as_of, won_at
    save_deals(rows, ["amount", "stage", "stage_at", "won_at"], as_of=as_of)
    more = {row.pk: {"won_at": won_at.isoformat()} for row in rows}
    tell(rows, OPPORTUNITY_WON, by=by, as_of=as_of, more=more)
    _move_leads(rows, Stage.CUSTOMER, _("Deal won"), by=by, as_of=as_of)
    return rows


@action
def lose_opportunities(
    deal_ids: Sequence[int],
    *,
    reason: str,
    by: Actor,
    as_of: datetime,
    text: str = "",
    is_final: bool = False,
) -> list[Opportunity]:
    """Close deals as lost, with a reason.

    A lead without another open deal goes back: to customer when it has bought before, out of the
    funnel when ``is_final``, else to marketing as a lead. Deals that were lost already are left
    alone. Raises ``DomainError``: ``lost_reason_missing``, ``deal_closed``.
    """
    if reason not in LostReason.values:
        raise DomainError("lost_reason_missing", _("Say why."), field="reason")
    rows = [row for row in lock_deals(deal_ids, by=by) if row.stage != DealStage.LOST]
    refuse_closed(rows)
    for row in rows:
        row.stage, row.stage_at, row.lost_at = DealStage.LOST, as_of, as_of
        row.lost_reason, row.lost_text = reason, text.strip()[:500]
    save_deals(rows, ["stage", "stage_at", "lost_at", "lost_reason", "lost_text"], as_of=as_of)
    more = {row.pk: {"lost_reason": reason, "text": text.strip()[:500]} for row in rows}
    tell(rows, OPPORTUNITY_LOST, by=by, as_of=as_of, more=more)
    forget_revisits([row.lead_id for row in rows])
    _send_back(rows, is_final=is_final, by=by, as_of=as_of)
    return rows


@action
def reopen_opportunities(
    deal_ids: Sequence[int], *, by: Actor, as_of: datetime
) -> list[Opportunity]:
    """Take back that deals were closed; they are negotiated again, their leads opportunities."""
    rows = [row for row in lock_deals(deal_ids, by=by) if not row.is_open]
    for row in rows:
        row.stage, row.stage_at = DealStage.NEGOTIATION, as_of
        row.won_at = row.lost_at = None
        row.lost_reason = row.lost_text = ""
    columns = ["stage", "stage_at", "won_at", "lost_at", "lost_reason", "lost_text"]
    save_deals(rows, columns, as_of=as_of)
    more = {row.pk: {"reopened": True} for row in rows}
    tell(rows, OPPORTUNITY_CHANGED, by=by, as_of=as_of, more=more)
    _move_leads(rows, Stage.OPPORTUNITY, _("Deal reopened"), by=by, as_of=as_of)
    return rows


def _send_back(rows: Sequence[Opportunity], *, is_final: bool, by: Actor, as_of: datetime) -> None:
    ids = {row.lead_id for row in rows if row.lead.stage == Stage.OPPORTUNITY}
    others = Opportunity.objects.filter(lead__in=ids).order_by()
    ids -= set(others.open().values_list("lead_id", flat=True))
    bought = ids & set(others.won().values_list("lead_id", flat=True))
    by_target = {Stage.CUSTOMER: bought, Stage.OTHER if is_final else Stage.LEAD: ids - bought}
    marketer = delegated(by, Right.STAGE_MARKETING, Right.STAGE_SALES)
    for stage, group in by_target.items():
        change_stage(
            sorted(group),
            to=stage,
            other_reason=OtherReason.NO_INTEREST.value if stage == Stage.OTHER else "",
            by=marketer,
            as_of=as_of,
            reason=_("Deal lost"),
        )


def _move_leads(
    rows: Sequence[Opportunity], to: Stage, reason: str, *, by: Actor, as_of: datetime
) -> None:
    ids = sorted({row.lead_id for row in rows if row.lead.stage != Stage.PROMOTER})
    if ids:
        seller = delegated(by, Right.STAGE_SALES)
        change_stage(ids, to=to, by=seller, as_of=as_of, reason=reason)
