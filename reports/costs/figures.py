"""What leads cost: of a campaign, of all of them, and month by month.

The cost of a campaign is what was spent on it and its share of what was spent for all. In each
month every new lead bears the same part of the common costs, whichever campaign it came by; what
leads without campaign bear, and a month without leads, stays with no campaign.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from accounts.actor import Actor
from capture.costs.months import month_of, months_between
from capture.models import ASKED_KINDS, Campaign, Cost, CostKind
from reports.costs.credits import (
    Credit,
    Credits,
    count_credits,
    count_newcomers,
    count_uncredited,
)

CENT = Decimal("0.01")
Amounts = Mapping[str, Decimal]


def per(cost: Decimal | None, number: int) -> Decimal | None:
    """Return what one of ``number`` costs, to the cent; None where there is nothing to divide."""
    if cost is None or not number:
        return None
    return (cost / number).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Costed:
    """Costs and the leads that they brought.

    ``own`` are the amounts entered by kind; ``common`` is the share of what was spent for all. A
    kind that nobody entered is absent from ``own``, which zero is not.
    """

    own: Amounts = field(default_factory=dict)
    common: Decimal = Decimal(0)
    credit: Credit = field(default_factory=Credit)
    has_common: bool = False

    @property
    def spent(self) -> Decimal:
        """What was entered."""
        return sum(self.own.values(), Decimal(0))

    @property
    def total(self) -> Decimal | None:
        """All of it; None where nothing was entered at all."""
        return self.spent + self.common if self.own or self.has_common else None

    @property
    def per_lead(self) -> Decimal | None:
        """All of it by leads."""
        return per(self.total, self.credit.leads)

    @property
    def per_mql(self) -> Decimal | None:
        """All of it by those who became MQL."""
        return per(self.total, self.credit.mql)

    @property
    def per_sql(self) -> Decimal | None:
        """All of it by those who became SQL."""
        return per(self.total, self.credit.sql)

    @property
    def per_customer(self) -> Decimal | None:
        """All of it by those who became customers."""
        return per(self.total, self.credit.customers)

    @property
    def ads_per_lead(self) -> Decimal | None:
        """Only the ads by leads (source 001)."""
        return per(self.own.get(CostKind.MEDIA), self.credit.leads)

    @property
    def wasted(self) -> Decimal | None:
        """The part of the cost that fell on people who were sorted out."""
        out, all_of_them = self.credit.sorted_out, self.credit.sorted_out + self.credit.leads
        if self.total is None or not all_of_them:
            return None
        return (self.total * out / all_of_them).quantize(CENT, ROUND_HALF_UP)

    @classmethod
    def sum(cls, rows: Iterable["Costed"]) -> "Costed":
        """Return all of them together."""
        listed = list(rows)
        own: dict[str, Decimal] = {}
        for row in listed:
            for kind, amount in row.own.items():
                own[kind] = own.get(kind, Decimal(0)) + amount
        return cls(
            own,
            sum((row.common for row in listed), Decimal(0)),
            Credit.sum(row.credit for row in listed),
            any(row.has_common for row in listed),
        )


Months = dict[date, Costed]


@dataclass(frozen=True, slots=True)
class Books:
    """What was entered: amounts by kind, by campaign (None is for all) and month."""

    entered: Mapping[tuple[int | None, date], Amounts]

    @classmethod
    def read(cls, campaigns: Sequence[Campaign] | None = None) -> "Books":
        """Read what was entered for ``campaigns`` and for all, or everything; one query."""
        rows = Cost.objects.all()
        if campaigns is not None:
            rows = rows.filter(campaign__in=campaigns) | rows.filter(campaign=None)
        entered: dict[tuple[int | None, date], dict[str, Decimal]] = {}
        for row in rows.order_by():
            entered.setdefault((row.campaign_id, row.month), {})[row.kind] = row.amount
        return cls(entered)

    def of(self, campaign_id: int | None, month: date) -> Amounts:
        """Return what was entered for one campaign, or for all, in a month."""
        return self.entered.get((campaign_id, month), {})

    def common(self, month: date) -> Decimal:
        """Return what was spent for all in a month."""
        return sum(self.of(None, month).values(), Decimal(0))

    def months_of(self, campaign_id: int | None) -> list[date]:
        """Return the months of which something was entered."""
        return sorted(month for key, month in self.entered if key == campaign_id)

    def missing(self, campaign_id: int | None, months: Sequence[date]) -> dict[str, list[date]]:
        """Return the kinds that each month needs and of which nothing was entered.

        What was entered for all counts for every campaign.
        """
        missing: dict[str, list[date]] = {}
        for month in months:
            known = {*self.of(campaign_id, month), *self.of(None, month)}
            for kind in ASKED_KINDS:
                if kind not in known:
                    missing.setdefault(kind, []).append(month)
        return missing


def share_of_common(common: Decimal, leads: int, all_leads: int) -> Decimal:
    """Return what ``leads`` of ``all_leads`` bear of ``common``, in whole cents rounded down."""
    if not all_leads:
        return Decimal(0)
    return (common * leads / all_leads).quantize(CENT, ROUND_DOWN)


def cost_campaign(campaign: Campaign, *, actor: Actor, today: date) -> tuple[Months, Books]:
    """Return the costs and leads of ``campaign`` in each month of its life; up to four queries.

    It lives from its first day, cost or lead to its last day or today.
    """
    books = Books.read([campaign])
    credits = count_credits(actor, campaign=campaign)
    months = life(campaign, [*books.months_of(campaign.pk), *(m for _key, m in credits)], today)
    bearers: Mapping[date, int] = {}
    if any(books.common(month) for month in months):
        bearers = count_newcomers(actor)
    return _months(campaign.pk, months, books, credits, bearers), books


def _months(
    key: int | None,
    months: Sequence[date],
    books: Books,
    credits: Credits,
    bearers: Mapping[date, int],
) -> Months:
    costed = {}
    for month in months:
        credit = credits.get((key, month), Credit())
        common = books.common(month)
        share = share_of_common(common, credit.leads, bearers.get(month, 0))
        own = dict(books.of(key, month)) if key is not None else {}
        costed[month] = Costed(own, share, credit, has_common=bool(share))
    return costed


def life(campaign: Campaign, known: Sequence[date], today: date) -> list[date]:
    """Return the months of a campaign: all that are ``known``, and from its first to its last."""
    begun = [*known, *([month_of(campaign.starts_on)] if campaign.starts_on else [])]
    if not begun:
        return []
    last = min(campaign.ends_on or today, today)
    return list(months_between(min(begun), max(last, *known) if known else last))


@dataclass(frozen=True, slots=True)
class Report:
    """What leads cost in a stretch of months.

    ``rows`` are by campaign and month; ``apart`` is what falls on no campaign: its leads, and what
    is left of the common costs. ``everybody`` counts each lead once for each campaign.
    """

    campaigns: list[Campaign]
    rows: Mapping[int, Months]
    apart: Months
    books: Books

    def campaign_total(self, campaign: Campaign) -> Costed:
        """Return a campaign's costs and leads of all months."""
        return Costed.sum(self.rows[campaign.pk].values())

    @property
    def total(self) -> Costed:
        """Everything together."""
        return Costed.sum([*(self.campaign_total(c) for c in self.campaigns), self.rest])

    @property
    def rest(self) -> Costed:
        """What falls on no campaign."""
        return Costed.sum(self.apart.values())


def report(months: Sequence[date], *, actor: Actor) -> Report:
    """Return what leads cost in ``months``; four queries."""
    books = Books.read()
    credits, uncredited = count_credits(actor), count_uncredited(actor)
    bearers = _bearers_of([credits, uncredited])
    campaigns = list(Campaign.objects.order_by("name"))
    rows = {c.pk: _months(c.pk, months, books, credits, bearers) for c in campaigns}
    shown = [c for c in campaigns if _is_shown(rows[c.pk])]
    apart = {
        month: _rest(month, [rows[c.pk][month] for c in campaigns], books, uncredited)
        for month in months
    }
    return Report(shown, rows, apart, books)


def _bearers_of(counted: Iterable[Credits]) -> Mapping[date, int]:
    counts: dict[date, int] = {}
    for credits in counted:
        for (_key, month), credit in credits.items():
            counts[month] = counts.get(month, 0) + credit.leads
    return counts


def _rest(month: date, rows: Sequence[Costed], books: Books, uncredited: Credits) -> Costed:
    left = books.common(month) - sum((row.common for row in rows), Decimal(0))
    credit = uncredited.get((None, month), Credit())
    return Costed({}, left, credit, has_common=bool(books.of(None, month)))


def _is_shown(months: Months) -> bool:
    total = Costed.sum(months.values())
    return bool(total.own or total.credit.leads or total.credit.sorted_out)
