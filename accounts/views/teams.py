import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import lists
from accounts.access import right_required
from accounts.actions import teams as actions
from accounts.actor import request_actor
from accounts.forms.people import TeamForm
from accounts.models import Team
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import render_listing
from ground.toasts import toast

_manages_people = right_required(Right.USERS_MANAGE)


@require_http_methods(["GET", "POST"])
@_manages_people
def teams(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_team(
                **form.cleaned_data, by=request_actor(request), as_of=timezone.now()
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("The team was created."))
            return redirect("teams")
    page = lists.TEAMS.page(request, lists.teams())
    if not form.is_bound:
        return render_listing(request, "accounts/teams.html", page, {"form": form})
    return render(request, "accounts/teams.html", {"page": page, "form": form}, status=422)


@require_http_methods(["GET", "POST"])
@_manages_people
def team(request: HttpRequest, team_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(Team, public_id=team_id)
    form = TeamForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        actor = request_actor(request)
        try:
            actions.rename_team(found.pk, **form.cleaned_data, by=actor, as_of=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("The change was saved."))
            return redirect("teams")
    context = {"form": form, "team": found, "people": found.users.all()}
    return render(request, "accounts/team.html", context, status=422 if form.is_bound else 200)


@require_POST
@_manages_people
def delete_team(request: HttpRequest, team_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(Team, public_id=team_id)
    try:
        actions.delete_team(found.pk, by=request_actor(request), as_of=timezone.now())
    except DomainError as error:
        toast(request, str(error), level=messages.ERROR)
        return redirect("team", team_id=team_id)
    toast(request, _("The team was deleted."))
    return redirect("teams")
