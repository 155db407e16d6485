from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from ground.counting import capped_counts
from ground.errors import DomainError
from ground.toasts import toast
from leads.actions.lifecycle import SALES_STAGES, change_stage
from leads.listing import lead_listing
from leads.models import Lead
from leads.stages import FUNNEL, STAGE_TONES, Stage
from leads.views.detail import find_lead

CARDS = 25
# A column of more leads says "1,000+".
COUNTED = 1_000


@login_required
@require_GET
def lead_board(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    leads = Lead.objects.visible_to(actor).select_related("company", "owner")
    page = lead_listing(actor).page(request, leads.prefetch_related("identifiers"))
    stages = {stage: page.countable.filter(stage=stage) for stage in FUNNEL}
    counts = capped_counts(stages, cap=COUNTED)
    best_first = ("-score", "-pk") if actor.may(Right.SCORES_READ) else ("-pk",)
    cards = _cards(page.matching, best_first)
    columns = [
        {
            "stage": stage,
            "tone": STAGE_TONES[stage],
            "count": min(counts[stage], COUNTED),
            "is_capped": counts[stage] > COUNTED,
            "cards": cards[stage],
            "all_query": _list_query(request, stage) if counts[stage] > CARDS else "",
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


def _cards(leads: QuerySet[Lead], best_first: Sequence[str]) -> dict[Stage, list[Lead]]:
    """Return the first leads of each stage; three queries, however many stages there are."""
    first = [
        leads.filter(stage=stage).order_by(*best_first).values("pk")[:CARDS] for stage in FUNNEL
    ]
    keys = [row["pk"] for row in first[0].union(*first[1:], all=True)]
    cards: dict[Stage, list[Lead]] = {stage: [] for stage in FUNNEL}
    for lead in leads.filter(pk__in=keys).order_by(*best_first):
        cards[Stage(lead.stage)].append(lead)
    return cards


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
