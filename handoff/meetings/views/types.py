from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import Actor, request_actor
from accounts.once import once
from accounts.rights import Right
from ground.toasts import toast
from handoff.meetings.actions.types import MANAGERS, change_meeting_type, create_meeting_type
from handoff.meetings.forms.types import MeetingTypeForm
from handoff.meetings.links import host_link, page_link
from handoff.meetings.slots import hosts_of
from handoff.models import MeetingState, MeetingType
from handoff.views.common import run_form


@login_required
@require_GET
def meeting_types(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(*MANAGERS, Right.HANDOFF_WORK)
    coming = Q(meetings__state=MeetingState.BOOKED, meetings__ends_at__gt=timezone.now())
    kinds = MeetingType.objects.select_related("host", "team").annotate(
        coming=Count("meetings", filter=coming)
    )
    rows = [_told(kind, actor) for kind in kinds]
    can_edit = any(actor.may(right) for right in MANAGERS)
    return render(request, "handoff/meetings/types.html", {"rows": rows, "can_edit": can_edit})


def _told(kind: MeetingType, actor: Actor) -> dict[str, Any]:
    """Return a type with its address, and one that offers the reader's own times alone."""
    mine = ""
    if host := hosts_of(kind).filter(pk=actor.user_id or 0).first():
        mine = host_link(kind, host.public_id, as_of=timezone.now())
    return {"kind": kind, "link": page_link(kind), "id": f"page-{kind.pk}", "mine": mine}


@login_required
@require_http_methods(["GET", "POST"])
@once
def meeting_type_edit(request: HttpRequest, public_id: Any = None) -> HttpResponse:
    actor = request_actor(request)
    actor.require(*MANAGERS)
    kinds = MeetingType.objects.select_related("form_de", "form_en", "host", "team")
    kind = get_object_or_404(kinds, public_id=public_id) if public_id else None
    form = MeetingTypeForm(request.POST or None, instance=kind, actor=actor)

    def act(_form: forms.Form) -> HttpResponse:
        now = timezone.now()
        if kind is None:
            made = create_meeting_type(form.terms(), by=actor, as_of=now)
        else:
            made = change_meeting_type(kind.pk, form.terms(), by=actor, as_of=now)
        toast(request, _("Saved."))
        return redirect("meeting_type", made.public_id)

    context: dict[str, Any] = {"kind": kind}
    if kind is not None:
        link = page_link(kind)
        name = kind.name_en
        context |= {
            "link": link,
            "snippet": f'<iframe src="{link}" title="{name}" width="100%" height="900"></iframe>',
            "edits_forms": actor.may(Right.FORMS_READ),
            "hosts": list(hosts_of(kind)),
            "cancel_url": reverse("meeting_types"),
        }
    return run_form(request, form, act, template="handoff/meetings/type.html", context=context)  # type: ignore[arg-type]
