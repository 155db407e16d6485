"""Showing and saving the table of costs, on whichever page it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor, request_actor
from capture.costs.actions import save_costs
from capture.costs.grid import CostGrid, write_amount
from capture.costs.months import (
    SHOWN,
    last_day,
    month_before,
    month_name,
    month_of,
    read_month,
    stretch,
)
from capture.models import Campaign, CostChange, CostKind
from ground import days
from ground.errors import ConflictError, DomainError
from ground.forms import add_refusal
from ground.toasts import toast

TOLD = 6
Page = Callable[[CostGrid, int], HttpResponse]


def months_asked(request: HttpRequest, campaign: Campaign | None = None) -> list[date]:
    """Return the months of the table: twelve up to the one that is asked for, or this one."""
    last = month_of(days.today())
    if campaign and campaign.ends_on:
        last = min(last, month_of(campaign.ends_on))
    if campaign and campaign.starts_on:
        last = max(last, month_of(campaign.starts_on))
    asked = read_month(request.GET.get("until", ""))
    return stretch(asked if asked and 1901 <= asked.year <= 2999 else last)


@dataclass(frozen=True, slots=True)
class Told:
    """One change of costs in words; ``more`` is how many amounts are not told."""

    public_id: UUID
    at: datetime
    actor_label: str
    undone_at: datetime | None
    lines: list[str]
    more: int


def history(campaign: Campaign | None) -> list[Told]:
    """Return the newest changes of the costs of ``campaign``, or of those of all."""
    return [
        Told(
            row.public_id,
            row.at,
            row.actor_label,
            row.undone_at,
            [_line(cell, campaign) for cell in row.cells[:TOLD]],
            max(0, len(row.cells) - TOLD),
        )
        for row in CostChange.objects.filter(campaign=campaign)[:10]
    ]


def _line(cell: Mapping[str, str | None], campaign: Campaign | None) -> str:
    month = month_name(date.fromisoformat(cell["month"] or ""))
    where = [month, str(CostKind(cell["kind"] or "").label), cell.get("note") or ""]
    if cell["name"] and campaign is None:
        where.insert(0, cell["name"])
    before, after = (_written(cell[name]) for name in ("before", "after"))
    return f"{', '.join(part for part in where if part)}: {before} → {after}"


def _written(amount: str | None) -> str:
    return write_amount(Decimal(amount)) if amount is not None else "–"


def grid_context(grid: CostGrid, campaign: Campaign | None) -> dict[str, Any]:
    """Return what the table needs beside itself."""
    first, last = grid.months[0], grid.months[-1]
    return {
        "grid": grid,
        "campaign": campaign,
        "save_url": reverse("save_campaign_costs", args=[campaign.public_id])
        if campaign
        else reverse("cost_list"),
        "earlier": month_before(first),
        "later": month_before(last, -SHOWN),
        "until": last,
        "is_past": last_day(last) < days.today(),
        "changes": history(campaign),
    }


def save_grid(request: HttpRequest, campaign: Campaign | None, page: Page) -> HttpResponse:
    """Save what was typed into the table; refused, it comes back as ``page`` or as a part."""
    actor = request_actor(request)
    grid = CostGrid(request.POST, campaign=campaign, months=months_asked(request, campaign))
    status = 422
    if grid.is_valid():
        try:
            change = _save(grid, campaign, actor)
        except ConflictError as error:
            grid, status = _show_present(grid, error), 409
        except DomainError as error:
            add_refusal(grid, error)
        else:
            tell_saved(request, change)
            return redirect(costs_page(request, campaign))
    if request.headers.get("HX-Request"):
        context = grid_context(grid, campaign)
        return render(request, "capture/costs/grid.html", context, status=status)
    return page(grid, status)


def _save(grid: CostGrid, campaign: Campaign | None, actor: Actor) -> CostChange | None:
    key = campaign.pk if campaign else None
    return save_costs(grid.cells(), by=actor, as_of=timezone.now(), campaign_id=key)


def tell_saved(request: HttpRequest, change: CostChange | None) -> None:
    """Say how many amounts were saved, with the way back."""
    if change is None:
        toast(request, _("Nothing was changed."))
        return
    number = len(change.cells)
    text = ngettext("%(number)s cost saved.", "%(number)s costs saved.", number)
    toast(
        request, text % {"number": number}, undo_url=reverse("undo_costs", args=[change.public_id])
    )


def costs_page(request: HttpRequest, campaign: Campaign | None) -> str:
    """Return the address on which the costs of ``campaign`` stand, with the months asked for."""
    url = (
        reverse("campaign_detail", args=[campaign.public_id]) if campaign else reverse("cost_list")
    )
    until = read_month(request.GET.get("until", ""))
    return f"{url}?until={until:%Y-%m}" if until else url


def _show_present(grid: CostGrid, error: ConflictError) -> CostGrid:
    """Keep what was typed, say what is there now, and let the next attempt go through."""
    assert isinstance(grid.data, QueryDict)
    data = grid.data.copy()
    present = error.details["present"]
    data[grid.add_initial_prefix(error.field)] = present or ""
    fresh = CostGrid(data, campaign=grid.campaign, months=grid.months)
    fresh.is_valid()
    add_refusal(fresh, error)
    return fresh
