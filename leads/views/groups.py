from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.actions.groups import delete_group, save_group
from leads.models import SegmentGroup
from leads.segment_forms import GroupForm
from leads.segment_page import size_of, tabs


@login_required
@require_GET
def group_list(request: HttpRequest) -> HttpResponse:
    actor, now = request_actor(request), timezone.now()
    actor.require(Right.SEGMENTS_READ)
    groups = [
        (group, [(segment, size_of(segment, actor, now)) for segment in group.in_order])
        for group in SegmentGroup.objects.prefetch_related("segments")
    ]
    return render(request, "leads/groups.html", {"groups": groups, "tabs": tabs("groups")})


@login_required
@require_http_methods(["GET", "POST"])
def group_edit(request: HttpRequest, public_id: Any = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEGMENTS_MANAGE)
    group = get_object_or_404(SegmentGroup, public_id=public_id) if public_id else None
    form = GroupForm(request.POST or None, group=group)
    if request.method == "POST" and form.is_valid():
        try:
            save_group(group, by=actor, as_of=timezone.now(), **form.values())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("group_list")
    context = {"form": form, "group": group}
    return render(request, "leads/group.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def group_delete(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    group = get_object_or_404(SegmentGroup, public_id=public_id)
    delete_group(group, by=actor, as_of=timezone.now())
    toast(request, _("The group is gone; its segments stay."))
    return redirect("group_list")
