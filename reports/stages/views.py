from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import request_actor
from accounts.rights import Right
from ground import days
from ground.toasts import toast
from leads.actions.targets import MOST, Target, set_targets
from leads.models import StageTarget
from leads.stages import FUNNEL
from reports.funnel import count_funnel
from reports.period import DEFAULT_DAYS, Period
from reports.stages.definition import define_stages
from reports.stages.stock import measure_levels


@login_required
@require_GET
def stage_definition(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    language = request.GET.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = get_language() or ""
    counted = None
    if actor.may(Right.REPORTS_READ):
        counted = count_funnel(Period.ending(days.today()), actor=actor).mql
    with override(language):
        context = {
            "definition": define_stages(),
            "mql": counted,
            "days": DEFAULT_DAYS,
            "language": language,
            "languages": settings.LANGUAGES,
        }
        return render(request, "reports/stages/definition.html", context)


class TargetsForm(forms.Form):
    """Two numbers for each stage of the funnel."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        known = {row.stage: row for row in StageTarget.objects.all()}
        for stage in FUNNEL:
            row = known.get(stage)
            about = {"stage": stage.label}
            labels = {
                "stock": _("%(stage)s: leads in the stage") % about,
                "inflow": _("%(stage)s: new in a week") % about,
            }
            for name, label in labels.items():
                self.fields[f"{stage.value}.{name}"] = forms.IntegerField(
                    label=label,
                    required=False,
                    min_value=0,
                    max_value=MOST,
                    initial=getattr(row, name) if row else None,
                    widget=forms.NumberInput(attrs={"data-width": "half"}),
                )

    @property
    def targets(self) -> dict[str, Target]:
        """What was entered, by stage."""
        given = self.cleaned_data
        return {
            stage.value: Target(given[f"{stage.value}.stock"], given[f"{stage.value}.inflow"])
            for stage in FUNNEL
        }


@login_required
@require_http_methods(["GET", "POST"])
def stage_targets(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SETTINGS_MANAGE, Right.CAMPAIGNS_MANAGE)
    now = timezone.now()
    form = TargetsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        set_targets(form.targets, by=actor, as_of=now)
        toast(request, _("Saved."))
        return redirect("stage_targets")
    context = {"form": form, "levels": measure_levels(actor=actor, as_of=now)}
    status = 422 if form.errors else 200
    return render(request, "reports/stages/targets.html", context, status=status)
