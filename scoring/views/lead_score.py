from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.actor import request_actor
from accounts.rights import Right
from leads.models import Lead
from scoring.breakdown import breakdown


@login_required
@require_GET
def lead_score(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    lead = get_object_or_404(Lead.objects.visible_to(actor), public_id=public_id)
    actor.require(Right.SCORES_READ)
    context = {"lead": lead, "why": breakdown(lead.pk, as_of=timezone.now())}
    return render(request, "scoring/lead_score.html", context)
