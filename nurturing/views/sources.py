from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from ground.forms import DateTimeInput
from ground.toasts import toast
from nurturing.actions.alarms import accept_bounces, held_bounces, lift_by_source, liftable
from nurturing.models import BounceAlarm
from nurturing.sources import open_alarms, sources_with_bounces


class SourceForm(forms.Form):
    """Whose bounces are taken back, and since when."""

    source = forms.TypedChoiceField(label=gettext_lazy("Connection"), coerce=UUID)
    since = forms.DateTimeField(label=gettext_lazy("Since"), widget=DateTimeInput())

    def __init__(self, data: Any = None, *, prefix: str | None = None) -> None:
        super().__init__(data, prefix=prefix)
        chosen = self.fields["source"]
        assert isinstance(chosen, forms.TypedChoiceField)
        chosen.choices = list(sources_with_bounces().items())


class LiftSourceForm(SourceForm):
    note = forms.CharField(label=gettext_lazy("Why"), max_length=500, required=False)


@login_required
@require_GET
def suppression_sources(request: HttpRequest) -> HttpResponse:
    """Show the alarms, and what would come off the list before it does."""
    request_actor(request).require(Right.UNSUPPRESS)
    form = SourceForm(request.GET if "source" in request.GET else None)
    context: dict[str, Any] = {"form": form, "alarms": open_alarms()}
    if form.is_valid():
        context |= _preview(form.cleaned_data)
    status = 422 if form.errors else 200
    return render(request, "nurturing/sources.html", context, status=status)


def _preview(chosen: dict[str, Any]) -> dict[str, Any]:
    rows = liftable(chosen["source"], chosen["since"])
    return {
        "is_preview": True,
        "lifted": rows.filter(own_wish="").count(),
        "kept": rows.exclude(own_wish="").count(),
        "held": held_bounces(chosen["source"]).count(),
        "source_name": sources_with_bounces()[chosen["source"]],
        "since": chosen["since"],
    }


@login_required
@require_POST
def suppression_lift_source(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.UNSUPPRESS)
    form = LiftSourceForm(request.POST)
    if not form.is_valid():
        context = {"form": SourceForm(request.POST), "alarms": open_alarms()}
        return render(request, "nurturing/sources.html", context, status=422)
    count = lift_by_source(**form.cleaned_data, by=actor, as_of=timezone.now())
    said = ngettext(
        "%(count)s address is off the list.", "%(count)s addresses are off the list.", count
    )
    toast(request, said % {"count": count})
    return redirect("suppression_sources")


@login_required
@require_POST
def bounces_accept(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.UNSUPPRESS)
    alarm = get_object_or_404(BounceAlarm, public_id=public_id)
    count = accept_bounces(alarm.pk, by=actor, as_of=timezone.now())
    said = ngettext(
        "%(count)s address gets no more mails.", "%(count)s addresses get no more mails.", count
    )
    toast(request, said % {"count": count})
    return redirect("suppression_sources")
