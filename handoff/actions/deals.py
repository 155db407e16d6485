"""Deals while they are open."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.action import action
from accounts.actor import Actor, delegated
from accounts.models import User
from accounts.rights import LeadScope, Right
from ground.errors import ConflictError, DomainError
from handoff.activities import OPPORTUNITY_CHANGED, OPPORTUNITY_CREATED
from handoff.authority import may_work
from handoff.models import OPEN_STAGES, Currency, DealStage, Opportunity
from handoff.queries import lock_visible
from leads.actions.lifecycle import change_stage, open_episodes
from leads.actions.timeline import NewActivity, record
from leads.gates import check_gates
from leads.models import Episode, Lead
from leads.normalise import clean_text
from leads.stages import Channel, Stage

_TEXTS = {"name": 200, "price_tolerance": 500, "delivery_tolerance": 500}
EDITABLE = frozenset({*_TEXTS, "amount", "currency", "closes_on", "owner_id"})
FINISHED = (Stage.CUSTOMER, Stage.PROMOTER)


@dataclass(frozen=True, slots=True)
class NewDeal:
    """A deal to be opened with a lead.

    ``exception`` says why neither a talk nor an offer came first.
    """

    lead_id: int
    name: str
    amount: Decimal | None = None
    currency: str = Currency.EUR
    closes_on: date | None = None
    owner_id: int | None = None
    price_tolerance: str = ""
    delivery_tolerance: str = ""
    is_offer_sent: bool = False
    exception: str = ""


@action
def create_opportunities(
    deals: Sequence[NewDeal], *, by: Actor, as_of: datetime
) -> list[Opportunity]:
    """Open deals; their leads become opportunities, those of customers in a new episode.

    Leads that the actor may not see are left out. Raises ``DomainError``: ``follow_up_missing``
    unless a talk is logged, an offer was sent or ``exception`` says why not; ``not_with_sales``
    for a lead that sales has not accepted; ``deal_name``, ``deal_amount``, ``owner_cannot_work``.
    """
    by.require(Right.DEALS_EDIT)
    for deal in deals:
        _check({"name": deal.name, "amount": deal.amount, "currency": deal.currency})
    _check_owners({deal.owner_id for deal in deals}, by)
    leads = {lead.pk: lead for lead in lock_visible([deal.lead_id for deal in deals], by=by)}
    deals = [deal for deal in deals if deal.lead_id in leads]
    for deal in deals:
        _raise_stage(leads[deal.lead_id], deal, by=by, as_of=as_of)
    episodes = dict(
        Episode.objects.filter(lead__in=leads, closed_at=None).values_list("lead_id", "pk")
    )
    rows = Opportunity.objects.bulk_create(
        Opportunity(
            lead_id=deal.lead_id,
            episode_id=episodes[deal.lead_id],
            name=clean_text(deal.name, limit=200),
            owner_id=deal.owner_id or leads[deal.lead_id].owner_id or by.user_id,
            stage=DealStage.NEW,
            stage_at=as_of,
            amount=deal.amount,
            currency=deal.currency,
            closes_on=deal.closes_on,
            offer_sent_at=as_of if deal.is_offer_sent else None,
            price_tolerance=clean_text(deal.price_tolerance, limit=500),
            delivery_tolerance=clean_text(deal.delivery_tolerance, limit=500),
            created_by_id=by.user_id,
            created_at=as_of,
            updated_at=as_of,
        )
        for deal in deals
    )
    tell(rows, OPPORTUNITY_CREATED, by=by, as_of=as_of)
    return rows


@action
def change_opportunities(
    deal_ids: Sequence[int],
    *,
    values: Mapping[str, Any],
    by: Actor,
    as_of: datetime,
    version: int | None = None,
) -> list[Opportunity]:
    """Change what deals say (columns of ``EDITABLE``); those that say so already are left alone.

    With ``version`` a deal that was changed since is refused (``ConflictError``, ``changed``).
    """
    unknown = set(values) - EDITABLE
    if unknown:
        raise ValueError(f"These cannot be changed: {', '.join(sorted(unknown))}.")
    _check(values)
    _check_owners({values.get("owner_id")}, by)
    new = {
        name: clean_text(value, limit=_TEXTS[name]) if name in _TEXTS else value
        for name, value in values.items()
    }
    changes: dict[int, dict[str, list[Any]]] = {}
    rows = []
    for row in lock_deals(deal_ids, by=by):
        if version is not None and row.version != version:
            raise ConflictError(
                "changed", gettext_lazy("Somebody has changed this deal in between.")
            )
        old = {name: getattr(row, name) for name in new}
        if old != new:
            changes[row.pk] = {
                name: [_plain(old[name]), _plain(new[name])]
                for name in new
                if old[name] != new[name]
            }
            for name, value in new.items():
                setattr(row, name, value)
            rows.append(row)
    save_deals(rows, [name.removesuffix("_id") for name in new], as_of=as_of)
    more = {pk: {"changes": change} for pk, change in changes.items()}
    tell(rows, OPPORTUNITY_CHANGED, by=by, as_of=as_of, more=more)
    return rows


@action
def move_opportunities(
    deal_ids: Sequence[int], *, to: DealStage, by: Actor, as_of: datetime
) -> list[Opportunity]:
    """Move open deals to another open stage; those that are there already are left alone.

    Raises ``DomainError``: ``deal_closed`` for a deal that was won or lost, ``deal_stage`` for a
    stage that closes a deal, which ``win_`` and ``lose_opportunities`` do.
    """
    if to not in OPEN_STAGES:
        raise DomainError("deal_stage", _("Say how the deal ended."), field="stage")
    rows = [row for row in lock_deals(deal_ids, by=by) if row.stage != to]
    refuse_closed(rows)
    more = {row.pk: {"changes": {"stage": [row.stage, to.value]}} for row in rows}
    for row in rows:
        row.stage, row.stage_at = to, as_of
    save_deals(rows, ["stage", "stage_at"], as_of=as_of)
    tell(rows, OPPORTUNITY_CHANGED, by=by, as_of=as_of, more=more)
    return rows


@action
def mark_offers_sent(deal_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Opportunity]:
    """Note that an offer went out; one that is noted already keeps its time."""
    rows = [row for row in lock_deals(deal_ids, by=by) if row.offer_sent_at is None]
    refuse_closed(rows)
    for row in rows:
        row.offer_sent_at = as_of
    save_deals(rows, ["offer_sent_at"], as_of=as_of)
    more = {row.pk: {"changes": {"offer_sent_at": [None, as_of.isoformat()]}} for row in rows}
    tell(rows, OPPORTUNITY_CHANGED, by=by, as_of=as_of, more=more)
    return rows


def lock_deals(deal_ids: Collection[int], *, by: Actor) -> list[Opportunity]:
    """Return the deals that the actor may see, with their leads, locked; leads first."""
    by.require(Right.DEALS_EDIT)
    visible = Opportunity.objects.visible_to(by).filter(pk__in=deal_ids)
    leads = lock_visible(set(visible.order_by().values_list("lead_id", flat=True)), by=by)
    return list(
        Opportunity.objects.filter(pk__in=deal_ids, lead__in=[lead.pk for lead in leads])
        .select_related("lead", "owner")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )


def save_deals(rows: Sequence[Opportunity], columns: Sequence[str], *, as_of: datetime) -> None:
    """Write ``columns`` of changed deals with their new version."""
    for row in rows:
        row.updated_at, row.version = as_of, row.version + 1
    Opportunity.objects.bulk_update(rows, [*columns, "updated_at", "version"])


def tell(
    rows: Sequence[Opportunity],
    kind: str,
    *,
    by: Actor,
    as_of: datetime,
    more: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """Put what happened to deals on the timelines of their leads."""
    record(
        [
            NewActivity(
                row.lead_id,
                kind,
                as_of,
                {
                    "deal": str(row.public_id),
                    "name": row.name,
                    "stage": row.stage,
                    "amount": None if row.amount is None else str(row.amount),
                    "currency": row.currency,
                    **(more or {}).get(row.pk, {}),
                },
            )
            for row in rows
        ],
        by=by,
        as_of=as_of,
    )


def refuse_closed(rows: Sequence[Opportunity]) -> None:
    """Raise ``DomainError`` (``deal_closed``) for a deal that was won or lost."""
    for row in rows:
        if not row.is_open:
            raise DomainError(
                "deal_closed",
                _("“%(deal)s” is closed: %(stage)s.")
                % {"deal": row.name, "stage": row.get_stage_display()},
            )


def _plain(value: Any) -> Any:
    """Return a column's value as JSON keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _raise_stage(lead: Lead, deal: NewDeal, *, by: Actor, as_of: datetime) -> None:
    reason = deal.exception.strip() or (_("Offer sent") if deal.is_offer_sent else "")
    if lead.stage in FINISHED:
        check_gates(Stage.OPPORTUNITY, [lead.pk], by=by, as_of=as_of, reason=reason)
        editor = delegated(by, Right.LEADS_EDIT)
        open_episodes(
            [lead.pk],
            channel=Channel.PERSONAL,
            source_detail=clean_text(deal.name, limit=200),
            stage=Stage.OPPORTUNITY,
            by=editor,
            as_of=as_of,
        )
    elif lead.stage == Stage.SQL:
        seller = delegated(by, Right.STAGE_SALES)
        change_stage([lead.pk], to=Stage.OPPORTUNITY, by=seller, as_of=as_of, reason=reason)
    elif lead.stage != Stage.OPPORTUNITY:
        raise DomainError(
            "not_with_sales",
            _("%(lead)s is “%(stage)s”: sales must accept the lead first.")
            % {"lead": lead, "stage": lead.get_stage_display()},
        )


def _check(values: Mapping[str, Any]) -> None:
    if "name" in values and not str(values["name"]).strip():
        raise DomainError("deal_name", _("Give the deal a name."), field="name")
    amount = values.get("amount")
    if amount is not None and not 0 <= amount < Decimal(10) ** 10:
        raise DomainError("deal_amount", _("This is not a possible amount."), field="amount")
    if values.get("currency", Currency.EUR) not in Currency.values:
        raise DomainError("deal_currency", _("Choose a currency."), field="currency")


def _check_owners(user_ids: set[int | None], by: Actor) -> None:
    for person in User.objects.filter(pk__in=[key for key in user_ids if key is not None]):
        in_team = by.team_id is not None and person.team_id == by.team_id
        foreign = by.lead_scope != LeadScope.ALL and person.pk != by.user_id and not in_team
        if foreign or not may_work(person):
            raise DomainError(
                "owner_cannot_work", _("This person cannot own deals."), field="owner"
            )
