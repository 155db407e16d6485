from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.toasts import toast
from nurturing.actions.suppression import lift_suppressions, suppress_addresses
from nurturing.addresses import address_hash
from nurturing.models import Suppression, SuppressionReason, Topic
from nurturing.models.responses import EVERYTHING
from nurturing.sources import names_of


class AddressForm(forms.Form):
    """An address to look up; it is kept as a keyed hash only, so that no list can be shown."""

    address = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=320)


class LiftForm(AddressForm):
    note = forms.CharField(label=gettext_lazy("Why"), max_length=500)


@login_required
@require_http_methods(["GET", "POST"])
def suppressions(request: HttpRequest) -> HttpResponse:
    """Look an address up. A post, so that no address stands in a log."""
    actor = request_actor(request)
    actor.require(Right.SEQUENCES_MANAGE)
    form = AddressForm(request.POST or None)
    address, found = "", []
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        found = list(Suppression.objects.filter(address_hash=address_hash(address)))
        _name_scopes(found)
        _name_sources(found)
    counts = dict(
        Suppression.objects.filter(lifted_at=None)
        .order_by()
        .values_list("reason")
        .annotate(n=Count("pk"))
    )
    context = {
        "form": form,
        "address": address,
        "found": found,
        "is_suppressed": any(row.lifted_at is None for row in found),
        "counts": [(label, counts.get(value, 0)) for value, label in SuppressionReason.choices],
        "may_lift": actor.may(Right.UNSUPPRESS),
    }
    status = 422 if form.errors else 200
    return render(request, "nurturing/suppressions.html", context, status=status)


def _name_scopes(rows: list[Suppression]) -> None:
    topics = {topic.scope: topic.label for topic in Topic.objects.all()}
    for row in rows:
        everything = row.scope == EVERYTHING
        row.scope_name = _("All mails") if everything else topics.get(row.scope, "–")  # type: ignore[attr-defined]


def _name_sources(rows: list[Suppression]) -> None:
    names = names_of({row.source for row in rows if row.source})
    for row in rows:
        row.source_name = names.get(row.source, "") if row.source else ""  # type: ignore[attr-defined]


@login_required
@require_POST
def suppression_add(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEQUENCES_MANAGE)
    form = AddressForm(request.POST)
    if not form.is_valid():
        raise DomainError("bad_address", _("Enter an e-mail address."), field="address")
    suppress_addresses(
        [form.cleaned_data["address"]],
        reason=SuppressionReason.BY_HAND,
        by=actor,
        as_of=timezone.now(),
    )
    toast(request, _("The address gets no more mails."))
    return redirect("suppressions")


@login_required
@require_POST
def suppression_lift(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.UNSUPPRESS)
    form = LiftForm(request.POST)
    if not form.is_valid():
        raise DomainError("note_missing", _("Say why."), field="note")
    data = form.cleaned_data
    lift_suppressions([data["address"]], by=actor, as_of=timezone.now(), note=data["note"])
    toast(request, _("The address may be written to again, as far as there is a consent."))
    return redirect("suppressions")
