from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.actor import Actor, request_actor
from accounts.models import Organisation
from accounts.rights import Right
from capture.costs.months import month_key, month_name, month_of, months_between
from capture.exporting import csv_response
from capture.models import Campaign, CostKind
from ground import days
from ground.charts import Chart, Series
from reports.costs.figures import Costed, Report, per, report
from reports.costs.panel import by_kind, ladder, name_missing
from reports.costs.plan import told_months
from reports.costs.sorted import count_sorted_out, waste_lines, waste_of
from reports.funnel import count_funnel, share
from reports.kept import is_large
from reports.period import Period, PeriodForm

HEAD = ("month", "campaign", "code", "channel", "ads", "content", "tools", "people", "other",
        "share_of_common_costs", "total", "leads", "mql", "sql", "customers", "hot", "warm",
        "cold", "sorted_out", "per_lead")  # fmt: skip

WASTE_HEAD = ("campaign", "code", "reason", "people", "percent_of_all_who_came", "cost")


def _reader(request: HttpRequest) -> Actor:
    """Return who reads; only roles that see all leads have this right."""
    actor = request_actor(request)
    actor.require(Right.COSTS_READ)
    return actor


def _asked(request: HttpRequest) -> tuple[PeriodForm, Period, list[date]]:
    chosen = request.GET.dict()
    today = days.today()
    chosen.setdefault("first", Period.ending(today, days=365).first.isoformat())
    form = PeriodForm(chosen, today=today)
    months = list(months_between(form.period.first, form.period.last))[-60:]
    return form, form.period, months


@login_required
@require_GET
def report_costs(request: HttpRequest) -> HttpResponse:
    actor = _reader(request)
    form, period, months = _asked(request)
    found = report(months, actor=actor)
    rows = [(c, found.campaign_total(c)) for c in found.campaigns]
    total = _as_in_funnel(found.total, months, actor)
    context = {
        "form": form,
        "period": period,
        "months": months,
        "rows": sorted(rows, key=_quality),
        "rest": found.rest,
        "total": total,
        "kinds": by_kind(_with_common(total, found, months)),
        "channels": _by_channel(found),
        "ladder": ladder(total),
        "missing": name_missing(_missing(found, months)),
        "chart": _chart(found, months),
        "waste": waste_of(found, count_sorted_out(months, actor=actor)),
        "is_kept": is_large(),
    }
    return render(request, "reports/costs/costs.html", context)


def _quality(row: tuple[Campaign, Costed]) -> tuple[float, int, str]:
    """Return by what campaigns are ranked: customers per lead, not their number (source 000)."""
    campaign, credit = row[0], row[1].credit
    return (-(share(credit.customers, credit.leads) or 0), -credit.leads, campaign.name)


def _as_in_funnel(total: Costed, months: list[date], actor: Actor) -> Costed:
    """Return ``total`` with the MQLs of the funnel of these months, each of them once.

    Campaigns share leads, so that their own MQLs add up to more than there are.
    """
    last = month_of(months[-1] + timedelta(days=31)) - timedelta(days=1)
    mql = count_funnel(Period(months[0], last), actor=actor).mql
    return replace(total, credit=replace(total.credit, mql=mql))


def _with_common(total: Costed, found: Report, months: list[date]) -> Costed:
    """Return ``total`` with what was spent for all under its kinds."""
    spent = [Costed(dict(found.books.of(None, month))) for month in months]
    return Costed.sum([Costed(total.own, credit=total.credit), *spent])


def _by_channel(found: Report) -> list[tuple[str, Costed]]:
    channels: dict[str, list[Costed]] = {}
    for campaign in found.campaigns:
        label = str(campaign.get_channel_display())
        channels.setdefault(label, []).append(found.campaign_total(campaign))
    return [(label, Costed.sum(rows)) for label, rows in sorted(channels.items())]


def _missing(found: Report, months: list[date]) -> dict[str, list[date]]:
    """Return what nobody entered in months that are over, for any campaign or for all."""
    over = [month for month in told_months(months, days.today()) if month < days.today()]
    entered: dict[date, set[str]] = {}
    for (_key, month), amounts in found.books.entered.items():
        entered.setdefault(month, set()).update(amounts)
    kinds = [kind for kind in CostKind if kind != CostKind.OTHER]
    missing = {kind: [m for m in over if kind not in entered.get(m, ())] for kind in kinds}
    return {kind: rows for kind, rows in missing.items() if rows}


def _chart(found: Report, months: list[date]) -> Chart:
    by_month = [_of_month(found, month) for month in months]
    whole = found.total.per_lead
    return Chart(
        key="costs",
        kind="line",
        title=_("Cost per lead by month"),
        labels=[month_name(month) for month in months],
        series=[
            Series(
                _("Cost per lead"),
                [None if row.per_lead is None else float(row.per_lead) for row in by_month],
                "amber",
            )
        ],
        number="–" if whole is None else number_format(whole, 2),
        note=_("per lead on average"),
        unit=Organisation.current().currency,
        places=2,
    )


def _of_month(found: Report, month: date) -> Costed:
    rows = [found.rows[c.pk][month] for c in found.campaigns]
    return Costed.sum([*rows, found.apart[month]])


@login_required
@require_GET
def report_sorted_out_export(request: HttpRequest) -> HttpResponseBase:
    actor = _reader(request)
    _form, _period, months = _asked(request)
    rows = waste_of(report(months, actor=actor), count_sorted_out(months, actor=actor))
    return csv_response("sorted-out", WASTE_HEAD, waste_lines(rows))


@login_required
@require_GET
def report_costs_export(request: HttpRequest) -> HttpResponseBase:
    actor = _reader(request)
    _form, _period, months = _asked(request)
    return csv_response("costs", HEAD, _lines(report(months, actor=actor), months))


def _lines(found: Report, months: list[date]) -> Iterator[list[Any]]:
    """Yield a line for each month and campaign, and for what falls on none; they add up."""
    for month in months:
        for campaign in found.campaigns:
            about = [campaign.name, campaign.code, campaign.channel]
            yield [month_key(month), *about, *_cells(found.rows[campaign.pk][month])]
        about = [str(gettext_lazy("Without a campaign")), "", ""]
        yield [month_key(month), *about, *_cells(found.apart[month])]


def _cells(row: Costed) -> list[Any]:
    credit = row.credit
    return [
        *(row.own.get(kind) for kind in CostKind),
        row.common if row.has_common else None,
        row.total,
        credit.leads,
        credit.mql,
        credit.sql,
        credit.customers,
        credit.hot,
        credit.warm,
        credit.cold,
        credit.sorted_out,
        per(row.total, credit.leads),
    ]
