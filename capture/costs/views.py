from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from capture.costs.actions import save_costs, undo_costs
from capture.costs.grid import CostGrid
from capture.costs.pasted import read_pasted
from capture.costs.table import costs_page, grid_context, months_asked, save_grid, tell_saved
from capture.models import Campaign, CostChange
from ground.errors import DomainError
from ground.toasts import toast

LARGEST_FILE = 1024 * 1024


@login_required
@require_http_methods(["GET", "POST"])
def cost_list(request: HttpRequest) -> HttpResponse:
    """Show and save what was spent for all campaigns together."""
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE)

    def page(grid: CostGrid, status: int) -> HttpResponse:
        context = grid_context(grid, None)
        return render(request, "capture/costs/list.html", context, status=status)

    if request.method == "POST":
        return save_grid(request, None, page)
    return page(CostGrid(campaign=None, months=months_asked(request)), 200)


@login_required
@require_POST
def undo_cost_change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE)
    change = get_object_or_404(CostChange.objects.select_related("campaign"), public_id=public_id)
    undo_costs(change.pk, by=actor, as_of=timezone.now())
    toast(request, _("Taken back."))
    return redirect(costs_page(request, change.campaign))


class ImportForm(forms.Form):
    """Lines of a spreadsheet, pasted or as a file."""

    lines = forms.CharField(
        label=gettext_lazy("Lines from your spreadsheet"),
        required=False,
        max_length=LARGEST_FILE,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=gettext_lazy(
            "A line for each month: month, ads, content, tools, people, other. Or with a head that "
            "names the columns; “campaign” may be one of them, by name or code."
        ),
    )
    file = forms.FileField(label=gettext_lazy("or a CSV file"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file: UploadedFile | None = data.get("file")
        if file is not None:
            if (file.size or 0) > LARGEST_FILE:
                self.add_error("file", _("This file is too large for a list of costs."))
            else:
                data["lines"] = _decode(file.read())
        elif not data.get("lines"):
            self.add_error("lines", _("Paste some lines or choose a file."))
        return data


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


@login_required
@require_http_methods(["GET", "POST"])
def import_costs(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE)
    campaign = get_object_or_404(Campaign, public_id=public_id) if public_id else None
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        change = _import(form, campaign, actor)
        if not form.errors:
            tell_saved(request, change)
            return redirect(costs_page(request, campaign))
    context = {"form": form, "campaign": campaign}
    status = 422 if form.errors else 200
    return render(request, "capture/costs/import.html", context, status=status)


def _import(form: ImportForm, campaign: Campaign | None, actor: Actor) -> CostChange | None:
    """Save all lines or none; what is wrong is added to the form."""
    pasted = read_pasted(form.cleaned_data["lines"], campaign=campaign)
    for problem in pasted.errors[:20]:
        form.add_error("lines", problem)
    if pasted.errors:
        return None
    key = campaign.pk if campaign else None
    try:
        return save_costs(pasted.cells, by=actor, as_of=timezone.now(), campaign_id=key)
    except DomainError as error:
        form.add_error("lines", str(error))
        return None
