"""Noting what was spent in which month, and taking that back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.activities import COSTS_CHANGED
from capture.costs.months import month_key, month_name
from capture.models import Campaign, Cost, CostChange, CostKind
from ground.asked import EARLIEST, LATEST
from ground.errors import ConflictError, DomainError

LARGEST = Decimal("9999999999.99")
# Costs are saved a few times a month; one after the other is quick enough and loses nothing.
_COST_LOCK = 7_366_170_301

Key = tuple[int | None, date, str]


@dataclass(frozen=True, slots=True)
class CostCell:
    """What was spent in ``month`` (its first day) on ``kind``; None takes the amount away.

    Without ``campaign_id`` it was spent for all campaigns. ``seen`` says that ``before`` is what
    the writer saw there: when it is something else by now, nothing is saved.
    """

    campaign_id: int | None
    month: date
    kind: str
    amount: Decimal | None
    seen: bool = False
    before: Decimal | None = None

    @property
    def key(self) -> Key:
        """What there is one amount of."""
        return self.campaign_id, self.month, self.kind

    @property
    def field(self) -> str:
        """The name of the cell in forms."""
        return f"{month_key(self.month)}_{self.kind}"

    @property
    def name(self) -> str:
        """The cell in words."""
        return f"{month_name(self.month)}, {CostKind(self.kind).label}"


@action
def save_costs(
    cells: Sequence[CostCell],
    *,
    by: Actor,
    as_of: datetime,
    campaign_id: int | None = None,
    is_sample: bool = False,
) -> CostChange | None:
    """Save amounts all together or not at all; None when all of them are there already.

    ``campaign_id`` is the campaign in whose history the change stands. Raises ``DomainError``
    (``kind_missing``, ``month_invalid``, ``amount_negative``, ``amount_large``) and
    ``ConflictError`` (``cost_changed``); ``field`` is that of the cell. Takes one lock for all
    costs.
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    _lock()
    for cell in cells:
        _refuse(cell)
    known = _known(cells)
    changed = [cell for cell in cells if known.get(cell.key) != cell.amount]
    for cell in changed:
        _refuse_stale(cell, known.get(cell.key))
    if not changed:
        return None
    _write(changed, as_of=as_of, is_sample=is_sample)
    return _note(changed, known, campaign_id, by=by, as_of=as_of, is_sample=is_sample)


@action
def undo_costs(change_id: int, *, by: Actor, as_of: datetime) -> CostChange | None:
    """Put the amounts back that stood there before a change; itself a change in the history.

    Raises ``DomainError`` (``undone_already``) and ``ConflictError`` (``cost_changed``) where one
    of them was changed again since.
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    _lock()
    change = CostChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    if change.undone_at is not None:
        raise DomainError("undone_already", _("This was taken back already."))
    named = [row["campaign"] for row in change.cells if row["campaign"]]
    campaigns = {
        str(key): pk
        for pk, key in Campaign.objects.filter(public_id__in=named).values_list("pk", "public_id")
    }
    back = [
        CostCell(
            campaigns.get(row["campaign"]),
            date.fromisoformat(row["month"]),
            row["kind"],
            _amount(row["before"]),
            seen=True,
            before=_amount(row["after"]),
        )
        for row in change.cells
    ]
    undone = save_costs(
        back,
        by=by,
        as_of=as_of,
        campaign_id=change.campaign_id,
        is_sample=change.is_sample,
    )
    CostChange.objects.filter(pk=change.pk).update(undone_at=as_of)
    return undone


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_COST_LOCK])


def _refuse(cell: CostCell) -> None:
    if cell.kind not in CostKind.values:
        raise DomainError("kind_missing", _("Say what the money was spent on."), "kind")
    if cell.month.day != 1 or not EARLIEST <= cell.month <= LATEST:
        raise DomainError("month_invalid", _("This is no month of which costs are kept."), "month")
    if cell.amount is not None and cell.amount < 0:
        message = _("%(cell)s: a cost cannot be negative.") % {"cell": cell.name}
        raise DomainError("amount_negative", message, cell.field)
    if cell.amount is not None and cell.amount > LARGEST:
        message = _("%(cell)s: this amount is too large.") % {"cell": cell.name}
        raise DomainError("amount_large", message, cell.field)


def _refuse_stale(cell: CostCell, present: Decimal | None) -> None:
    if not cell.seen or cell.before == present:
        return
    there = "–" if present is None else number_format(present, 2)
    message = _("%(cell)s was changed meanwhile. Now it says: %(amount)s.")
    raise ConflictError(
        "cost_changed",
        message % {"cell": cell.name, "amount": there},
        cell.field,
        details={"present": None if present is None else str(present)},
    )


def _known(cells: Sequence[CostCell]) -> dict[Key, Decimal]:
    months = {cell.month for cell in cells}
    keys = {cell.campaign_id for cell in cells}
    whose = Q(campaign__in=keys - {None})
    if None in keys:
        whose |= Q(campaign=None)
    rows = Cost.objects.filter(whose, month__in=months)
    return {(row.campaign_id, row.month, row.kind): row.amount for row in rows}


def _write(cells: Sequence[CostCell], *, as_of: datetime, is_sample: bool) -> None:
    gone = Q(pk__in=[])
    for cell in cells:
        if cell.amount is None:
            gone |= Q(campaign=cell.campaign_id, month=cell.month, kind=cell.kind)
    Cost.objects.filter(gone).delete()
    Cost.objects.bulk_create(
        (
            Cost(
                campaign_id=cell.campaign_id,
                month=cell.month,
                kind=cell.kind,
                amount=cell.amount,
                changed_at=as_of,
                is_sample=is_sample,
            )
            for cell in cells
            if cell.amount is not None
        ),
        update_conflicts=True,
        unique_fields=["campaign", "month", "kind"],
        update_fields=["amount", "changed_at"],
    )


def _note(
    cells: Sequence[CostCell],
    known: Mapping[Key, Decimal],
    campaign_id: int | None,
    *,
    by: Actor,
    as_of: datetime,
    is_sample: bool,
) -> CostChange:
    keys = {cell.campaign_id for cell in cells} - {None}
    campaigns = Campaign.objects.in_bulk(keys)
    told = [_told(cell, campaigns, known.get(cell.key)) for cell in cells]
    change = CostChange.objects.create(
        at=as_of,
        actor_label=by.label[:150],
        campaign_id=campaign_id,
        cells=told,
        is_sample=is_sample,
    )
    audit.record(COSTS_CHANGED, by=by, as_of=as_of, about=change, data={"cells": told})
    return change


def _told(
    cell: CostCell, campaigns: Mapping[Any, Campaign], before: Decimal | None
) -> dict[str, str | None]:
    campaign = campaigns.get(cell.campaign_id)
    return {
        "campaign": str(campaign.public_id) if campaign else None,
        "name": campaign.name if campaign else "",
        "month": cell.month.isoformat(),
        "kind": cell.kind,
        "before": None if before is None else str(before),
        "after": None if cell.amount is None else str(cell.amount),
    }


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
