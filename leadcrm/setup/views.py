from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import limited, right_required
from accounts.actions.first_start import is_setup_open
from accounts.actor import request_actor
from accounts.rights import Right
from accounts.sessions import open_session
from ground.errors import DomainError
from ground.toasts import toast
from leadcrm.setup.forms import SetupForm
from leadcrm.setup.samples import clear_samples
from leadcrm.setup.steps import begin


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
@never_cache
@limited
def wizard(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    if not is_setup_open(token, as_of=now):
        raise Http404
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with translation.override(form.cleaned_data["language"]):
                admin = begin(token, form.cleaned_data, as_of=now)
        except DomainError as error:
            raise Http404 from error
        open_session(request, admin)
        return redirect("home")
    return render(
        request, "setup/wizard.html", {"form": form}, status=422 if form.is_bound else 200
    )


@require_POST
@right_required(Right.SETTINGS_MANAGE)
def clear_sample_data(request: HttpRequest) -> HttpResponse:
    count = clear_samples(by=request_actor(request), as_of=timezone.now())
    text = ngettext("%(count)d sample was removed.", "%(count)d samples were removed.", count)
    toast(request, text % {"count": count})
    return redirect("home")
