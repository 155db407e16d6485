from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.actor import request_actor
from ground.asked import asked_uuid
from ground.toasts import toast
from leads.actions.members import add_to_list, take_off_list
from leads.listing import lead_listing
from leads.models import Lead, Segment, SegmentKind
from leads.views.lists import back_to_list


def _change(request: HttpRequest, change: Callable[..., int]) -> int:
    """Change the list that was chosen by the leads that were ticked; returns how many."""
    actor = request_actor(request)
    lists = Segment.objects.filter(kind=SegmentKind.LIST)
    chosen = get_object_or_404(lists, public_id=asked_uuid(request.POST.get("list", "")))
    leads = lead_listing(actor).narrow(request, Lead.objects.visible_to(actor)).rows
    keys = list(leads.values_list("pk", flat=True))
    return change(chosen, keys, by=actor, as_of=timezone.now())


@login_required
@require_POST
def leads_list_add(request: HttpRequest) -> HttpResponse:
    count = _change(request, add_to_list)
    text = ngettext("%(count)d lead joined the list.", "%(count)d leads joined the list.", count)
    toast(request, text % {"count": count})
    return back_to_list(request)


@login_required
@require_POST
def leads_list_remove(request: HttpRequest) -> HttpResponse:
    count = _change(request, take_off_list)
    text = ngettext("%(count)d lead left the list.", "%(count)d leads left the list.", count)
    toast(request, text % {"count": count})
    return back_to_list(request)


@login_required
@require_POST
def member_remove(request: HttpRequest, public_id: Any, lead_id: Any) -> HttpResponse:
    actor = request_actor(request)
    segment = get_object_or_404(Segment, public_id=public_id)
    lead = get_object_or_404(Lead.objects.visible_to(actor), public_id=lead_id)
    take_off_list(segment, [lead.pk], by=actor, as_of=timezone.now())
    return redirect("segment_detail", segment.public_id)
