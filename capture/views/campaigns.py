from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from capture.actions.campaigns import FIELDS, save_campaign
from capture.campaign_panels import campaign_panels
from capture.costs.grid import CostGrid
from capture.costs.table import grid_context, months_asked, save_grid
from capture.filters import CampaignFilter
from capture.forms import CampaignForm
from capture.models import Campaign, Connection
from capture.queries import campaigns_with_figures
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast

CAMPAIGNS: Listing[Campaign] = Listing(
    key="campaigns",
    columns=[
        Column("name", gettext_lazy("Campaign"), "name", is_main=True),
        Column("state", gettext_lazy("State"), "state"),
        Column("kind", gettext_lazy("Type"), "kind", on_phone=False),
        Column("channel", gettext_lazy("Channel"), "channel", on_phone=False),
        Column("leads", gettext_lazy("Leads"), "lead_count", is_number=True),
        Column("cost", gettext_lazy("Cost"), "cost_total", nulls_last=True, is_number=True),
        Column("code", gettext_lazy("Code"), "code", is_optional=True),
        Column("created", gettext_lazy("Created"), "created_at", is_optional=True),
    ],
    ordering="-created",
    row="capture/campaigns.html#row",
    row_name="campaign",
    search=lambda rows, text: rows.filter(name__icontains=text) | rows.filter(code=text.lower()),
    filters=CampaignFilter,
    empty=Empty(
        gettext_lazy("No campaigns yet"),
        gettext_lazy("A campaign gathers what an effort costs and which leads it brings."),
        gettext_lazy("Create a campaign"),
        reverse_lazy("campaign_create"),
        icon="speakerphone",
    ),
)


@login_required
@require_GET
def campaign_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE, Right.REPORTS_READ)
    page = CAMPAIGNS.page(request, campaigns_with_figures(actor))
    return render_listing(request, "capture/campaigns.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def campaign_edit(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE)
    campaign = get_object_or_404(Campaign, public_id=public_id) if public_id else None
    form = CampaignForm(request.POST or None, instance=campaign)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in FIELDS}
        key = campaign.pk if campaign else None
        try:
            saved = save_campaign(key, by=actor, as_of=timezone.now(), **values)
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Campaign saved."))
            return redirect("campaign_detail", saved.public_id)
    context = {"form": form, "campaign": campaign}
    status = 422 if form.errors else 200
    return render(request, "capture/campaign_edit.html", context, status=status)


@login_required
@require_GET
def campaign_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.CAMPAIGNS_MANAGE, Right.REPORTS_READ)
    return _show(request, get_object_or_404(Campaign, public_id=public_id))


@login_required
@require_POST
def save_campaign_costs(request: HttpRequest, public_id: UUID) -> HttpResponse:
    request_actor(request).require(Right.CAMPAIGNS_MANAGE)
    campaign = get_object_or_404(Campaign, public_id=public_id)
    return save_grid(request, campaign, lambda grid, status: _show(request, campaign, grid, status))


def _show(
    request: HttpRequest, campaign: Campaign, grid: CostGrid | None = None, status: int = 200
) -> HttpResponse:
    actor = request_actor(request)
    grid = grid or CostGrid(campaign=campaign, months=months_asked(request, campaign))
    context = {
        **grid_context(grid, campaign),
        "doors": _doors(campaign, actor),
        "panels": [(p.template, p.context(campaign, actor)) for p in campaign_panels(actor)],
    }
    return render(request, "capture/campaign.html", context, status=status)


def _doors(campaign: Campaign, actor: Actor) -> list[tuple[str, str]]:
    """Return the forms and connections whose leads this campaign is credited with."""
    doors = []
    if actor.may(Right.FORMS_READ):
        rows = campaign.forms.order_by("name")
        doors += [(row.name, reverse("form_edit", args=[row.public_id])) for row in rows]
    if actor.may(Right.FORMS_MANAGE):
        found = Connection.objects.filter(campaign=campaign).order_by("name")
        doors += [(row.name, reverse("connection_fields", args=[row.public_id])) for row in found]
    return doors
