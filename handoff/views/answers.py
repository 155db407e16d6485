from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rights import Right
from ground.toasts import toast
from handoff.actions.answers import accept_handoffs, reject_handoffs, return_handoffs
from handoff.actions.offers import withdraw_handoffs
from handoff.forms.handover import RejectForm
from handoff.listing import QUEUE_LIST
from handoff.views.common import back, find_handoff, is_part, run_form
from handoff.views.queue import render_queue


@login_required
@require_POST
def accept_handoff(request: HttpRequest, public_id: Any) -> HttpResponse:
    handoff, actor = find_handoff(request, public_id)
    accept_handoffs([handoff.pk], by=actor, as_of=timezone.now())
    toast(request, _("%(lead)s is yours now.") % {"lead": handoff.lead})
    if is_part(request, QUEUE_LIST.target):
        return render_queue(request, actor)
    return back(request, "lead_detail", handoff.lead.public_id)


@login_required
@require_http_methods(["GET", "POST"])
def reject_handoff(request: HttpRequest, public_id: Any) -> HttpResponse:
    handoff, actor = find_handoff(request, public_id)
    actor.require(Right.HANDOFF_WORK)

    def act(form: forms.Form) -> HttpResponse:
        reject_handoffs([handoff.pk], **form.cleaned_data, by=actor, as_of=timezone.now())
        toast(request, _("%(lead)s goes back to marketing.") % {"lead": handoff.lead})
        return back(request, "queue")

    title = _("Reject %(lead)s") % {"lead": handoff.lead}
    context = {
        "title": title,
        "button": _("Reject"),
        "cancel_url": reverse("queue"),
        "crumbs": [(_("Queue"), reverse("queue"))],
    }
    return run_form(request, RejectForm(request.POST or None), act, context=context)


@login_required
@require_POST
def return_handoff(request: HttpRequest, public_id: Any) -> HttpResponse:
    handoff, actor = find_handoff(request, public_id)
    return_handoffs([handoff.pk], by=actor, as_of=timezone.now())
    toast(request, _("%(lead)s goes back to be distributed.") % {"lead": handoff.lead})
    return back(request, "queue")


@login_required
@require_POST
def withdraw_handoff(request: HttpRequest, public_id: Any) -> HttpResponse:
    handoff, actor = find_handoff(request, public_id)
    withdraw_handoffs([handoff.pk], by=actor, as_of=timezone.now())
    toast(request, _("The hand-over is withdrawn."))
    return back(request, "lead_detail", handoff.lead.public_id)
