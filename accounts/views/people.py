import uuid

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import lists
from accounts.access import fresh_login_required, right_required
from accounts.actions import people as actions
from accounts.actions.profile import end_sessions
from accounts.actor import request_actor
from accounts.forms.people import NewPersonForm, PersonForm
from accounts.links import invitation_link
from accounts.models import Organisation, User
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.listing import render_listing
from ground.toasts import toast

_manages_people = right_required(Right.USERS_MANAGE)


@require_GET
@_manages_people
def people(request: HttpRequest) -> HttpResponse:
    page = lists.PEOPLE.page(request, lists.people())
    return render_listing(request, "accounts/people.html", page)


@require_http_methods(["GET", "POST"])
@_manages_people
@fresh_login_required
def add_person(request: HttpRequest) -> HttpResponse:
    organisation = Organisation.current()
    initial = {"language": organisation.default_language}
    form = NewPersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        person = actions.invite_person(
            **form.cleaned_data,
            time_zone=organisation.time_zone,
            by=request_actor(request),
            as_of=timezone.now(),
        )
        toast(request, _("The invitation is on its way."))
        return redirect("person", person_id=person.public_id)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/person_add.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@_manages_people
@fresh_login_required
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(User.objects.select_related("team"), public_id=person_id)
    initial = {"name": found.name, "role": found.role, "team": found.team_id}
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.change_person(
                found.pk, **form.cleaned_data, by=request_actor(request), as_of=timezone.now()
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            _stay_logged_in(request, changed)
            toast(request, _("The change was saved."))
            return redirect("person", person_id=person_id)
    link = invitation_link(found) if found.invitation_nonce else ""
    context = {"somebody": found, "form": form, "invitation_link": link}
    return render(request, "accounts/person.html", context, status=422 if form.is_bound else 200)


@require_POST
@_manages_people
@fresh_login_required
def deactivate_person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(User, public_id=person_id)
    actions.deactivate_people([found.pk], by=request_actor(request), as_of=timezone.now())
    toast(request, _("This person can no longer sign in."))
    return redirect("person", person_id=person_id)


@require_POST
@_manages_people
@fresh_login_required
def reactivate_person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(User, public_id=person_id)
    actions.reactivate_people([found.pk], by=request_actor(request), as_of=timezone.now())
    toast(request, _("This person can sign in again."))
    return redirect("person", person_id=person_id)


@require_POST
@_manages_people
@fresh_login_required
def renew_invitation(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(User, public_id=person_id)
    if actions.renew_invitations([found.pk], by=request_actor(request), as_of=timezone.now()):
        toast(request, _("A new invitation is on its way; the old link is void."))
    return redirect("person", person_id=person_id)


@require_POST
@_manages_people
@fresh_login_required
def end_person_sessions(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(User, public_id=person_id)
    end_sessions([found.pk], by=request_actor(request), as_of=timezone.now())
    found.refresh_from_db()
    _stay_logged_in(request, found)
    toast(request, _("This person was signed out everywhere."))
    return redirect("person", person_id=person_id)


def _stay_logged_in(request: HttpRequest, person: User) -> None:
    """Keep the session of somebody who changed themselves."""
    if person.pk == request.user.pk:
        update_session_auth_hash(request, person)
