from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.models import User
from accounts.once import forget
from accounts.rights import Right
from ground.asked import asked_uuid
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import View, render_listing
from ground.toasts import toast
from leads.actions.editing import delete_leads, restore_leads, tag_leads
from leads.actions.ownership import assign_leads
from leads.actions.views import change_view, delete_view, save_view
from leads.forms import SavedViewForm, TagsForm
from leads.listing import lead_listing, may_ask
from leads.models import Lead, SavedView, Segment
from leads.position import with_position
from leads.profile import with_completeness
from leads.stages import SORTED_OUT_BY_HAND

LIST = "leads/list.html"


@login_required
@require_GET
def lead_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    seen = Lead.objects.visible_to(actor).select_related("company", "owner")
    leads: QuerySet[Lead] = seen.prefetch_related("identifiers")
    shown = ",".join(request.GET.getlist("columns")).split(",")
    if "completeness" in shown:
        leads = with_completeness(leads)
    if "position" in shown:
        leads = with_position(leads, as_of=timezone.now())
    here = request.GET.urlencode()
    known = [v for v in SavedView.objects.for_user(request.user.pk) if may_ask(v.query, actor)]
    page = lead_listing(actor).page(request, leads, views=_views(known, here))
    people = User.objects.filter(is_active=True) if actor.may(Right.LEADS_ASSIGN) else []
    mine = (view for view in known if view.owner_id == actor.user_id and view.query == here)
    lists = Segment.objects.filter(kind="list") if actor.may(Right.SEGMENTS_MANAGE) else []
    context = {
        "people": people,
        "lists": lists,
        "reasons": SORTED_OUT_BY_HAND,
        "own_view": next(mine, None),
    }
    return render_listing(request, LIST, page, context)


def _views(known: Sequence[SavedView], here: str) -> list[View]:
    address = reverse("lead_list")
    return [
        View(_("All"), address, is_active=not here),
        *(View(v.name, f"{address}?{v.query}", is_active=v.query == here) for v in known),
    ]


@login_required
@require_http_methods(["GET", "POST"])
def view_save(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    query = request.POST.get("query", request.GET.urlencode())
    form = SavedViewForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        view = save_view(query=query, by=actor, as_of=timezone.now(), **form.cleaned_data)
        return redirect(f"{reverse('lead_list')}?{view.query}")
    context = {"form": form, "query": query}
    return render(request, "leads/view_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def view_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = request_actor(request)
    mine = SavedView.objects.filter(owner_id=request.user.pk)
    view = get_object_or_404(mine, public_id=public_id)
    form = SavedViewForm(request.POST or None, instance=view, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            change_view(view.pk, by=actor, as_of=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Saved."))
            return redirect(f"{reverse('lead_list')}?{view.query}")
    context = {"form": form, "view": view}
    return render(request, "leads/view_form.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def view_delete(request: HttpRequest, public_id: str) -> HttpResponse:
    mine = SavedView.objects.filter(owner_id=request.user.pk)
    delete_view(get_object_or_404(mine, public_id=public_id), by=request_actor(request))
    toast(request, _("The view is gone."))
    return redirect("lead_list")


@login_required
@require_POST
def leads_tag(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    form = TagsForm(request.POST)
    names = form.names() if form.is_valid() else []
    chosen = lead_listing(actor).narrow(request, Lead.objects.visible_to(actor)).rows
    count = tag_leads(
        list(chosen.values_list("pk", flat=True)), add=names, by=actor, as_of=timezone.now()
    )
    toast(request, _("%(count)d leads tagged.") % {"count": count})
    return back_to_list(request)


@login_required
@require_POST
def leads_assign(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    key = request.POST.get("owner", "")
    owner = get_object_or_404(User, public_id=asked_uuid(key), is_active=True) if key else None
    chosen = lead_listing(actor).narrow(request, Lead.objects.visible_to(actor)).rows
    ids = list(chosen.values_list("pk", flat=True))
    count = assign_leads(ids, owner=owner, by=actor, as_of=timezone.now())
    toast(request, _("%(count)d leads have a new owner.") % {"count": count})
    return back_to_list(request)


@login_required
@require_POST
def leads_delete(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    chosen = lead_listing(actor).narrow(request, Lead.objects.visible_to(actor)).rows
    count = delete_leads(list(chosen.values_list("pk", flat=True)), by=actor, as_of=timezone.now())
    if count:
        forget(request)
    toast(request, _("%(count)d leads are in the bin.") % {"count": count})
    return back_to_list(request)


def back_to_list(request: HttpRequest) -> HttpResponse:
    """Return to the list as it was narrowed when something was done to its rows."""
    query = request.POST.get("query", "")
    return redirect(f"{reverse('lead_list')}?{query}" if query else "lead_list")


@login_required
@require_GET
def lead_bin(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_DELETE)
    leads = Lead.objects.in_bin(actor).select_related("company", "deleted_by")
    return render(request, "leads/bin.html", {"leads": leads.order_by("-deleted_at")[:200]})


@login_required
@require_POST
def lead_restore(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = request_actor(request)
    lead = get_object_or_404(Lead.objects.in_bin(actor), public_id=public_id)
    restore_leads([lead.pk], by=actor, as_of=timezone.now())
    toast(request, _("%(lead)s is back.") % {"lead": lead})
    return redirect("lead_detail", lead.public_id)
