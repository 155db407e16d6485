from typing import Any
from uuid import uuid4

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.models import User
from accounts.once import once
from accounts.rights import Right
from ground.listing import View, render_listing
from ground.toasts import toast
from handoff.meetings.actions.changes import (
    book_by_hand,
    cancel_meetings,
    move_meeting,
    note_outcomes,
)
from handoff.meetings.forms.meetings import CallOffForm, MeetingForm, OutcomeForm, ShiftForm
from handoff.meetings.listing import MEETING_LIST, meeting_view
from handoff.meetings.told import in_zone, tell, where
from handoff.models import Meeting, MeetingType
from handoff.views.common import back, run_form
from leads.models import Lead
from leads.views.detail import find_lead


def find_meeting(request: HttpRequest, public_id: Any) -> tuple[Meeting, Actor]:
    """Return a meeting that the reader may see; anything else is not there."""
    actor = request_actor(request)
    rows = Meeting.objects.visible_to(actor).select_related("kind", "host", "lead__company")
    return get_object_or_404(rows, public_id=public_id), actor


@login_required
@require_GET
def meeting_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_READ)
    show = request.GET.get("show", "coming")
    rows = Meeting.objects.visible_to(actor).select_related("kind", "host", "lead__company")
    page = MEETING_LIST.page(
        request, meeting_view(rows, show, as_of=timezone.now()), views=_views(show)
    )
    return render_listing(request, "handoff/meetings/list.html", page, {"show": show})


def _views(show: str) -> list[View]:
    names = {"coming": _("Coming"), "open": _("Outcome missing"), "past": _("Past")}
    address = reverse("meeting_list")
    return [View(label, f"{address}?show={key}", key == show) for key, label in names.items()]


@login_required
@require_GET
def meeting_detail(request: HttpRequest, public_id: Any) -> HttpResponse:
    meeting, actor = find_meeting(request, public_id)
    now = timezone.now()
    told = tell(meeting, "booked", zone=meeting.guest_zone)
    sees_lead = Lead.objects.visible_to(actor).filter(pk=meeting.lead_id or 0).exists()
    context = {
        "meeting": meeting,
        "sees_lead": sees_lead,
        "for_guest": in_zone(meeting.starts_at, meeting.guest_zone),
        "where": where(told, is_host=True),
        "can_work": actor.may(Right.HANDOFF_WORK),
        "is_over": meeting.starts_at <= now,
        "entries": meeting.entries.select_related("calendar"),
    }
    return render(request, "handoff/meetings/detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@once
def meeting_create(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.HANDOFF_WORK)
    user = get_object_or_404(User, pk=actor.user_id)
    back_url = reverse("lead_detail", args=[lead.public_id])
    form = MeetingForm(
        request.POST or None, actor=actor, user=user, initial={"key": uuid4()}, auto_id="meet_%s"
    )

    def act(_form: forms.Form) -> HttpResponse:
        data = form.cleaned_data
        book_by_hand(
            lead.pk,
            data["kind"],
            data["host"],
            data["starts_at"],
            key=data["key"],
            note=data["note"],
            by=actor,
            as_of=timezone.now(),
        )
        toast(request, _("The meeting is booked; both are told by e-mail."))
        return redirect(back_url)

    context = {
        "title": _("New meeting with %(lead)s") % {"lead": lead},
        "cancel_url": back_url,
        "crumbs": [(_("Leads"), reverse("lead_list")), (str(lead), back_url)],
        "button": _("Book"),
    }
    if not MeetingType.objects.filter(is_active=True).exists():
        context["intro"] = _("There is no type of meeting yet: somebody has to make one first.")
    return run_form(request, form, act, context=context)


@login_required
@require_http_methods(["GET", "POST"])
def meeting_shift(request: HttpRequest, public_id: Any) -> HttpResponse:
    meeting, actor = find_meeting(request, public_id)
    actor.require(Right.HANDOFF_WORK)
    form = ShiftForm(
        request.POST or None, initial={"starts_at": meeting.starts_at}, auto_id="shift_%s"
    )

    def act(_form: forms.Form) -> HttpResponse:
        at = form.cleaned_data["starts_at"]
        move_meeting(meeting.pk, at, by=actor, as_of=timezone.now())
        toast(request, _("The meeting was moved; both are told by e-mail."))
        return redirect("meeting_detail", meeting.public_id)

    return run_form(request, form, act, context=_about(meeting, _("Move the meeting")))


@login_required
@require_http_methods(["GET", "POST"])
def meeting_call_off(request: HttpRequest, public_id: Any) -> HttpResponse:
    meeting, actor = find_meeting(request, public_id)
    actor.require(Right.HANDOFF_WORK)
    form = CallOffForm(request.POST if request.method == "POST" else None, auto_id="off_%s")

    def act(_form: forms.Form) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        cancel_meetings([meeting.pk], reason=reason, by=actor, as_of=timezone.now())
        toast(request, _("The meeting was cancelled; both are told by e-mail."))
        return redirect("meeting_detail", meeting.public_id)

    context = _about(meeting, _("Cancel the meeting"))
    context |= {"button": _("Cancel the meeting"), "style": "danger"}
    return run_form(request, form, act, context=context)


def _about(meeting: Meeting, title: str) -> dict[str, Any]:
    url = reverse("meeting_detail", args=[meeting.public_id])
    return {
        "title": title,
        "cancel_url": url,
        "crumbs": [(_("Meetings"), reverse("meeting_list")), (str(meeting.lead), url)],
    }


@login_required
@require_POST
def meeting_outcome(request: HttpRequest, public_id: Any) -> HttpResponse:
    meeting, actor = find_meeting(request, public_id)
    form = OutcomeForm(request.POST)
    outcome = form.cleaned_data["outcome"] if form.is_valid() else ""
    note_outcomes([meeting.pk], outcome, by=actor, as_of=timezone.now())
    toast(request, _("Saved."))
    return back(request, "meeting_detail", meeting.public_id)
