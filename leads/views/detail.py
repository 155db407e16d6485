from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import Actor, request_actor
from accounts.once import once
from accounts.rights import Right
from ground.errors import ConflictError, DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from ground.together import Reader, read, read_together
from leads.actions.editing import edit_lead
from leads.actions.entry import enter_leads
from leads.actions.handles import add_chat_handle
from leads.actions.notes import add_notes
from leads.customfields import shown_custom
from leads.entries import found_by
from leads.forms import EditForm, NoteForm, QuickEntryForm
from leads.information import informing_rows, tell_informing
from leads.models import Lead
from leads.panels import PLACES, panels_for
from leads.position import position_label, with_position
from leads.stages import SORTED_OUT_BY_HAND
from leads.timeline import read_timeline


def find_lead(request: HttpRequest, public_id: Any) -> tuple[Lead, Actor]:
    """Return a lead that the reader may see, and who is reading; anything else is not there."""
    actor = request_actor(request)
    leads = Lead.objects.visible_to(actor).select_related("company", "owner", "team")
    return get_object_or_404(leads, public_id=public_id), actor


@login_required
@require_GET
def lead_detail(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    panels = [panel for place in PLACES for panel in panels_for(actor, place)]
    about, stretch, *cards = read_together(
        _about(lead, actor),
        read_timeline(lead, actor),
        *(panel.context(lead, actor) for panel in panels),
    )
    places: dict[str, list[Any]] = {place: [] for place in PLACES}
    for panel, card in zip(panels, cards, strict=True):
        places[panel.place].append((panel.template, card))
    context = {
        "lead": lead,
        "places": places,
        "stretch": stretch,
        "note_form": NoteForm(),
        "reasons": SORTED_OUT_BY_HAND,
        "custom": shown_custom(lead, actor),
        **about,
        "is_paused": lead.paused_until is not None and lead.paused_until > timezone.now(),
    }
    return render(request, "leads/detail.html", context)


def _about(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    known = [lead.referrer_id] if lead.referrer_id else []
    now = timezone.now()
    asked = [
        lead.tags.all(),
        lead.identifiers.all(),
        lead.consents.all(),
        Lead.objects.visible_to(actor).filter(pk__in=known),
        informing_rows([lead.pk], as_of=now),
        with_position(Lead.objects.filter(pk=lead.pk), as_of=now).values_list("position"),
    ]
    tags, identifiers, consents, referrer, informing, position = yield asked
    return {
        "tags": tags,
        "identifiers": identifiers,
        "consents": consents,
        "position": position_label(position[0][0]) if position else "",
        "informing": tell_informing(informing).get(lead.pk),
        "referrer": next(iter(referrer), None),
    }


@login_required
@require_GET
def lead_timeline(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    area = request.GET.get("area", "")
    stretch = read(read_timeline(lead, actor, before=request.GET.get("before", ""), area=area))
    name = (
        "leads/timeline.html#stretch"
        if request.headers.get("HX-Request")
        else ("leads/timeline.html")
    )
    return render(request, name, {"lead": lead, "stretch": stretch, "area": area})


@login_required
@require_http_methods(["GET", "POST"])
@once
def lead_create(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_CREATE)
    form = QuickEntryForm(request.POST or None, initial={"channel": request.GET.get("channel")})
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("lead_detail", _enter(request, actor, form).public_id)
        except DomainError as error:
            add_refusal(form, error)
    return render(request, "leads/create.html", {"form": form}, status=422 if form.errors else 200)


def _enter(request: HttpRequest, actor: Actor, form: QuickEntryForm) -> Lead:
    now = timezone.now()
    entry = replace(form.entry(now), **found_by(actor))
    (entered,) = enter_leads([entry], by=actor, as_of=now)
    note = form.cleaned_data["note"]
    if note:
        add_notes({entered.lead_id: note}, by=actor, as_of=now)
    for warning in entered.warnings:
        toast(request, warning.message, level=30)
    text = _("Lead added.") if entered.is_new else _("This lead was known; the gaps are filled.")
    toast(request, text)
    return Lead.objects.get(pk=entered.lead_id)


@login_required
@require_http_methods(["GET", "POST"])
def lead_edit(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.LEADS_EDIT)
    only = request.GET.get("field", "")
    form = EditForm(request.POST or None, lead=lead, only=only)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            _edit(lead, actor, form)
        except ConflictError as error:
            form = _show_both(form, error)
            status = 409
        except DomainError as error:
            add_refusal(form, error, field=_form_field(form, error.field))
        else:
            toast(request, _("Saved."))
            return redirect("lead_detail", lead.public_id)
    status = 422 if form.errors and status == 200 else status
    context = {"form": form, "lead": lead, "only": only if only in form.fields else ""}
    return render(request, "leads/edit.html", context, status=status)


@transaction.atomic
def _edit(lead: Lead, actor: Actor, form: EditForm) -> None:
    now = timezone.now()
    version, handle = form.cleaned_data["version"], form.cleaned_data.get("chat_handle")
    edit_lead(lead.pk, form.changes(), by=actor, as_of=now, version=version)
    if handle:
        add_chat_handle(lead.pk, handle, by=actor, as_of=now)


def _form_field(form: EditForm, name: str) -> str | None:
    return next((key for key in (name, f"custom.{name}") if key in form.fields), None)


def _show_both(form: EditForm, error: ConflictError) -> EditForm:
    """Keep what was typed, say what is there now, and let the next attempt go through."""
    # A copy keeps all values of a name; of several choices, dict() would leave the last one.
    assert isinstance(form.data, QueryDict)
    data = form.data.copy()
    data["version"] = error.details["version"]
    form.data = data
    form.add_error(None, str(error))
    for name, value in error.details["present"].items():
        text = _("Now it says: %(value)s") % {"value": value if value not in ("", None) else "–"}
        form.add_error(name, text)
    return form
