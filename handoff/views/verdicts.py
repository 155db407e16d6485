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
from handoff.actions.verdicts import give_verdicts
from handoff.forms.handover import VerdictForm
from handoff.views.common import run_form
from leads.views.detail import find_lead


@login_required
@require_http_methods(["GET", "POST"])
@once
def verdict_give(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.HANDOFF_WORK)
    back_url = reverse("lead_detail", args=[lead.public_id])

    def act(form: forms.Form) -> HttpResponse:
        give_verdicts([lead.pk], **form.cleaned_data, by=actor, as_of=timezone.now())
        toast(request, _("Saved."))
        return redirect(back_url)

    crumbs = [(_("Leads"), reverse("lead_list")), (str(lead), back_url)]
    title = _("How good is %(lead)s?") % {"lead": lead}
    context = {"title": title, "cancel_url": back_url, "crumbs": crumbs}
    return run_form(request, VerdictForm(request.POST or None), act, context=context)
