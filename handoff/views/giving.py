from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rights import Right
from ground.etags import pulse
from ground.toasts import toast
from ground.together import read
from handoff.actions.distribution import accept_own_leads, distribute_leads
from handoff.actions.offers import offer_leads
from handoff.briefing import Briefing, build_briefings, missing_parts, readable
from handoff.forms.handover import DistributeForm, HandOverForm
from handoff.models import BriefingPart
from handoff.panels import handoff_panel
from handoff.queries import agreement_in_force
from handoff.telling import tell
from handoff.views.common import run_form
from leads.information import find_informing
from leads.stages import Stage
from leads.views.detail import find_lead


@login_required
@require_http_methods(["GET", "POST"])
def hand_over_lead(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.HANDOFF_GIVE, Right.HANDOFF_DISTRIBUTE)
    now = timezone.now()
    briefing = build_briefings([lead], as_of=now)[lead.pk]
    parts = _parts(briefing)
    needs_interest = any(part == BriefingPart.INTEREST and not done for part, _l, done in parts)
    needs = {"needs_interest": needs_interest, "needs_override": bool(briefing["informing"])}
    form = HandOverForm(request.POST or None, actor=actor, **needs)

    def act(_form: forms.Form) -> HttpResponse:
        offer_leads([lead.pk], **form.arguments(), by=actor, as_of=now)
        toast(request, _("%(lead)s is handed over.") % {"lead": lead})
        return redirect("lead_detail", lead.public_id)

    context = {"lead": lead, "parts": parts}
    return run_form(request, form, act, template="handoff/hand_over.html", context=context)


def _parts(briefing: Briefing) -> list[tuple[BriefingPart, str, bool]]:
    """Return what a briefing must have, and whether it is there; the target is chosen here."""
    required = agreement_in_force().required_parts
    missing = missing_parts(briefing, has_target=True, required=required)
    wanted = [part for part in BriefingPart if part.value in required]
    return [
        (part, str(part.label), part not in missing)
        for part in wanted
        if part != BriefingPart.TARGET
    ]


@login_required
@require_http_methods(["GET", "POST"])
def distribute_lead(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.HANDOFF_DISTRIBUTE)
    now = timezone.now()
    asks = lead.stage == Stage.MQL and bool(find_informing([lead.pk], as_of=now))
    form = DistributeForm(request.POST or None, actor=actor, needs_override=asks)

    def act(_form: forms.Form) -> HttpResponse:
        distribute_leads([lead.pk], **form.arguments(), by=actor, as_of=timezone.now())
        toast(request, _("%(lead)s is handed over.") % {"lead": lead})
        return redirect("lead_detail", lead.public_id)

    back_url = reverse("lead_detail", args=[lead.public_id])
    context = {
        "title": _("Give %(lead)s to somebody") % {"lead": lead},
        "button": _("Give"),
        "cancel_url": back_url,
        "crumbs": [(_("Leads"), reverse("lead_list")), (str(lead), back_url)],
    }
    return run_form(request, form, act, context=context)


@login_required
@require_POST
def accept_own_lead(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    accept_own_leads([lead.pk], by=actor, as_of=timezone.now())
    toast(request, _("%(lead)s is an SQL now.") % {"lead": lead})
    return redirect("lead_detail", lead.public_id)


@login_required
@require_GET
def lead_handoff(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    context = read(handoff_panel(lead, actor))
    return render(request, "handoff/panels/handoff.html", {"lead": lead, **context})


@login_required
@require_GET
def lead_handoff_pulse(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    return pulse(request, read(handoff_panel(lead, actor))["handoff_tag"])


@login_required
@require_GET
def lead_briefing(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    now = timezone.now()
    briefing = readable(build_briefings([lead], as_of=now)[lead.pk], actor)
    context = {"lead": lead, "told": tell(briefing), "at": now}
    return render(request, "handoff/briefing.html", context)
