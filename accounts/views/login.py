"""The pages of the login library, with our forms, limits and answers."""

from typing import Any

from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import limited
from accounts.actions.profile import accept_invitation as accept_invitation_action
from accounts.actor import VISITOR
from accounts.forms.people import InvitationForm
from accounts.links import invited_person
from ground.errors import DomainError


class _Answers422:
    """Answers an invalid form with 422, as every page of ours does."""

    def form_invalid(self, form: Form) -> HttpResponse:
        context = self.get_context_data(form=form)  # type: ignore[attr-defined]
        return self.render_to_response(context, status=422)  # type: ignore[attr-defined,no-any-return]


class LogoutView(account_views.LogoutView):
    """Signs out, and has the browser forget the pages that somebody else could step back to."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign out."""
        response: HttpResponse = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"cache"'
        return response


class LoginView(_Answers422, account_views.LoginView):
    pass


class ReauthenticateView(_Answers422, account_views.ReauthenticateView):
    pass


class PasswordChangeView(_Answers422, account_views.PasswordChangeView):
    pass


class PasswordResetView(_Answers422, account_views.PasswordResetView):
    pass


class PasswordResetFromKeyView(_Answers422, account_views.PasswordResetFromKeyView):
    pass


class AuthenticateView(_Answers422, mfa_views.AuthenticateView):
    pass


class RepeatedAuthenticateView(_Answers422, mfa_views.ReauthenticateView):
    pass


class ActivateTotpView(_Answers422, totp_views.ActivateTOTPView):
    pass


log_in = require_http_methods(["GET", "POST"])(LoginView.as_view())
log_out = require_http_methods(["GET", "POST"])(LogoutView.as_view())
reauthenticate = require_http_methods(["GET", "POST"])(ReauthenticateView.as_view())
change_password = require_http_methods(["GET", "POST"])(PasswordChangeView.as_view())
reset_password = require_http_methods(["GET", "POST"])(PasswordResetView.as_view())
reset_password_done = require_GET(account_views.PasswordResetDoneView.as_view())
reset_password_from_key = require_http_methods(["GET", "POST"])(
    limited(PasswordResetFromKeyView.as_view())
)
reset_password_from_key_done = require_GET(account_views.PasswordResetFromKeyDoneView.as_view())
authenticate = require_http_methods(["GET", "POST"])(AuthenticateView.as_view())
reauthenticate_by_code = require_http_methods(["GET", "POST"])(RepeatedAuthenticateView.as_view())
activate_totp = require_http_methods(["GET", "POST"])(ActivateTotpView.as_view())
deactivate_totp = require_http_methods(["GET", "POST"])(totp_views.DeactivateTOTPView.as_view())
view_recovery_codes = require_GET(recovery_views.ViewRecoveryCodesView.as_view())
generate_recovery_codes = require_http_methods(["GET", "POST"])(
    recovery_views.GenerateRecoveryCodesView.as_view()
)
download_recovery_codes = require_GET(recovery_views.DownloadRecoveryCodesView.as_view())


@require_GET
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    return redirect("profile")


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
@never_cache
@limited
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    person = invited_person(token, as_of=now)
    if person is None:
        return render(request, "account/invitation_over.html", status=404)
    form = InvitationForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        try:
            accept_invitation_action(token, **form.cleaned_data, by=VISITOR, as_of=now)
        except DomainError:
            return render(request, "account/invitation_over.html", status=404)
        return redirect("account_login")
    status = 422 if form.is_bound else 200
    context = {"form": form, "person": person}
    return render(request, "account/invitation.html", context, status=status)
