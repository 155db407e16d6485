from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.toasts import toast
from leads.actions.lifecycle import SALES_STAGES, change_stage
from leads.listing import lead_listing
from leads.models import Lead
from leads.stages import FUNNEL, STAGE_TONES, Stage
from leads.views.detail import find_lead

CARDS = 25


@login_required
@require_GET
def lead_board(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    leads = Lead.objects.visible_to(actor).select_related("company", "owner")
    page = lead_listing(actor).page(request, leads.prefetch_related("identifiers"))
    counts = dict(page.matching.values_list("stage").annotate(count=Count("pk")))
    best_first = ("-score", "-pk") if actor.may(Right.SCORES_READ) else ("-pk",)
    columns = [
        {
            "stage": stage,
            "tone": STAGE_TONES[stage],
            "count": counts.get(stage, 0),
            "cards": page.matching.filter(stage=stage).order_by(*best_first)[:CARDS],
            "all_query": _list_query(request, stage) if counts.get(stage, 0) > CARDS else "",
        }
        for stage in FUNNEL
    ]
    context = {
        "page": page,
        "columns": columns,
        "choices": _targets(actor),
        "here": request.GET.urlencode(),
    }
    return render(request, "leads/board.html", context)


def _list_query(request: HttpRequest, stage: Stage) -> str:
    """Return the address of the list with the same leads of one stage, in the same order."""
    params = request.GET.copy()
    for name in ("page", "per_page", "columns"):
        params.pop(name, None)
    params["stage"], params["ordering"] = stage.value, "-score"
    return params.urlencode()


def _targets(actor: Actor) -> list[tuple[str, str]]:
    """Return where the reader can move cards; the gates of a stage decide when one is dropped."""
    return [
        (stage.value, str(stage.label))
        for stage in FUNNEL
        if actor.may(Right.STAGE_SALES if stage in SALES_STAGES else Right.STAGE_MARKETING)
    ]


@login_required
@require_POST
def move_lead(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    to = request.POST.get("to", "")
    if to not in FUNNEL:
        return HttpResponseBadRequest()
    here = f"{reverse('lead_board')}?{request.GET.urlencode()}".rstrip("?")
    try:
        change_stage([lead.pk], to=Stage(to), by=actor, as_of=timezone.now())
    except DomainError as error:
        if error.status == 403:
            raise
        toast(request, str(error), level=messages.ERROR)
        # What a written reason would let through is asked for in the form.
        form = f"{reverse('lead_stage', args=[lead.public_id])}?to={to}"
        return redirect(form if error.field == "reason" else here)
    toast(request, _("%(lead)s: %(stage)s") % {"lead": lead, "stage": Stage(to).label})
    return redirect(here)
