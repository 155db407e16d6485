from collections.abc import Iterator
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.toasts import toast
from leads.actions.exports import DIRECT, note_download, note_export, request_export
from leads.export import csv_line, lead_table
from leads.listing import lead_listing
from leads.models import ExportState, Lead, LeadExport


@login_required
@require_GET
def lead_export(request: HttpRequest) -> HttpResponseBase:
    actor = request_actor(request)
    actor.require(Right.LEADS_EXPORT)
    page = lead_listing(actor).page(request, Lead.objects.visible_to(actor))
    if page.counted > DIRECT:
        return render(request, "leads/export_big.html", {"page": page, "query": page.query})
    note_export(request.GET.urlencode(), page.counted, by=actor, as_of=timezone.now())
    name = f"leads-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _csv(lead_table(page.matching, actor=actor)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv(table: Iterator[list[str]]) -> Iterator[str]:
    yield "\ufeff"
    yield from map(csv_line, table)


@login_required
@require_POST
def export_create(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    try:
        export = request_export(request.POST.get("query", ""), by=actor, as_of=timezone.now())
    except DomainError as error:
        if error.code != "export_running":
            raise
        toast(request, str(error))
        return redirect("export_list")
    toast(request, _("The export is being made. You get a mail when it is ready."))
    return redirect("export_detail", export.public_id)


@login_required
@require_GET
def export_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_EXPORT)
    exports = LeadExport.objects.of(actor.user_id)[:100]
    return render(request, "leads/exports.html", {"exports": exports})


@login_required
@require_GET
def export_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_EXPORT)
    export = get_object_or_404(LeadExport.objects.of(actor.user_id), public_id=public_id)
    part = "#progress" if request.headers.get("HX-Request") else ""
    return render(request, f"leads/export_detail.html{part}", {"export": export})


@login_required
@require_GET
def export_download(request: HttpRequest, public_id: str) -> HttpResponseBase:
    actor, now = request_actor(request), timezone.now()
    actor.require(Right.LEADS_EXPORT)
    ready = LeadExport.objects.of(actor.user_id).filter(state=ExportState.READY, expires_at__gt=now)
    export = get_object_or_404(ready, public_id=public_id)
    if not export.path.is_file():
        raise Http404
    note_download(export, by=actor, as_of=now)
    headers = {
        "Content-Disposition": f'attachment; filename="{export.file_name}"',
        "Content-Length": str(export.size),
    }
    return StreamingHttpResponse(
        _blocks(export.path), content_type="text/csv; charset=utf-8", headers=headers
    )


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file piece by piece; it is open only while somebody reads."""
    with path.open("rb") as file:
        while block := file.read(64 * 1024):
            yield block
