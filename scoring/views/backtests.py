from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor
from accounts.once import once
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.models import Lead
from scoring.actions.backtesting import NewBacktest, may_try, request_backtest, stop_backtest
from scoring.backtest.charts import (
    bands_chart,
    curve_chart,
    quality_chart,
    threshold_chart,
    weeks_chart,
)
from scoring.backtest.figures import (
    difference_of,
    how_sure,
    moves_of,
    reports_of,
    side_by_side,
)
from scoring.backtest.outcomes import outcomes, readable_outcomes
from scoring.backtest.quality import quality_of
from scoring.backtest.replay import reads_today, told_afterwards
from scoring.forms import BacktestForm, WhatIfForm
from scoring.models import Backtest, BacktestState, ModelVersion, ScoringModel
from scoring.rulesets import load_rulesets
from scoring.views.models import reader
from scoring.views.versions import find_version

SHOWN = 20


def score_reader(request: HttpRequest) -> Actor:
    """Return who is reading what leads are worth; raises ``NotAllowedError`` for others."""
    actor = reader(request)
    actor.require(Right.SCORES_READ)
    return actor


def readable_backtests(actor: Actor) -> QuerySet[Backtest]:
    """Return the backtests whose outcome the actor may read, the newest first."""
    rows = Backtest.objects.select_related("version__model", "against__model")
    return rows.filter(outcome__in=readable_outcomes(actor))


@login_required
@require_http_methods(["GET", "POST"])
@once
def scoring_backtest_new(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = score_reader(request)
    version = find_version(public_id)
    form = BacktestForm(request.POST or None, version=version, actor=actor)
    if request.method == "POST" and form.is_valid():
        asked = NewBacktest(**form.cleaned_data)
        try:
            backtest = request_backtest(version.pk, asked, by=actor, as_of=timezone.now())
        except DomainError as error:
            if error.status != 409 and not error.field:
                raise
            add_refusal(form, error)
        else:
            return redirect("scoring_backtest", backtest.public_id)
    context = {
        "version": version,
        "form": form,
        "can_try": may_try(actor),
        "earlier": readable_backtests(actor).filter(version__model=version.model_id)[:SHOWN],
    }
    status = 422 if form.errors else 200
    return render(request, "scoring/backtest_new.html", context, status=status)


@login_required
@require_GET
def scoring_backtest(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = score_reader(request)
    backtest = get_object_or_404(readable_backtests(actor), public_id=public_id)
    context: dict[str, Any] = {
        "backtest": backtest,
        "version": backtest.version,
        "outcome": outcomes()[backtest.outcome],
        "can_try": may_try(actor),
    }
    if request.headers.get("HX-Request") == "true":
        if backtest.state == BacktestState.RUNNING:
            return render(request, "scoring/backtest.html#progress", context)
        # A redirect would only be followed for this part, and lead back here.
        return HttpResponse(headers={"HX-Redirect": request.path, "HX-Reswap": "none"})
    if backtest.state == BacktestState.DONE:
        context |= _result(backtest, actor, WhatIfForm(request.GET))
    return render(request, "scoring/backtest.html", context)


def _result(backtest: Backtest, actor: Actor, form: WhatIfForm) -> dict[str, Any]:
    threshold, capacity = form.asked
    reports = reports_of(backtest, extra=[] if threshold is None else [threshold])
    first = reports[0]
    return {
        "form": form,
        "reports": reports,
        "charts": [
            curve_chart(reports),
            bands_chart(reports),
            threshold_chart(reports),
            weeks_chart(reports),
        ],
        "asked_threshold": threshold,
        "thresholds": side_by_side([report.thresholds for report in reports]),
        "bands": side_by_side([report.bands for report in reports])[::-1],
        "capacity": capacity,
        "fitting": None if capacity is None else [(r, r.fits(capacity)) for r in reports],
        "difference": difference_of(backtest),
        "moves": moves_of(backtest),
        "movers": _movers(backtest, actor),
        "sureness": how_sure(first.good, first.leads),
        **_limits(backtest),
    }


def _limits(backtest: Backtest) -> dict[str, list[str]]:
    """Return which rules could not be tried, and which read the data of today."""
    (ruleset,) = load_rulesets([backtest.version])
    left_out = [spec.name for spec in ruleset.rules if told_afterwards(spec)]
    today = [s.name for s in ruleset.rules if reads_today(s) and not told_afterwards(s)]
    return {"left_out": left_out, "of_today": today}


def _movers(backtest: Backtest, actor: Actor) -> list[tuple[str, list[tuple[Lead, int, int]]]]:
    """Return the leads that differ most between both versions, as far as the actor sees them."""
    groups = (
        (_("Higher by this version"), backtest.figures["movers_up"]),
        (_("Lower by this version"), backtest.figures["movers_down"]),
    )
    ids = [mover[0] for _title, movers in groups for mover in movers]
    seen = Lead.objects.visible_to(actor).select_related("company").in_bulk(ids)
    return [
        (title, [(seen[key], new, old) for key, new, old in movers if key in seen])
        for title, movers in groups
        if movers
    ]


@login_required
@require_POST
def scoring_backtest_stop(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = score_reader(request)
    backtest = get_object_or_404(readable_backtests(actor), public_id=public_id)
    stop_backtest(backtest.pk, by=actor, as_of=timezone.now())
    toast(request, _("Stopped."))
    return redirect("scoring_backtest_new", backtest.version.public_id)


@login_required
@require_GET
def scoring_quality(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = score_reader(request)
    actor.require(Right.DEALS_READ)
    model = get_object_or_404(ScoringModel, public_id=public_id)
    active = ModelVersion.objects.active().filter(model=model).first()
    report = quality_of(model, active, as_of=timezone.now())
    context: dict[str, Any] = {"model": model, "active": active, "report": report}
    if report is not None:
        context["chart"] = quality_chart(report)
        context["sureness"] = how_sure(report.won, report.leads)
        context["drifting"] = _drifting(report.drift or ())
    return render(request, "scoring/quality.html", context)


def _drifting(rows: Iterable[Any]) -> list[str]:
    return [row.now.label for row in rows if row.is_sure]
