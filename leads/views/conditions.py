import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from conditions.catalogue import catalogue
from conditions.describe import describe
from conditions.errors import ConditionError
from conditions.preview import examples, preview_count
from conditions.tree import parse_text
from leads.conditions import LEADS, leads_where
from leads.forms import RefineForm

EXAMPLES = 10


@login_required
@require_GET
@cache_control(private=True, no_cache=True)
def condition_fields(request: HttpRequest) -> JsonResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_READ)
    is_personal = "personal" in request.GET
    return JsonResponse(catalogue(LEADS.snapshot(actor.rights), is_personal=is_personal))


@login_required
@require_GET
def lead_refine(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_READ)
    kept = [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in ("where", "page")
    ]
    context = {"form": RefineForm(initial={"where": request.GET.get("where")}), "kept": kept}
    return render(request, "leads/refine.html", context)


@login_required
@require_POST
def condition_preview(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_READ)
    snapshot = LEADS.snapshot(actor.rights)
    try:
        node = parse_text(_asked(request), snapshot, is_personal="personal" in request.GET)
        leads = leads_where(node, actor=actor, as_of=timezone.now())
    except ConditionError as error:
        return render(request, "leads/condition_preview.html", {"error": error}, status=422)
    count = preview_count(leads)
    newest = leads.select_related("company").order_by("-created_at", "-pk")
    context = {
        "sentence": describe(node),
        "count": count,
        "examples": examples(newest, count, number=EXAMPLES),
    }
    return render(request, "leads/condition_preview.html", context)


def _asked(request: HttpRequest) -> str:
    """Return the condition as text, from a form field or from the key ``where`` of a JSON body."""
    if request.content_type != "application/json":
        return request.POST.get("where", "")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    return json.dumps(body.get("where")) if isinstance(body, dict) else ""
