from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.forms.login import AccountEmailField, NewPasswordField
from accounts.forms.settings import TimeZoneField
from accounts.models import User


class SetupForm(forms.Form):
    """The five questions of the first start, and whether to begin with sample data."""

    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    email = AccountEmailField(label=_("Your e-mail"))
    password = NewPasswordField(label=_("Password"))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = TimeZoneField(initial=settings.TIME_ZONE)
    with_samples = forms.BooleanField(
        label=_("Begin with sample data"),
        required=False,
        help_text=_("A few invented leads to look around with. One click clears them again."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = (get_language() or "en")[:2]
        self.fields["time_zone"].widget.attrs["data-local-time-zone"] = True

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        password = values.get("password")
        if password:
            person = User(email=values.get("email", ""), name=values.get("organisation", ""))
            try:
                validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values
