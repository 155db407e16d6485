from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.once import once
from accounts.rights import Right
from capture.models import LeadPhoto
from capture.quick.actions import enter_quickly
from capture.quick.forms import KEPT, QuickForm
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.models import Identifier, IdentifierKind, Lead
from leads.normalise import normalise_email, normalise_phone

SHOWN = 5
SHORTEST = 3


@login_required
@require_http_methods(["GET", "POST"])
@once
def quick_entry(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_CREATE)
    initial = {name: request.GET.get(name, "") for name in KEPT}
    form = QuickForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _enter(request, form, actor)
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect(f"{reverse('quick_entry')}?{urlencode(form.kept)}")
    context = {"form": form}
    status = 422 if form.errors else 200
    return render(request, "capture/quick/entry.html", context, status=status)


def _enter(request: HttpRequest, form: QuickForm, actor: Actor) -> None:
    now = timezone.now()
    entered = enter_quickly(form.quick(now), by=actor, as_of=now)
    for warning in entered.warnings:
        toast(request, warning.message, level=30)
    lead = Lead.objects.get(pk=entered.lead_id)
    text = _("Added: %(lead)s") if entered.is_new else _("Known, gaps filled: %(lead)s")
    toast(request, text % {"lead": lead})


@login_required
@require_POST
def quick_matches(request: HttpRequest) -> HttpResponse:
    """Show who looks like the person that is being typed. A post, so that no log keeps it."""
    actor = request_actor(request)
    actor.require(Right.LEADS_CREATE)
    same, similar = _matches(request, actor)
    return render(request, "capture/quick/matches.html", {"same": same, "similar": similar})


def _matches(request: HttpRequest, actor: Actor) -> tuple[list[Lead], list[Lead]]:
    typed = {name: request.POST.get(name, "").replace("\x00", "").strip()[:200] for name in _ASKED}
    seen = Lead.objects.visible_to(actor).select_related("company")
    keys = Q(pk__in=[])
    if "@" in typed["email"]:
        keys |= Q(kind=IdentifierKind.EMAIL, normalised=normalise_email(typed["email"]).key)
    phone = normalise_phone(typed["phone"])
    if phone.is_valid:
        keys |= Q(kind=IdentifierKind.PHONE, normalised=phone.key)
    same = list(seen.filter(pk__in=Identifier.objects.filter(keys).values("lead"))[:SHOWN])
    name = typed["last_name"]
    if len(name) < SHORTEST:
        return same, []
    named = seen.filter(last_name__istartswith=name)
    if typed["first_name"]:
        named = named.filter(first_name__istartswith=typed["first_name"])
    similar = named.exclude(pk__in=[lead.pk for lead in same]).order_by("-pk")[:SHOWN]
    return same, list(similar)


_ASKED = ("first_name", "last_name", "email", "phone")


@login_required
@require_GET
def lead_photo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand out a picture to who sees its lead. SECURITY: as a download that no browser shows."""
    seen = Lead.objects.visible_to(request_actor(request))
    photo = get_object_or_404(LeadPhoto, public_id=public_id, lead__in=seen)
    response = HttpResponse(bytes(photo.data), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, photo.name)
    response["Cache-Control"] = "private, no-store"
    return response
