from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from ground.together import read
from handoff.actions.contacts import log_contacts
from handoff.briefing import build_briefings, readable
from handoff.forms.contact import ContactForm, keys_of
from handoff.panels import handoff_panel
from handoff.queue import next_lead
from handoff.telling import tell
from handoff.views.common import is_part, run_form
from leads.models import Lead
from leads.views.detail import find_lead

WORK = "handoff/work.html"


@login_required
@require_GET
def work_next(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK)
    return _show(request, actor, next_lead(actor, as_of=timezone.now()), ContactForm())


@login_required
@require_http_methods(["GET", "POST"])
def work_lead(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.HANDOFF_WORK)
    if request.method == "GET":
        return _show(request, actor, lead, ContactForm())
    form = ContactForm(request.POST)
    now = timezone.now()
    if not form.is_valid():
        return _show(request, actor, lead, form, status=422)
    try:
        log_contacts([form.contact(lead.pk, now)], by=actor, as_of=now)
    except DomainError as error:
        add_refusal(form, error)
        return _show(request, actor, lead, form, status=error.status)
    toast(request, _("Saved: %(lead)s") % {"lead": lead})
    if not is_part(request, "work"):
        return redirect("work_next")
    return _show(request, actor, next_lead(actor, as_of=now, after=lead), ContactForm())


def _show(
    request: HttpRequest, actor: Actor, lead: Lead | None, form: ContactForm, *, status: int = 200
) -> HttpResponse:
    """Show one lead to work on, or that all is done; htmx gets the part alone."""
    context: dict[str, Any] = {"lead": lead}
    if lead is not None:
        briefing = build_briefings([lead], as_of=timezone.now())[lead.pk]
        tasks = lead.tasks.filter(done_at=None).order_by("due_at")
        context |= {
            "told": tell(readable(briefing, actor)),
            "form": form,
            "open_tasks": tasks,
            **keys_of(form),
        }
        context |= read(handoff_panel(lead, actor))
    name = f"{WORK}#work" if is_part(request, "work") else WORK
    return render(request, name, context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def call_create(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.HANDOFF_WORK)
    back_url = reverse("lead_detail", args=[lead.public_id])

    def act(form: forms.Form) -> HttpResponse:
        assert isinstance(form, ContactForm)
        now = timezone.now()
        log_contacts([form.contact(lead.pk, now)], by=actor, as_of=now)
        toast(request, _("Saved."))
        return redirect(back_url)

    context = {
        "title": _("Log a call with %(lead)s") % {"lead": lead},
        "cancel_url": back_url,
        "crumbs": [(_("Leads"), reverse("lead_list")), (str(lead), back_url)],
    }
    return run_form(request, ContactForm(request.POST or None), act, context=context)
