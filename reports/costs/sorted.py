"""Whom a campaign brought for nothing: who was sorted out, for which reason, at what cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounts.actor import Actor
from capture.models import Campaign
from leads.stages import OtherReason
from reports.costs.credits import arrived_by_campaign, arrived_without, ask_arrived
from reports.costs.figures import CENT, Costed, Report
from reports.kept import kept

_COUNT = """
    SELECT campaign, date_trunc('month', moment AT TIME ZONE %(zone)s)::date, lead.other_reason,
        count(*)
    FROM ({arrived}) AS arrived (campaign, lead, moment)
    JOIN {leads} lead ON lead.id = arrived.lead
    WHERE lead.stage = %(other)s AND lead.other_reason = ANY(%(out)s) GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Waste:
    """Those of one campaign (None: of none) who were sorted out for one reason.

    ``share`` is their part of all who came by it, from 0 to 1, ``cost`` the same part of what it
    cost; None where nothing was entered.
    """

    campaign: Campaign | None
    reason: OtherReason
    people: int
    share: Decimal
    cost: Decimal | None


Counts = Mapping[tuple[int | None, str], int]


def count_sorted_out(
    months: Sequence[date], *, actor: Actor, campaign: Campaign | None = None
) -> Counts:
    """Count who was sorted out by campaign and reason, of those who came in ``months``.

    Two queries, one with ``campaign``.
    """
    about = str(campaign.pk) if campaign else "all"
    rows = kept("sorted_out", about, actor, lambda: _count(actor, campaign))
    counts: dict[tuple[int | None, str], int] = {}
    for key, month, reason, number in rows:
        if date.fromisoformat(month) in months:
            counts[key, reason] = counts.get((key, reason), 0) + number
    return counts


def _count(actor: Actor, campaign: Campaign | None) -> list[list[Any]]:
    sources = [arrived_by_campaign(actor, campaign)]
    sources += [arrived_without(actor)] if campaign is None else []
    rows = [row for arrived in sources for row in ask_arrived(_COUNT, arrived)]
    return [[key, month.isoformat(), reason, number] for key, month, reason, number in rows]


def waste_of(found: Report, counts: Counts) -> list[Waste]:
    """Return what fell on whom, by campaign as the report has them, the most people first."""
    rows = [
        row
        for campaign in found.campaigns
        for row in waste_in(campaign, found.campaign_total(campaign), counts)
    ]
    return [*rows, *waste_in(None, found.rest, counts)]


def waste_in(campaign: Campaign | None, total: Costed, counts: Counts) -> list[Waste]:
    """Return what fell on whom of one campaign that cost ``total``."""
    key = campaign.pk if campaign else None
    everybody = total.credit.leads + total.credit.sorted_out
    found = {reason: n for (about, reason), n in counts.items() if about == key and everybody}
    return [
        Waste(
            campaign,
            OtherReason(reason),
            number,
            Decimal(number) / everybody,
            _part(total.total, number, everybody),
        )
        for reason, number in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]


def _part(cost: Decimal | None, number: int, everybody: int) -> Decimal | None:
    return None if cost is None else (cost * number / everybody).quantize(CENT, ROUND_HALF_UP)


def waste_lines(rows: Iterable[Waste]) -> Iterable[list[Any]]:
    """Yield the lines of the export; an empty campaign is none."""
    for row in rows:
        name, code = (row.campaign.name, row.campaign.code) if row.campaign else ("", "")
        yield [name, code, row.reason.value, row.people, (100 * row.share).quantize(CENT), row.cost]
