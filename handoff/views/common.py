"""What the pages of hand-over share."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor, request_actor
from ground.errors import ConflictError, DomainError
from ground.forms import add_refusal
from handoff.models import Handoff


def find_handoff(request: HttpRequest, public_id: Any) -> tuple[Handoff, Actor]:
    """Return a hand-over whose lead the reader may see; anything else is not there.

    Raises ``ConflictError`` (``already_taken``) for one that was in the pool of the reader's own
    team and that a colleague has taken, which the reader no longer sees.
    """
    actor = request_actor(request)
    rows = Handoff.objects.select_related("lead", "to_user", "to_team", "rule", "answered_by")
    found = rows.visible_to(actor).filter(public_id=public_id).first()  # type: ignore[attr-defined]
    if found is None:
        row = get_object_or_404(rows, public_id=public_id)
        in_team = actor.team_id is not None and row.to_team_id == actor.team_id
        if in_team and row.answered_by_id and row.lead.deleted_at is None:
            raise ConflictError("already_taken", _("Somebody else has taken this lead."))
        found = get_object_or_404(rows.none())
    return found, actor


def is_part(request: HttpRequest, target: str) -> bool:
    """Say whether htmx wants only the part of the page with this id."""
    return request.headers.get("HX-Target", "").endswith(f"#{target}")


def back(request: HttpRequest, otherwise: str, *args: Any) -> HttpResponseRedirect:
    """Go back to the page that the form names in ``next``, or to the page ``otherwise``."""
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure()):
        # Not redirect(), which takes a word for the name of a page.
        return HttpResponseRedirect(address)
    return redirect(otherwise, *args)


def run_form(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[forms.Form], HttpResponse],
    *,
    template: str = "handoff/form.html",
    context: dict[str, Any],
) -> HttpResponse:
    """Show a form as a page or in the dialog; run ``act`` when it is sent and valid.

    A refusal of the action is shown at its field. What may not be done at all stays a 403.
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return act(form)
            except DomainError as error:
                status = error.status
                add_refusal(form, error)
    return render(request, template, {"form": form, **context}, status=status)
