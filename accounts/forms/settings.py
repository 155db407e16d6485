import ipaddress
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions.profile import PROFILE_FIELDS
from accounts.models import Organisation, User
from accounts.rights import ApiScope
from accounts.zones import known_zones
from ground.forms import DateInput

_REGIONS = ("Europe", "Africa", "America", "Asia", "Atlantic", "Australia", "Indian", "Pacific")


def time_zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the time zones by region, as a select box shows them."""
    names = sorted(known_zones())
    groups = [
        (region, [(n, n.split("/", 1)[1].replace("_", " ")) for n in names if n.startswith(region)])
        for region in _REGIONS
    ]
    return [*groups, ("UTC", [("UTC", "UTC")])]


class TimeZoneField(forms.ChoiceField):
    """One of the world's time zones."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Time zone"), "choices": time_zone_choices, **kwargs})


class ProfileForm(forms.ModelForm):
    time_zone = TimeZoneField()

    class Meta:
        model = User
        fields = ("name", "phone", "language", "time_zone", "theme", "has_single_keys")
        help_texts = {
            "has_single_keys": _("j, k, n and other single letters do something in lists."),
        }

    def values(self) -> dict[str, Any]:
        """Return what the action takes."""
        return {name: self.cleaned_data[name] for name in sorted(PROFILE_FIELDS)}


_SECTIONS = (
    (
        _("Who you are"),
        (
            "name",
            "legal_form",
            "street",
            "postal_code",
            "city",
            "country",
            "register_number",
            "vat_id",
        ),
    ),
    (_("How people reach you"), ("email", "second_contact", "privacy_policy_url")),
    (_("Mails to leads"), ("sender_name", "sender_email", "default_language", "form_of_address")),
    (_("Times and money"), ("time_zone", "currency")),
)
_HALF = (
    *("postal_code", "city", "register_number", "vat_id", "email", "second_contact"),
    *("sender_name", "sender_email", "default_language", "form_of_address"),
    *("time_zone", "currency"),
)


class OrganisationForm(forms.ModelForm):
    time_zone = TimeZoneField()
    privacy_policy_url = forms.URLField(
        label=_("Address of the privacy policy"), required=False, assume_scheme="https"
    )

    class Meta:
        model = Organisation
        fields = (
            "name",
            "legal_form",
            "street",
            "postal_code",
            "city",
            "country",
            "email",
            "second_contact",
            "register_number",
            "vat_id",
            "privacy_policy_url",
            "default_language",
            "form_of_address",
            "time_zone",
            "currency",
            "sender_name",
            "sender_email",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        for name in _HALF:
            self.fields[name].widget.attrs["data-width"] = "half"

    @property
    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields in groups, each with its title."""
        return [(title, [self[name] for name in names]) for title, names in _SECTIONS]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not name:
            raise forms.ValidationError(_("The organisation needs a name."))
        return name


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What the key is for, for example “Website”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What the key may do"),
        choices=ApiScope.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    expires_on = forms.DateField(
        label=_("Valid until"),
        widget=DateInput(),
        help_text=_("A year at the longest."),
    )
    allowed_networks = forms.CharField(
        label=_("Only from these addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("IP addresses or networks, one a line. Empty: from everywhere."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires_on"].initial = timezone.localdate() + timedelta(days=364)

    def clean_expires_on(self) -> date:
        day: date = self.cleaned_data["expires_on"]
        if not timezone.localdate() <= day <= timezone.localdate() + timedelta(days=364):
            raise forms.ValidationError(_("A key lives for a year at the longest."))
        return day

    def clean_allowed_networks(self) -> list[str]:
        entries = self.cleaned_data["allowed_networks"].replace(",", "\n").split()
        for entry in entries:
            try:
                ipaddress.ip_network(entry, strict=False)
            except ValueError:
                raise forms.ValidationError(
                    _("“%(value)s” is neither an IP address nor a network."),
                    params={"value": entry},
                ) from None
        return list(entries)

    def values(self) -> dict[str, Any]:
        """Return what the action takes; a key is good to the end of its last day."""
        end = datetime.combine(self.cleaned_data["expires_on"] + timedelta(days=1), time.min)
        return {
            "name": self.cleaned_data["name"],
            "scopes": self.cleaned_data["scopes"],
            "allowed_networks": self.cleaned_data["allowed_networks"],
            "expires_at": timezone.make_aware(end),
        }
