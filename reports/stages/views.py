from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.http import require_GET

from accounts.actor import request_actor
from accounts.rights import Right
from ground import days
from reports.funnel import count_funnel
from reports.period import DEFAULT_DAYS, Period
from reports.stages.definition import define_stages


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
