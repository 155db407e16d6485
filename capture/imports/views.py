from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from capture.imports.actions import (
    Trial,
    import_counts,
    stage_import,
    start_import,
    try_import,
)
from capture.imports.export import refused_rows
from capture.imports.forms import MappingForm, UploadForm
from capture.imports.models import ImportState, LeadImport, Outcome
from capture.imports.problems import tell
from capture.imports.undo import preview_undo, start_undo
from ground.asked import asked_uuid
from ground.errors import DomainError
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast
from leads.actions.members import add_to_list
from leads.customfields import definitions
from leads.export import csv_line
from leads.models import Segment, SegmentKind

IMPORTS: Listing[LeadImport] = Listing(
    key="imports",
    columns=[
        Column("file", gettext_lazy("File"), "file_name", is_main=True),
        Column("state", gettext_lazy("State"), "state"),
        Column("rows", gettext_lazy("Rows"), "row_count", is_number=True),
        Column("by", gettext_lazy("By"), "created_by__name", on_phone=False),
        Column("created", gettext_lazy("Started"), "created_at"),
    ],
    ordering="-created",
    row="capture/imports/list.html#row",
    row_name="import",
    empty=Empty(
        gettext_lazy("Nothing imported yet"),
        gettext_lazy("Bring in a list from Excel or from another system."),
        gettext_lazy("Choose a file"),
        "/leads/import/new/",
        icon="upload",
    ),
)


@login_required
@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_IMPORT)
    imports = LeadImport.objects.visible_to(actor).select_related("created_by")
    page = IMPORTS.page(request, imports)
    return render_listing(request, "capture/imports/list.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def import_create(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_IMPORT)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            lead_import = stage_import(
                file.read(),
                file_name=file.name,
                channel=form.cleaned_data["channel"],
                by=actor,
                as_of=timezone.now(),
            )
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return redirect("import_detail", lead_import.public_id)
    status = 422 if form.errors else 200
    return render(request, "capture/imports/create.html", {"form": form}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def import_detail(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_IMPORT)
    seen = LeadImport.objects.visible_to(actor)
    lead_import = get_object_or_404(seen, public_id=public_id)
    if lead_import.state != ImportState.MAPPING:
        return _show_progress(request, lead_import)
    form = MappingForm(request.POST or None, lead_import=lead_import, known=definitions())
    if request.method != "POST" or not form.is_valid():
        return _show_mapping(request, lead_import, form)
    chosen: dict[str, Any] = {"mapping": form.mapping(), "by": actor, "as_of": timezone.now()}
    try:
        if "try" in request.POST:
            return _show_mapping(request, lead_import, form, try_import(lead_import, **chosen))
        start_import(lead_import, **chosen)
    except DomainError as error:
        form.add_error(None, str(error))
        return _show_mapping(request, lead_import, form)
    toast(request, _("The import is running."))
    return redirect("import_detail", lead_import.public_id)


@login_required
@require_POST
def import_list_add(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_IMPORT)
    found = get_object_or_404(LeadImport.objects.visible_to(actor), public_id=public_id)
    lists = Segment.objects.filter(kind=SegmentKind.LIST)
    chosen = get_object_or_404(lists, public_id=asked_uuid(request.POST.get("list", "")))
    keys = found.rows.filter(lead__isnull=False).values_list("lead_id", flat=True)
    count = add_to_list(chosen, set(keys), by=actor, as_of=timezone.now())
    text = ngettext("%(count)d lead joined the list.", "%(count)d leads joined the list.", count)
    toast(request, text % {"count": count})
    return redirect("segment_detail", chosen.public_id)


def _show_mapping(
    request: HttpRequest, lead_import: LeadImport, form: MappingForm, trial: Trial | None = None
) -> HttpResponse:
    sample = list(lead_import.rows.order_by("number")[:3])
    columns = [
        (form[f"column{number}"], [str(row.cells.get(name, "")) for row in sample])
        for number, name in enumerate(lead_import.header)
    ]
    context = {
        "import": lead_import,
        "form": form,
        "columns": columns,
        "trial": trial,
        "refused": list(tell(trial.refused)) if trial else [],
        "earlier": _earlier(request, lead_import),
    }
    status = 422 if form.errors else 200
    return render(request, "capture/imports/mapping.html", context, status=status)


def _earlier(request: HttpRequest, lead_import: LeadImport) -> LeadImport | None:
    """Return the last import of the very same file that the reader may see."""
    seen = LeadImport.objects.visible_to(request_actor(request)).exclude(pk=lead_import.pk)
    started = seen.filter(file_hash=lead_import.file_hash, started_at__isnull=False)
    return started.order_by("-started_at").first()


def _show_progress(request: HttpRequest, lead_import: LeadImport) -> HttpResponse:
    counts, rows, refused = import_counts(lead_import), lead_import.rows, Outcome.REJECTED
    actor = request_actor(request)
    is_undoing = lead_import.state == ImportState.UNDOING
    left = counts["created"] + counts["updated"] if is_undoing else counts["open"]
    context = {
        "import": lead_import,
        "counts": counts,
        "done": counts["rows"] - left,
        "warned": list(tell(rows.exclude(problems=[]).exclude(outcome=refused)[:50])),
        "refused": list(tell(rows.filter(outcome=refused)[:50])),
    }
    if lead_import.state == ImportState.FINISHED and actor.may(Right.SEGMENTS_MANAGE):
        context["lists"] = Segment.objects.filter(kind=SegmentKind.LIST)
    part = "#progress" if request.headers.get("HX-Request") else ""
    return render(request, f"capture/imports/detail.html{part}", context)


@login_required
@require_http_methods(["GET", "POST"])
def import_undo(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_IMPORT)
    lead_import = get_object_or_404(LeadImport.objects.visible_to(actor), public_id=public_id)
    if lead_import.state != ImportState.FINISHED:
        return redirect("import_detail", lead_import.public_id)
    if request.method == "POST":
        start_undo(lead_import, by=actor, as_of=timezone.now())
        toast(request, _("The import is taken back."))
        return redirect("import_detail", lead_import.public_id)
    preview = preview_undo(lead_import, by=actor)
    context = {"import": lead_import, "preview": preview, "kept": list(tell(preview.shown))}
    return render(request, "capture/imports/undo.html", context)


@login_required
@require_GET
def import_refused(request: HttpRequest, public_id: Any) -> HttpResponseBase:
    actor = request_actor(request)
    actor.require(Right.LEADS_IMPORT)
    lead_import = get_object_or_404(LeadImport.objects.visible_to(actor), public_id=public_id)
    lines = (csv_line(row) for row in refused_rows(lead_import))
    headers = {"Content-Disposition": 'attachment; filename="refused.csv"'}
    return StreamingHttpResponse(
        _with_mark(lines), content_type="text/csv; charset=utf-8", headers=headers
    )


def _with_mark(lines: Any) -> Any:
    yield "\ufeff"
    yield from lines
