from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from capture.exporting import csv_response
from ground import days
from leads.stages import Stage
from reports.acquisition import SMALL, count_acquisitions
from reports.charts import (
    acquisition_chart,
    arrivals_chart,
    funnel_chart,
    network_chart,
    source_chart,
    stock_chart,
)
from reports.funnel import count_funnel, count_sources, count_stock, weekly_arrivals
from reports.kept import is_large
from reports.networks import count_networks
from reports.period import PeriodForm
from reports.referrers import SHOWN, count_referrers
from reports.stages.stock import measure_levels


def _asked(request: HttpRequest) -> tuple[Actor, PeriodForm]:
    """Return who asks for a report, and the form of the period."""
    actor = request_actor(request)
    actor.require(Right.REPORTS_READ)
    return actor, PeriodForm(request.GET.dict(), today=days.today())


def _as_file(name: str, names: Sequence[str], rows: Iterable[Any]) -> HttpResponseBase:
    return csv_response(name, names, ([getattr(row, key) for key in names] for row in rows))


@login_required
@require_GET
def report_funnel(request: HttpRequest) -> HttpResponse:
    actor, form = _asked(request)
    period = form.period
    funnel = count_funnel(period, actor=actor)
    now = timezone.now()
    stock = count_stock(actor=actor, as_of=now)
    context = {
        "form": form,
        "period": period,
        "funnel": funnel,
        "levels": measure_levels(actor=actor, as_of=now, stock=stock),
        "outside": next(row for row in stock if row.stage == Stage.OTHER),
        "is_kept": is_large(),
        "charts": [
            funnel_chart(funnel),
            stock_chart(stock),
            arrivals_chart(weekly_arrivals(period, actor=actor)),
        ],
    }
    return render(request, "reports/funnel.html", context)


@login_required
@require_GET
def report_sources(request: HttpRequest) -> HttpResponse:
    actor, form = _asked(request)
    period = form.period
    rows = count_sources(period, actor=actor)
    context = {
        "form": form,
        "period": period,
        "rows": rows,
        "chart": source_chart(rows),
        "is_kept": is_large(),
    }
    return render(request, "reports/sources.html", context)


@login_required
@require_GET
def report_networks(request: HttpRequest) -> HttpResponse:
    actor, form = _asked(request)
    rows = count_networks(form.period, actor=actor)
    context = {
        "form": form,
        "period": form.period,
        "rows": rows,
        "chart": network_chart(rows),
        "is_kept": is_large(),
    }
    return render(request, "reports/networks.html", context)


@login_required
@require_GET
def report_sources_export(request: HttpRequest) -> HttpResponseBase:
    actor, form = _asked(request)
    head = ("channel", "label", "leads", "mql", "sql", "customers", "customers_per_lead")
    rows = count_sources(form.period, actor=actor)
    lines = ((x.channel, x.label, x.leads, x.mql, x.sql, x.customers, x.won) for x in rows)
    return csv_response("sources", head, lines)


@login_required
@require_GET
def report_networks_export(request: HttpRequest) -> HttpResponseBase:
    actor, form = _asked(request)
    names = (
        "network", "label", "signals", "people", "posts", "clicks", "leads", "mql", "customers"
    )  # fmt: skip
    return _as_file("networks", names, count_networks(form.period, actor=actor))


@login_required
@require_GET
def report_referrers(request: HttpRequest) -> HttpResponse:
    actor, form = _asked(request)
    rows = count_referrers(form.period, actor=actor)
    context = {
        "form": form,
        "period": form.period,
        "rows": rows[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
    }
    return render(request, "reports/referrers.html", context)


@login_required
@require_GET
def report_referrers_export(request: HttpRequest) -> HttpResponseBase:
    actor, form = _asked(request)
    names = ("name", "leads", "mql", "sql", "customers")
    return _as_file("referrers", names, count_referrers(form.period, actor=actor))


@login_required
@require_GET
def report_acquisition(request: HttpRequest) -> HttpResponse:
    actor, form = _asked(request)
    rows = count_acquisitions(form.period, actor=actor)
    context = {
        "form": form,
        "period": form.period,
        "rows": rows,
        "has_leads": any(row.leads for row in rows),
        "chart": acquisition_chart(rows),
        "small": SMALL,
        "is_kept": is_large(),
    }
    return render(request, "reports/acquisition.html", context)


@login_required
@require_GET
def report_acquisition_export(request: HttpRequest) -> HttpResponseBase:
    actor, form = _asked(request)
    names = (
        "kind", "label", "leads", "mql", "mql_rate", "sql", "sql_rate", "customers", "won", "days"
    )  # fmt: skip
    return _as_file("acquisition", names, count_acquisitions(form.period, actor=actor))
