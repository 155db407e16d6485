from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast
from leads.actions.segments import delete_segment, save_segment
from leads.conditions import LEADS, segment_usages
from leads.models import Segment, SegmentKind
from leads.segment_forms import SegmentForm
from leads.segment_page import SegmentPage, sentence_of, size_of, tabs

SEGMENTS: Listing[Segment] = Listing(
    key="segments",
    columns=[
        Column("name", gettext_lazy("Segment"), "name", is_main=True),
        Column("condition", gettext_lazy("Condition")),
        Column("count", gettext_lazy("Leads"), is_number=True),
        Column("created", gettext_lazy("Created"), "created_at", on_phone=False),
    ],
    ordering="name",
    row="leads/segments.html#row",
    row_name="segment",
    search=lambda rows, text: rows.filter(name__icontains=text),
    empty=Empty(
        gettext_lazy("No segments yet"),
        gettext_lazy("A segment is a group of leads that meet a condition, always up to date."),
        gettext_lazy("Make a segment"),
        "/segments/new/",
        icon="filter",
    ),
)


@login_required
@require_GET
def segment_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEGMENTS_READ)
    page = SEGMENTS.page(request, Segment.objects.select_related("group"))
    snapshot = LEADS.snapshot()
    for segment in page.rows:
        segment.sentence = sentence_of(segment, snapshot)  # type: ignore[attr-defined]
        segment.size = size_of(segment, actor, timezone.now())  # type: ignore[attr-defined]
    return render_listing(request, "leads/segments.html", page, {"tabs": tabs("segments")})


@login_required
@require_GET
def segment_detail(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEGMENTS_READ)
    segment = get_object_or_404(Segment.objects.select_related("group"), public_id=public_id)
    shown = SegmentPage(segment, actor, timezone.now())
    return render(request, "leads/segment_detail.html", {"segment": segment, "shown": shown})


@login_required
@require_http_methods(["GET", "POST"])
def segment_edit(request: HttpRequest, public_id: Any = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEGMENTS_MANAGE)
    segment = get_object_or_404(Segment, public_id=public_id) if public_id else None
    start: dict[str, Any] = {} if segment else {"initial": {"where": request.GET.get("where")}}
    return _edit(request, SegmentForm(request.POST or None, segment=segment, actor=actor, **start))


@login_required
@require_http_methods(["GET", "POST"])
def list_create(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEGMENTS_MANAGE)
    return _edit(request, SegmentForm(request.POST or None, actor=actor, kind=SegmentKind.LIST))


def _edit(request: HttpRequest, form: SegmentForm) -> HttpResponse:
    segment, actor = form.segment, request_actor(request)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_segment(
                segment, kind=form.kind, by=actor, as_of=timezone.now(), **form.cleaned_data
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Segment saved."))
            return redirect("segment_detail", saved.public_id)
    usages = segment_usages(segment) if segment else []
    context = {"form": form, "segment": segment, "usages": usages, "is_list": form.is_list}
    return render(request, "leads/segment.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def segment_delete(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    segment = get_object_or_404(Segment, public_id=public_id)
    delete_segment(segment, by=actor, as_of=timezone.now())
    toast(request, _("The segment is gone."))
    return redirect("segment_list")
