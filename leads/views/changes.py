from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from accounts.models import User
from accounts.once import forget, once
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.actions.consent import Declaration, record_consents
from leads.actions.editing import delete_leads, pause_leads, tag_leads
from leads.actions.lifecycle import change_stage
from leads.actions.notes import add_notes
from leads.actions.ownership import assign_leads, claim_lead
from leads.forms import ConsentForm, NoteForm, OwnerForm, PauseForm, StageForm, TagsForm
from leads.models import Lead
from leads.stages import Stage
from leads.views.detail import find_lead

Change = Callable[[Lead, forms.Form, Actor, datetime], Any]


def _change(
    request: HttpRequest,
    public_id: Any,
    form_class: type[forms.Form],
    change: Change,
    title: str,
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show a small form about one lead as a page or dialog and carry it out."""
    lead, actor = find_lead(request, public_id)
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change(lead, form, actor, timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Done."))
            return redirect("lead_detail", lead.public_id)
    context = {"form": form, "lead": lead, "title": title}
    return render(request, "leads/change.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def lead_stage(request: HttpRequest, public_id: Any) -> HttpResponse:
    def change(lead: Lead, form: forms.Form, actor: Actor, now: datetime) -> None:
        data = form.cleaned_data
        change_stage(
            [lead.pk],
            to=Stage(data["to"]),
            other_reason=data["other_reason"],
            reason=data["reason"],
            by=actor,
            as_of=now,
        )

    initial = {"to": request.GET.get("to", "")}
    return _change(request, public_id, StageForm, change, _("Change the stage"), initial)


@login_required
@require_http_methods(["GET", "POST"])
def lead_owner(request: HttpRequest, public_id: Any) -> HttpResponse:
    def change(lead: Lead, form: forms.Form, actor: Actor, now: datetime) -> None:
        data = form.cleaned_data
        team = data["team"].pk if data["team"] else None
        assign_leads(
            [lead.pk],
            owner=data["owner"],
            team_id=team,
            reason=data["reason"],
            by=actor,
            as_of=now,
        )

    return _change(request, public_id, OwnerForm, change, _("Give to somebody"))


@login_required
@require_POST
def lead_claim(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    owner = get_object_or_404(User, pk=actor.user_id)
    claim_lead(lead.pk, owner=owner, by=actor, as_of=timezone.now())
    toast(request, _("This lead is yours now."))
    return redirect("lead_detail", lead.public_id)


@login_required
@require_http_methods(["GET", "POST"])
def lead_pause(request: HttpRequest, public_id: Any) -> HttpResponse:
    def change(lead: Lead, form: forms.Form, actor: Actor, now: datetime) -> None:
        day = form.cleaned_data["until"]
        until = timezone.make_aware(datetime.combine(day, time())) if day else None
        pause_leads([lead.pk], until=until, by=actor, as_of=now)

    return _change(request, public_id, PauseForm, change, _("Leave in peace"))


@login_required
@require_http_methods(["GET", "POST"])
def lead_consent(request: HttpRequest, public_id: Any) -> HttpResponse:
    def change(lead: Lead, form: forms.Form, actor: Actor, now: datetime) -> None:
        data = form.cleaned_data
        declaration = Declaration(
            lead.pk, data["purpose"], data["channel"], data["state"], now, {"how": data["proof"]}
        )
        record_consents([declaration], by=actor, as_of=now)

    return _change(request, public_id, ConsentForm, change, _("Record a consent"))


@login_required
@require_http_methods(["GET", "POST"])
def lead_tags(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, _actor = find_lead(request, public_id)
    present = list(lead.tags.values_list("name", flat=True))

    def change(lead: Lead, form: forms.Form, actor: Actor, now: datetime) -> None:
        assert isinstance(form, TagsForm)
        names = form.names()
        known = form.names("known")
        add = [name for name in names if name not in known]
        remove = [name for name in known if name not in names]
        tag_leads([lead.pk], add=add, remove=remove, by=actor, as_of=now)

    initial = dict.fromkeys(("tags", "known"), ", ".join(present))
    return _change(request, public_id, TagsForm, change, _("Tags"), initial)


@login_required
@require_POST
@once
def lead_note(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "lead": lead, "title": _("Note")}
        return render(request, "leads/change.html", context, status=422)
    add_notes(
        {lead.pk: form.cleaned_data["body"]},
        by=actor,
        as_of=timezone.now(),
        is_private=form.cleaned_data["is_private"],
    )
    toast(request, _("Note saved."))
    return redirect("lead_detail", lead.public_id)


@login_required
@require_POST
def lead_delete(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    delete_leads([lead.pk], by=actor, as_of=timezone.now())
    forget(request)
    undo = reverse("lead_restore", args=[lead.public_id])
    toast(request, _("%(lead)s is in the bin.") % {"lead": lead}, undo_url=undo)
    return redirect("lead_list")
