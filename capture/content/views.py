from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.once import once
from accounts.rights import Right
from capture.content.actions import archive_contents, forms_with, save_content
from capture.content.filters import ContentFilter
from capture.content.forms import ContentForm
from capture.content.models import Content, ContentFile, Download
from capture.content.queries import contents_with_figures, fetchers, times_offered
from capture.queries import rate
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast
from leads.models import Lead

SHOWN = 20


def _search(rows: QuerySet[Content], text: str) -> QuerySet[Content]:
    return rows.filter(name__icontains=text) | rows.filter(topics__icontains=text)


CONTENTS: Listing[Content] = Listing(
    key="contents",
    columns=[
        Column("name", gettext_lazy("Title"), "name", is_main=True),
        Column("kind", gettext_lazy("Type"), "kind"),
        Column("phase", gettext_lazy("Phase"), "phase", on_phone=False),
        Column("topics", gettext_lazy("Topics"), on_phone=False),
        Column("downloads", gettext_lazy("Fetched (30 days)"), "download_count", is_number=True),
        Column(
            "conversion",
            gettext_lazy("Conversion"),
            "conversion",
            nulls_last=True,
            is_number=True,
            on_phone=False,
        ),
        Column("leads", gettext_lazy("Leads"), "lead_count", is_number=True),
        Column("mql", gettext_lazy("MQL"), "mql_count", is_number=True, on_phone=False),
        Column("customers", gettext_lazy("Customers"), "customer_count", is_number=True),
        Column("language", gettext_lazy("Language"), "language", is_optional=True),
        Column("updated", gettext_lazy("Changed"), "updated_at", is_optional=True),
    ],
    ordering="name",
    row="capture/content/list.html#row",
    row_name="content",
    search=_search,
    filters=ContentFilter,
    empty=Empty(
        gettext_lazy("No content yet"),
        gettext_lazy("Papers, videos and templates that people get for their address."),
        gettext_lazy("Add content"),
        reverse_lazy("content_create"),
        icon="books",
    ),
)


@login_required
@require_GET
def content_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE, Right.REPORTS_READ)
    page = CONTENTS.page(request, contents_with_figures(actor, as_of=timezone.now()))
    return render_listing(request, "capture/content/list.html", page)


@login_required
@require_http_methods(["GET", "POST"])
@once
def content_edit(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE)
    content = get_object_or_404(Content, public_id=public_id) if public_id else None
    form = ContentForm(request.POST or None, request.FILES or None, instance=content)
    if request.method == "POST" and form.is_valid():
        key = content.pk if content else None
        try:
            saved = save_content(key, by=actor, as_of=timezone.now(), **form.values())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("content_detail", saved.public_id)
    context = {"form": form, "content": content}
    status = 422 if form.errors else 200
    return render(request, "capture/content/edit.html", context, status=status)


@login_required
@require_GET
def content_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE, Right.REPORTS_READ)
    now = timezone.now()
    content = get_object_or_404(contents_with_figures(actor, as_of=now), public_id=public_id)
    newest = Download.objects.filter(
        content=content, lead__in=Lead.objects.visible_to(actor)
    ).select_related("lead")
    shown, fetched = times_offered(content, as_of=now), fetchers(content, as_of=now)
    context: dict[str, Any] = {
        "content": content,
        "file": ContentFile.objects.filter(content=content).defer("data").first(),
        "forms": forms_with(content),
        "shown": shown,
        "fetched": fetched,
        "rate": rate(fetched, shown),
        "downloads": newest.order_by("-occurred_at", "-pk")[:SHOWN],
    }
    return render(request, "capture/content/detail.html", context)


@login_required
@require_POST
def content_archive(request: HttpRequest, public_id: UUID) -> HttpResponse:
    content = get_object_or_404(Content, public_id=public_id)
    archive_contents([content.pk], by=request_actor(request), as_of=timezone.now())
    toast(request, _("Taken out of the library. Links that were given out go on working."))
    return redirect("content_list")


@login_required
@require_GET
def content_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand out the file to who manages the library."""
    request_actor(request).require(Right.CAMPAIGNS_MANAGE, Right.REPORTS_READ)
    return file_response(get_object_or_404(ContentFile, content__public_id=public_id))


def file_response(file: ContentFile) -> HttpResponse:
    """Return ``file`` as a download. SECURITY: no browser shows it as a page of ours."""
    response = HttpResponse(bytes(file.data), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, file.name)
    response["Cache-Control"] = "private, no-store"
    return response
