from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.once import once
from accounts.rights import Right
from ground.toasts import toast
from handoff.actions.referrals import record_referral, record_satisfaction
from handoff.forms.handover import ReferralForm, SatisfactionForm
from handoff.views.common import run_form
from leads.entries import LeadEntry
from leads.models import Lead
from leads.stages import Channel
from leads.views.detail import find_lead


@login_required
@require_http_methods(["GET", "POST"])
@once
def referral_create(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.LEADS_CREATE)

    def act(form: forms.Form) -> HttpResponse:
        now = timezone.now()
        values = {key: value for key, value in form.cleaned_data.items() if key != "company"}
        company = form.cleaned_data["company"]
        entry = LeadEntry(Channel.REFERRAL, now, values, company=company)
        (entered,) = record_referral(lead.pk, [entry], by=actor, as_of=now)
        toast(request, _("The recommendation is recorded."))
        return redirect("lead_detail", Lead.objects.get(pk=entered.lead_id).public_id)

    title = _("Recommended by %(lead)s") % {"lead": lead}
    return run_form(request, ReferralForm(request.POST or None), act, context=_page(lead, title))


@login_required
@require_http_methods(["GET", "POST"])
@once
def satisfaction_create(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.LEADS_EDIT)

    def act(form: forms.Form) -> HttpResponse:
        record_satisfaction([lead.pk], **form.cleaned_data, by=actor, as_of=timezone.now())
        toast(request, _("Saved."))
        return redirect("lead_detail", lead.public_id)

    title = _("How satisfied is %(lead)s?") % {"lead": lead}
    form = SatisfactionForm(request.POST or None)
    return run_form(request, form, act, context=_page(lead, title))


def _page(lead: Lead, title: str) -> dict[str, Any]:
    back_url = reverse("lead_detail", args=[lead.public_id])
    crumbs = [(_("Leads"), reverse("lead_list")), (str(lead), back_url)]
    return {"title": title, "cancel_url": back_url, "crumbs": crumbs}
