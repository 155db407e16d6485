from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor
from accounts.rights import Right
from conditions.errors import TooSlowError
from ground.asked import asked_uuid
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.listing import search_leads
from leads.models import Lead
from leads.normalise import clean_text
from scoring.actions.approval import activate_version, propose_version, sign_version
from scoring.actions.drafts import change_limits, discard_draft
from scoring.breakdown import explain
from scoring.forms import LimitsForm
from scoring.lines import lines_of, signatures_of
from scoring.models import SIGNING_RIGHTS, ModelVersion, Side
from scoring.preview import preview, threshold_weeks
from scoring.rulesets import load_rulesets
from scoring.sentences import mql_rule, temperature_rules
from scoring.views.models import reader

FOUND_LEADS = 8


def find_version(public_id: Any) -> ModelVersion:
    """Return a version or answer 404."""
    return get_object_or_404(ModelVersion.objects.select_related("model"), public_id=public_id)


@login_required
@require_GET
def scoring_version(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = reader(request)
    version = find_version(public_id)
    form = LimitsForm(version=version)
    return render(request, "scoring/version.html", _page(version, actor, form))


def _page(version: ModelVersion, actor: Actor, form: LimitsForm) -> dict[str, Any]:
    (ruleset,) = load_rulesets([version])
    signatures = signatures_of(version)
    signed = {item.side: item.approval for item in signatures}
    return {
        "version": version,
        "axes": lines_of(ruleset),
        "form": form,
        "can_edit": version.is_open and actor.may(Right.SCORING_MANAGE),
        "signatures": signatures,
        "is_signed": all(signed.values()),
        "my_sides": [
            side
            for side in Side
            if version.state == "proposed" and not signed[side] and actor.may(SIGNING_RIGHTS[side])
        ],
        "mql_rule": mql_rule(ruleset.limits),
        "temperatures": temperature_rules(ruleset.limits),
        "has_rules": bool(ruleset.rules),
    }


@login_required
@require_POST
def scoring_limits(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = reader(request)
    version = find_version(public_id)
    form = LimitsForm(request.POST, version=version)
    if form.is_valid():
        try:
            change_limits(version.pk, form.cleaned_data, by=actor, as_of=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("scoring_version", version.public_id)
    actor.require(Right.SCORING_MANAGE)
    return render(request, "scoring/version.html", _page(version, actor, form), status=422)


@login_required
@require_GET
def scoring_effect(request: HttpRequest, public_id: Any) -> HttpResponse:
    reader(request)
    version = find_version(public_id)
    (ruleset,) = load_rulesets([version])
    active = ModelVersion.objects.active().filter(model=version.model_id).first()
    now = timezone.now()
    context: dict[str, Any] = {"version": version, "active": active, "limits": ruleset.limits}
    try:
        context["preview"] = preview(ruleset, as_of=now)
        if active is not None:
            context["weeks"] = threshold_weeks(ruleset, active, as_of=now)
    except TooSlowError as error:
        context["error"] = error
    part = "#effect" if request.headers.get("HX-Request") == "true" else ""
    return render(request, f"scoring/effect.html{part}", context)


@login_required
@require_GET
def scoring_try(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = reader(request)
    version = find_version(public_id)
    asked = clean_text(request.GET.get("q", ""), limit=200)
    visible = Lead.objects.visible_to(actor)
    leads = list(search_leads(visible, asked).order_by("-pk")[:FOUND_LEADS]) if asked else []
    key = asked_uuid(request.GET.get("lead", ""))
    lead = visible.filter(public_id=key).first() if key else None
    lead = lead or (leads[0] if len(leads) == 1 else None)
    context = {"version": version, "asked": asked, "leads": leads, "lead": lead}
    if lead is not None:
        (ruleset,) = load_rulesets([version])
        context["why"] = explain(lead.pk, ruleset, as_of=timezone.now())
    return render(request, "scoring/try.html", context)


@login_required
@require_POST
def scoring_propose(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = reader(request)
    version = propose_version(find_version(public_id).pk, by=actor, as_of=timezone.now())
    toast(request, _("Marketing and sales can sign now."))
    return redirect("scoring_version", version.public_id)


@login_required
@require_POST
def scoring_sign(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = reader(request)
    version = find_version(public_id)
    side = request.POST.get("side", "")
    if side not in Side.values:
        raise DomainError("side_unknown", _("Say for which side."), "side")
    sign_version(version.pk, side=side, by=actor, as_of=timezone.now())
    toast(request, _("Signed."))
    return redirect("scoring_version", version.public_id)


@login_required
@require_POST
def scoring_activate(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = reader(request)
    version = activate_version(find_version(public_id).pk, by=actor, as_of=timezone.now())
    toast(request, _("Active. All leads are being judged anew."))
    return redirect("scoring_model", version.model.public_id)


@login_required
@require_POST
def scoring_discard(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = reader(request)
    version = find_version(public_id)
    discard_draft(version.pk, by=actor, as_of=timezone.now())
    toast(request, _("The draft is gone."))
    if version.model.versions.exists():
        return redirect("scoring_model", version.model.public_id)
    return redirect("scoring_models")
