from datetime import timedelta
from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import PasswordField
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions.profile import ask_for_reset
from accounts.actor import VISITOR
from accounts.limits import Limit, forgive, hit
from accounts.links import reset_tokens
from accounts.models import User
from accounts.visitors import client_network

CODES = Limit("mfa_code", 10, timedelta(minutes=10))
# With MFA_TOTP_TOLERANCE a code is accepted for 90 seconds; longer than that it counts as used.
USED_CODE = Limit("mfa_used", 1, timedelta(minutes=2))
RESETS_BY_ADDRESS = Limit("reset_address", 3, timedelta(hours=1))
RESETS_BY_NETWORK = Limit("reset_network", 20, timedelta(hours=1))


class AccountEmailField(forms.EmailField):
    """An address as accounts have it: in lower case, as long as its column at most."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "username"})
        limit = User._meta.get_field("email").max_length
        super().__init__(**{"label": _("E-mail"), "max_length": limit, "widget": widget, **kwargs})

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).lower()


class NewPasswordField(forms.CharField):
    """A password that is chosen; the form checks it against the rules for its person."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        help_text = _("At least ten characters. A short sentence is good.")
        super().__init__(
            **{"label": _("New password"), "strip": False, "help_text": help_text, **kwargs},
            widget=widget,
        )


class LoginForm(account_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AccountEmailField()
        self.fields["password"] = forms.CharField(
            label=_("Password"),
            strip=False,
            max_length=1000,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )


class ReauthenticateForm(account_forms.ReauthenticateForm):
    password = PasswordField(label=_("Password"), autocomplete="current-password", help_text="")


class ResetPasswordForm(forms.Form):
    """Asks for a link; says the same for every address, known or not."""

    email = AccountEmailField()

    def save(self, request: HttpRequest) -> None:
        now = timezone.now()
        email = self.cleaned_data["email"]
        by_network = hit(RESETS_BY_NETWORK, client_network(request), as_of=now)
        by_address = hit(RESETS_BY_ADDRESS, email, as_of=now)
        if not by_network and not by_address:
            ask_for_reset(email, by=VISITOR, as_of=now)


class ResetPasswordKeyForm(forms.Form):
    password = NewPasswordField()

    def __init__(self, *args: Any, user: User, temp_key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def save(self) -> None:
        get_adapter().set_password(self.user, self.cleaned_data["password"])


class UserTokenForm(account_forms.UserTokenForm):
    """Checks the two parts of a reset link."""

    token_generator = reset_tokens

    def _get_user(self, uidb36: str) -> User | None:
        user = super()._get_user(uidb36)
        return user if isinstance(user, User) and user.is_active else None


class ChangePasswordForm(forms.Form):
    oldpassword = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = NewPasswordField()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def save(self) -> None:
        get_adapter().set_password(self.user, self.cleaned_data["password"])


def _code_field(label: Any, help_text: Any = "") -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    return forms.CharField(
        label=label, help_text=help_text, max_length=20, widget=forms.TextInput(attrs=attributes)
    )


class _OneTimeCode:
    """Lets each person try ten codes in ten minutes, and each code work once.

    SECURITY: counted in the database; the library counts in the cache, which may be away.
    """

    user: User
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        now = timezone.now()
        if hit(CODES, str(self.user.pk), as_of=now):
            raise get_adapter().validation_error("too_many_login_attempts")
        code: str = super().clean_code()  # type: ignore[misc]
        # As the library compares them: "123-456" is the same code as "123456".
        if hit(USED_CODE, f"{self.user.pk}:{normalize_user_code(code)}", as_of=now):
            raise get_mfa_adapter().validation_error("incorrect_code")
        forgive(CODES, str(self.user.pk))
        return code


class AuthenticateForm(_OneTimeCode, mfa_forms.AuthenticateForm):
    code = _code_field(_("Code"), _("From your authenticator app, or one of your recovery codes."))


class RepeatedAuthenticateForm(_OneTimeCode, mfa_forms.ReauthenticateForm):
    code = _code_field(_("Code"), _("From your authenticator app, or one of your recovery codes."))


class ActivateTotpForm(_OneTimeCode, totp_forms.ActivateTOTPForm):
    code = _code_field(_("Code that the app shows"))
