"""Landing pages: who saw them, how long, and what came of it; machines are left out.

Conversion is the share of the visitors who sent a form on the page (source 001). Visitors agreed to
be measured; leads did not have to, so their number stands apart and is no part of that share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Count,
    F,
    FilteredRelation,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from accounts.actor import Actor
from capture.models import Campaign, Page, PageDay, PageEvent, PageEventKind, Touch, TouchPosition
from leads.models.lead import visible_q
from reports.period import Period

MAX_DAYS = 400
SUMS = ("views", "visits", "bounces", "seconds", "timed", "depth", "scrolled", "clicks",
        "machine_views")  # fmt: skip


def _sums(path: str, period: Period) -> dict[str, Coalesce]:
    """Return the sums over the days at ``path``; who comes again within the period counts once."""
    is_new = Q(**{f"{path}before": None}) | Q(**{f"{path}before__lt": period.first})
    acts_anew = Q(**{f"{path}acted_before": None}) | Q(**{f"{path}acted_before__lt": period.first})
    sums = {name: Sum(f"{path}{name}") for name in SUMS}
    sums["visitors"] = Sum(f"{path}visitors", filter=is_new)
    sums["actors"] = Sum(f"{path}actors", filter=acts_anew)
    return {name: Coalesce(total, 0) for name, total in sums.items()}


def _share(part: str, whole: str) -> Func:
    """Return the expression for one sum by another, NULL for a share of nothing."""
    return Cast(F(f"sum_{part}"), FloatField()) / NullIf(  # type: ignore[return-value]
        Cast(F(f"sum_{whole}"), FloatField()), 0.0
    )


_SHARES = {
    "time_on_page": ("seconds", "timed"),
    "bounce_rate": ("bounces", "visits"),
    "conversion": ("actors", "visitors"),
    "scroll_depth": ("depth", "scrolled"),
}


def _with_figures(rows: QuerySet[Any], path: str, period: Period) -> QuerySet[Any]:
    sums = {f"sum_{name}": total for name, total in _sums(path, period).items()}
    shares = {name: _share(part, whole) for name, (part, whole) in _SHARES.items()}
    counted: QuerySet[Any] = rows.annotate(**sums).annotate(**shares)
    return counted


def _days(period: Period, campaign: Campaign | None) -> Q:
    """Return the days of ``period`` as the visitors of ``campaign`` saw them, or everybody."""
    return Q(days__day__gte=period.first, days__day__lte=period.last, days__campaign=campaign)


def _lead_count(touches: QuerySet[Touch], column: str) -> Coalesce:
    rows = touches.order_by().values(column).annotate(total=Count("lead", distinct=True))
    return Coalesce(Subquery(rows.values("total"), output_field=IntegerField()), 0)


def _touches(period: Period, actor: Actor) -> QuerySet[Touch]:
    """Return the forms of ``period`` that made somebody a lead whom ``actor`` may see."""
    return Touch.objects.filter(
        visible_q(actor, "lead__"),
        position=TouchPosition.LAST,
        occurred_at__gte=period.start,
        occurred_at__lt=period.end,
    )


def pages_with_figures(
    period: Period, *, actor: Actor, campaign: Campaign | None = None
) -> QuerySet[Page]:
    """Return the pages that somebody saw in ``period`` or sent a form from, with their figures.

    ``sum_…`` are counts, ``time_on_page`` seconds of a view, the others shares between 0 and 1, or
    None; ``scroll_depth`` is in percent. With ``campaign`` those count who came by it.
    """
    touches = _touches(period, actor).filter(page=OuterRef("pk"))
    if campaign is not None:
        touches = touches.filter(campaign=campaign)
    seen = Page.objects.annotate(seen=FilteredRelation("days", condition=_days(period, campaign)))
    rows: QuerySet[Page] = _with_figures(seen, "seen__", period).annotate(
        lead_count=_lead_count(touches, "page")
    )
    return rows.filter(Q(sum_views__gt=0) | Q(sum_machine_views__gt=0) | Q(lead_count__gt=0))


def campaigns_by_visits(
    period: Period, *, actor: Actor, page: Page | None = None
) -> Sequence[Campaign]:
    """Return the campaigns by which somebody came in ``period``, with the same figures.

    With ``page`` only of that page; the one with most visitors first.
    """
    condition = Q(
        page_days__day__gte=period.first, page_days__day__lte=period.last, page_days__page=page
    )
    touches = _touches(period, actor).filter(campaign=OuterRef("pk"))
    if page is not None:
        touches = touches.filter(page=page)
    seen = Campaign.objects.annotate(seen=FilteredRelation("page_days", condition=condition))
    rows = _with_figures(seen, "seen__", period).annotate(
        lead_count=_lead_count(touches, "campaign")
    )
    return list(rows.filter(sum_views__gt=0).order_by("-sum_visitors", "name"))


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures of a page, or all in all; shares are None where there is nothing to divide by."""

    sums: Mapping[str, int]
    leads: int

    def _by(self, part: str, whole: str) -> float | None:
        return self.sums[part] / self.sums[whole] if self.sums[whole] else None

    @property
    def visitors(self) -> int:
        """Different people, as far as they agreed to be measured."""
        return self.sums["visitors"]

    @property
    def actors(self) -> int:
        """Those of them who sent a form."""
        return self.sums["actors"]

    @property
    def views(self) -> int:
        """How often it was looked at."""
        return self.sums["views"]

    @property
    def machine_views(self) -> int:
        """How often machines loaded it, which is no part of anything else."""
        return self.sums["machine_views"]

    @property
    def conversion(self) -> float | None:
        """Actors by visitors."""
        return self._by("actors", "visitors")

    @property
    def bounce_rate(self) -> float | None:
        """Visits that began here and ended at once, by those that began here."""
        return self._by("bounces", "visits")

    @property
    def time_on_page(self) -> float | None:
        """Seconds in the foreground by views of which that is known."""
        return self._by("seconds", "timed")

    @property
    def scroll_depth(self) -> float | None:
        """Percent of the page that were reached."""
        return self._by("depth", "scrolled")


def _rows(period: Period, page: Page | None, campaign: Campaign | None) -> QuerySet[PageDay]:
    return PageDay.objects.filter(
        day__gte=period.first, day__lte=period.last, page=page, campaign=campaign
    )


def totals(
    period: Period,
    *,
    actor: Actor,
    page: Page | None = None,
    campaign: Campaign | None = None,
) -> Totals:
    """Return the figures of ``page`` or of all pages together, in which a person counts once."""
    touches = _touches(period, actor).filter(page__isnull=False)
    if page is not None:
        touches = touches.filter(page=page)
    if campaign is not None:
        touches = touches.filter(campaign=campaign)
    leads = touches.aggregate(count=Count("lead", distinct=True))["count"]
    return Totals(_rows(period, page, campaign).aggregate(**_sums("", period)), leads)


def by_day(
    period: Period, *, page: Page | None = None, campaign: Campaign | None = None
) -> list[tuple[date, int, int]]:
    """Return each day of ``period`` with its visitors and how many of them sent a form.

    Of a period of more than ``MAX_DAYS`` days only the last: nobody reads more points.
    """
    rows = _rows(period, page, campaign).order_by().values("day")
    found = {
        row["day"]: (row["seen"], row["acted"])
        for row in rows.annotate(seen=Sum("visitors"), acted=Sum("actors"))
    }
    length = min((period.last - period.first).days, MAX_DAYS - 1)
    calendar = [period.last - timedelta(days=ago) for ago in range(length, -1, -1)]
    return [(day, *found.get(day, (0, 0))) for day in calendar]


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done on a page and how often."""

    label: str
    what: str
    count: int


def done_on(page: Page, period: Period, *, limit: int = 20) -> list[Done]:
    """Return what people clicked and the website reported on ``page``, the most frequent first.

    Only of the time that single visits are kept.
    """
    events = PageEvent.objects.filter(
        view__page=page,
        view__is_machine=False,
        occurred_at__gte=period.start,
        occurred_at__lt=period.end,
    ).exclude(kind=PageEventKind.FORM)
    rows = events.order_by().values("kind", "name", "url").annotate(count=Count("pk"))
    return [
        Done(str(PageEventKind(row["kind"]).label), row["name"] or row["url"], row["count"])
        for row in rows.order_by("-count", "name", "url")[:limit]
    ]
