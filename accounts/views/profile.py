from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_person
from accounts.actions.profile import change_profile, end_sessions
from accounts.actor import request_actor
from accounts.forms.settings import ProfileForm
from ground.toasts import toast


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        actor = request_actor(request)
        change_profile(person.pk, form.values(), by=actor, as_of=timezone.now())
        toast(request, _("Your profile was saved."))
        return redirect("profile")
    context = {
        "form": form,
        "has_second_factor": Authenticator.objects.filter(
            user=person, type=Authenticator.Type.TOTP
        ).exists(),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    end_sessions([person.pk], by=request_actor(request), as_of=timezone.now())
    person.refresh_from_db()
    update_session_auth_hash(request, person)
    toast(request, _("You were signed out everywhere else."))
    return redirect("profile")
