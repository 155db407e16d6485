"""Sequences and mails on the page of a lead."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor, request_actor
from accounts.models import User
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from ground.together import read
from leads.models import Lead
from leads.models.lead import visible_q
from leads.views.detail import find_lead
from nurturing.actions.enrolment import enrol_leads, exit_enrolments
from nurturing.actions.personal import blocked_because, send_personal_mail
from nurturing.forms.leads import EndForm, EnrolForm, PersonalMailForm
from nurturing.models import Enrolment, ExitReason


def _dialog(
    request: HttpRequest,
    lead: Lead,
    title: str,
    form: forms.Form,
    save: Callable[[], str],
    **context: Any,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            said = save()
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, said)
            return redirect("lead_detail", lead.public_id)
    context |= {"form": form, "lead": lead, "title": title}
    status = 422 if form.errors else 200
    return render(request, "nurturing/lead_form.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def lead_enrol(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.SEQUENCES_MANAGE)
    form = EnrolForm(request.POST or None)

    def save() -> str:
        sequence = form.cleaned_data["sequence"]
        new = enrol_leads([lead.pk], sequence, by=actor, as_of=timezone.now())
        if not new:
            raise DomainError(
                "not_enrolled", _("The lead is in this sequence already, or its stage ends it.")
            )
        return _("%(lead)s has entered “%(sequence)s”.") % {
            "lead": lead.display_name,
            "sequence": sequence.name,
        }

    warning = read(blocked_because(lead))
    return _dialog(request, lead, _("Put into a sequence"), form, save, warning=warning)


@login_required
@require_http_methods(["GET", "POST"])
def lead_mail(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.LEADS_EDIT)
    form = PersonalMailForm(request.POST or None)

    def save() -> str:
        assert isinstance(request.user, User)
        send_personal_mail(
            lead.pk, author=request.user, by=actor, as_of=timezone.now(), **form.cleaned_data
        )
        return _("The mail is on its way.")

    warning = read(blocked_because(lead))
    return _dialog(request, lead, _("Write a mail"), form, save, warning=warning)


@login_required
@require_http_methods(["GET", "POST"])
def enrolment_end(request: HttpRequest, public_id: Any) -> HttpResponse:
    enrolment, actor = _find_enrolment(request, public_id)
    actor.require(Right.SEQUENCES_MANAGE)
    form = EndForm(request.POST if request.method == "POST" else None)

    def save() -> str:
        exit_enrolments(
            [enrolment.pk],
            reason=ExitReason.BY_HAND,
            detail=form.cleaned_data["detail"],
            by=actor,
            as_of=timezone.now(),
        )
        return _("The lead has left “%(sequence)s”.") % {"sequence": enrolment.sequence.name}

    title = _("End “%(sequence)s”") % {"sequence": enrolment.sequence.name}
    return _dialog(request, enrolment.lead, title, form, save)


def _find_enrolment(request: HttpRequest, public_id: Any) -> tuple[Enrolment, Actor]:
    actor = request_actor(request)
    rows = Enrolment.objects.filter(visible_q(actor, "lead__"))
    rows = rows.select_related("lead__company", "sequence")
    return get_object_or_404(rows, public_id=public_id), actor
