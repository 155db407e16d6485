from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.models import Organisation, User
from accounts.once import once
from accounts.rights import Right
from ground.listing import render_listing
from ground.toasts import toast
from handoff.actions.closing import (
    lose_opportunities,
    reopen_opportunities,
    win_opportunities,
)
from handoff.actions.deals import (
    change_opportunities,
    create_opportunities,
    mark_offers_sent,
    move_opportunities,
)
from handoff.forms.deals import DealForm, LoseForm, WinForm
from handoff.listing import DEAL_LIST
from handoff.models import OPEN_STAGES, DealStage, Opportunity
from handoff.templatetags.handoff import DEAL_TONES
from handoff.views.common import run_form
from leads.views.detail import find_lead

CARDS = 50


def find_deal(request: HttpRequest, public_id: Any) -> tuple[Opportunity, Actor]:
    """Return a deal that the reader may see; anything else is not there."""
    actor = request_actor(request)
    actor.require(Right.DEALS_READ)
    deals = Opportunity.objects.visible_to(actor).select_related("lead__company", "owner")
    return get_object_or_404(deals, public_id=public_id), actor


@login_required
@require_GET
def deal_board(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.DEALS_READ)
    deals = Opportunity.objects.visible_to(actor).select_related("lead__company", "owner")
    page = DEAL_LIST.page(request, deals)
    newest = page.matching.order_by("-stage_at", "-pk")
    # Amounts of different currencies do not add up.
    worth = Sum("amount", filter=Q(currency=Organisation.current().currency))
    totals = {
        stage: {"number": number, "worth": total}
        for stage, number, total in page.matching.values("stage")
        .annotate(number=Count("pk"), worth=worth)
        .values_list("stage", "number", "worth")
    }
    columns = [
        {
            **totals.get(stage, {"number": 0, "worth": None}),
            "stage": stage,
            "tone": DEAL_TONES[stage],
            "cards": newest.filter(stage=stage)[:CARDS],
        }
        for stage in OPEN_STAGES
    ]
    choices = DealStage.choices if actor.may(Right.DEALS_EDIT) else []
    context = {"page": page, "columns": columns, "choices": choices}
    return render(request, "handoff/deal_board.html", context)


@login_required
@require_GET
def deal_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.DEALS_READ)
    deals = Opportunity.objects.visible_to(actor).select_related("lead__company", "owner")
    return render_listing(request, "handoff/deals.html", DEAL_LIST.page(request, deals))


@login_required
@require_http_methods(["GET", "POST"])
@once
def deal_create(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.DEALS_EDIT)
    back_url = reverse("lead_detail", args=[lead.public_id])
    owner = lead.owner or get_object_or_404(User, pk=actor.user_id)
    form = DealForm(request.POST or None, actor=actor, owner=owner)

    def act(_form: forms.Form) -> HttpResponse:
        create_opportunities([form.new_deal(lead.pk)], by=actor, as_of=timezone.now())
        toast(request, _("The deal is open."))
        return redirect(back_url)

    context = {
        "title": _("New deal with %(lead)s") % {"lead": lead},
        "cancel_url": back_url,
        "crumbs": [(_("Leads"), reverse("lead_list")), (str(lead), back_url)],
    }
    return run_form(request, form, act, context=context)


@login_required
@require_http_methods(["GET", "POST"])
def deal(request: HttpRequest, public_id: Any) -> HttpResponse:
    found, actor = find_deal(request, public_id)
    if request.method == "POST":
        actor.require(Right.DEALS_EDIT)
    form = DealForm(request.POST or None, actor=actor, deal=found)

    def act(_form: forms.Form) -> HttpResponse:
        version = form.cleaned_data["version"]
        change_opportunities(
            [found.pk], values=form.values(), version=version, by=actor, as_of=timezone.now()
        )
        toast(request, _("Saved."))
        return redirect("deal", found.public_id)

    context = {"deal": found, "stages": OPEN_STAGES}
    return run_form(request, form, act, template="handoff/deal.html", context=context)


@login_required
@require_POST
def move_deal(request: HttpRequest, public_id: Any) -> HttpResponse:
    found, actor = find_deal(request, public_id)
    to = request.POST.get("to", "")
    if to == DealStage.WON:
        return redirect("win_deal", found.public_id)
    if to == DealStage.LOST:
        return redirect("lose_deal", found.public_id)
    before = found.stage
    stage = DealStage(to) if to in DealStage.values else DealStage(before)
    move_opportunities([found.pk], to=stage, by=actor, as_of=timezone.now())
    toast(request, _("%(deal)s: %(stage)s") % {"deal": found, "stage": stage.label})
    return redirect("deal_board")


@login_required
@require_http_methods(["GET", "POST"])
def win_deal(request: HttpRequest, public_id: Any) -> HttpResponse:
    found, actor = find_deal(request, public_id)
    actor.require(Right.DEALS_EDIT)

    def act(form: forms.Form) -> HttpResponse:
        win_opportunities([found.pk], **form.cleaned_data, by=actor, as_of=timezone.now())
        text = _("Won: %(deal)s. %(lead)s is a customer now.")
        undo = reverse("reopen_deal", args=[found.public_id])
        toast(request, text % {"deal": found, "lead": found.lead}, undo_url=undo)
        return redirect("deal", found.public_id)

    form = WinForm(request.POST or None, deal=found)
    return run_form(request, form, act, context=_closing(found, _("Won"), _("It is won")))


@login_required
@require_http_methods(["GET", "POST"])
def lose_deal(request: HttpRequest, public_id: Any) -> HttpResponse:
    found, actor = find_deal(request, public_id)
    actor.require(Right.DEALS_EDIT)

    def act(form: forms.Form) -> HttpResponse:
        lose_opportunities([found.pk], **form.cleaned_data, by=actor, as_of=timezone.now())
        undo = reverse("reopen_deal", args=[found.public_id])
        toast(request, _("Lost: %(deal)s") % {"deal": found}, undo_url=undo)
        return redirect("deal", found.public_id)

    form = LoseForm(request.POST or None)
    return run_form(request, form, act, context=_closing(found, _("Lost"), _("It is lost")))


def _closing(found: Opportunity, word: str, button: str) -> dict[str, Any]:
    back_url = reverse("deal", args=[found.public_id])
    crumbs = [(_("Deals"), reverse("deal_board")), (found.name, back_url)]
    title = f"{word}: {found.name}"
    return {"title": title, "button": button, "cancel_url": back_url, "crumbs": crumbs}


@login_required
@require_POST
def reopen_deal(request: HttpRequest, public_id: Any) -> HttpResponse:
    found, actor = find_deal(request, public_id)
    reopen_opportunities([found.pk], by=actor, as_of=timezone.now())
    toast(request, _("Open again: %(deal)s") % {"deal": found})
    return redirect("deal", found.public_id)


@login_required
@require_POST
def send_offer(request: HttpRequest, public_id: Any) -> HttpResponse:
    found, actor = find_deal(request, public_id)
    mark_offers_sent([found.pk], by=actor, as_of=timezone.now())
    toast(request, _("Noted: the offer was sent."))
    return redirect("deal", found.public_id)
