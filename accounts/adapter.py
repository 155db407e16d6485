"""How the login library works with our people, limits and log."""

from collections.abc import Sequence
from datetime import timedelta
from time import time
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate as django_authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.action import writing
from accounts.actions.profile import (
    change_password,
    note_limited_login,
    note_login,
    note_security_change,
)
from accounts.actor import VISITOR, user_actor
from accounts.limits import Limit, clear, forgive, hit, is_over
from accounts.mails import NOTICES
from accounts.models import User
from accounts.visitors import client_ip, client_network
from ground.seal import seal, unseal

log = structlog.get_logger(__name__)

# Only failures stay counted; a login that succeeds takes nothing but its own try back.
FAILED_BY_ACCOUNT = Limit("login_account", 10, timedelta(minutes=10))
FAILED_BY_NETWORK = Limit("login_network", 30, timedelta(minutes=10))
# Where a session keeps what a password proved until the second factor is proved, too.
_PROVED = "accounts_proved"


class AccountAdapter(DefaultAccountAdapter):
    """Login for people whom an administrator has added; nobody signs up by themselves."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("E-mail or password is not right."),
        "too_many_login_attempts": _("Too many failed tries. Wait ten minutes and try again."),
        "invalid_password_reset": _("This link is no longer valid."),
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("This is not your present password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: accounts are made by administrators and by the set-up wizard."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Accept paths of this site only, whatever host the request names."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address behind as many proxies as are our own."""
        return client_ip(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try, and refuse it when there were too many for the account or the network."""
        now = timezone.now()
        email = str(credentials.get("email", "")).lower()
        by_account = hit(FAILED_BY_ACCOUNT, email, as_of=now)
        by_network = hit(FAILED_BY_NETWORK, client_network(request), as_of=now)
        if by_account or by_network:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the person whose password this is; a deactivated one is told nothing else."""
        self.pre_authenticate(request, **credentials)
        with writing("authenticate"):  # an old password hash is renewed here
            user = django_authenticate(request, **credentials)
        email = str(credentials.get("email", "")).lower()
        if not isinstance(user, User):
            self.authentication_failed(request, email=email)
            return None
        forgive(FAILED_BY_ACCOUNT, email)
        forgive(FAILED_BY_NETWORK, client_network(request))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log the failure, and tell the audit log when it closed the account for a while."""
        now = timezone.now()
        user = User.objects.filter(email=credentials["email"]).first()
        log.warning("login_failed", account=user.pk if user else None)
        if user and is_over(FAILED_BY_ACCOUNT, user.email, as_of=now):
            note_limited_login(user.pk, by=VISITOR, as_of=now)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Say whether this is the person's password, under the same limits as a login."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Keep for which password, role and sessions the first step of a login was taken."""
        request.session[_PROVED] = user.get_session_auth_hash()
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        """Open the session and write it into the log.

        A login that has waited for its second factor ends with what ends sessions.
        """
        proved = request.session.pop(_PROVED, None)
        if proved and not constant_time_compare(proved, user.get_session_auth_hash()):
            clear_login(request)
            raise ImmediateHttpResponse(redirect("account_login"))
        with writing("log_in"):
            super().login(request, user)
        methods = [record["method"] for record in get_authentication_records(request, user)]
        note_login(user.pk, methods, by=user_actor(user), as_of=timezone.now())

    def set_password(self, user: User, password: str) -> None:
        """Set the password through the action, so that it is logged and the person told."""
        changed = change_password(user.pk, password, by=user_actor(user), as_of=timezone.now())
        user.password = changed.password

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Note changes of the second factor; password changes are noted by their action."""
        change = template_prefix.rsplit("/", 1)[-1]
        if change == "password_reset":
            clear(FAILED_BY_ACCOUNT, user.email)
        elif template_prefix.startswith("mfa/") and change in NOTICES:
            note_security_change(user.pk, change, by=user_actor(user), as_of=timezone.now())

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Ask for the second factor where there is one, else for the password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        second = [method for method in methods if method["id"] != "reauthenticate"]
        return second or methods

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Trust a login of the last minutes; only an older one must be confirmed."""
        return not has_fresh_login(context.request)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Answer like to everybody who cannot log in."""
        return redirect("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the profile after a change of the password."""
        return reverse("profile")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Show what is worth a message; that somebody logged in or out they see themselves."""
        text = _SHOWN.get(message_template or "")
        if text:
            messages.add_message(request, level, str(text))


_SHOWN = {
    "account/messages/password_changed.txt": _(
        "Your password was changed. You were signed out everywhere else."
    ),
    "mfa/messages/totp_activated.txt": _("The second factor is on."),
    "mfa/messages/totp_deactivated.txt": _("The second factor is off."),
    "mfa/messages/recovery_codes_generated.txt": _("New recovery codes were made."),
}


class MfaAdapter(DefaultMFAAdapter):
    """Second factors, their secrets sealed in the database."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or it was used before."),
    }

    def encrypt(self, text: str) -> str:
        """Return ``text`` as it is stored."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was stored."""
        return unseal(encrypted_text)


def has_fresh_login(request: HttpRequest) -> bool:
    """Say whether the person proved in the last minutes who they are."""
    if not request.user.is_authenticated:
        return False
    records: Sequence[dict[str, Any]] = get_authentication_records(request, request.user)
    newest = max((record["at"] for record in records), default=0.0)
    return time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
