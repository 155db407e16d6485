from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from capture.models import Campaign, CampaignState
from capture.quick.actions import Photo, QuickEntry
from leads.entries import ENTRY_FIELDS, ConsentEntry, LeadEntry
from leads.models import ConsentChannel, ConsentPurpose
from leads.stages import Channel

CHANNELS = (Channel.TRADE_FAIR, Channel.PAPER, Channel.PHONE, Channel.PERSONAL)
# What stays when the next person is entered.
KEPT = ("channel", "source_detail", "campaign", "place")
HALF = {"data-width": "half"}


def _line(label: Any, length: int, *, keyboard: str = "text", fill: str = "off") -> forms.CharField:
    """Return a line with the right keyboard of a phone; "next" goes on to the next one."""
    attrs = {**HALF, "inputmode": keyboard, "autocomplete": fill, "enterkeyhint": "next"}
    if keyboard == "email":
        attrs |= {"autocapitalize": "none", "spellcheck": "false"}
    elif keyboard == "text":
        attrs |= {"autocapitalize": "words"}
    return forms.CharField(
        label=label, max_length=length, required=False, widget=forms.TextInput(attrs=attrs)
    )


class QuickForm(forms.Form):
    """One person after the other; the place stays, the person goes."""

    channel = forms.ChoiceField(
        label=_("Where from"),
        choices=[(channel.value, channel.label) for channel in CHANNELS],
        widget=forms.Select(attrs=HALF),
    )
    source_detail = _line(_("Which fair, shop or occasion"), 200)
    campaign = forms.ModelChoiceField(
        label=_("Campaign"),
        queryset=Campaign.objects.none(),
        to_field_name="public_id",
        required=False,
        widget=forms.Select(attrs=HALF),
    )
    place = _line(_("Where consent is given"), 200)
    photo = forms.FileField(
        label=_("Picture of the card or paper"),
        required=False,
        widget=forms.FileInput(
            attrs={"accept": "image/*,application/pdf", "capture": "environment"}
        ),
    )
    first_name = _line(_("First name"), 100)
    last_name = _line(_("Last name"), 100)
    company = _line(_("Company"), 200)
    email = _line(_("E-mail"), 254, keyboard="email")
    phone = _line(_("Phone"), 60, keyboard="tel")
    note = forms.CharField(
        label=_("Note"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    consent_email = forms.BooleanField(
        label=_("Agreed to receive information by e-mail"), required=False
    )
    consent_phone = forms.BooleanField(label=_("Agreed to be called"), required=False)
    consent_proof = _line(_("How they agreed"), 500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        campaigns = self.fields["campaign"]
        assert isinstance(campaigns, forms.ModelChoiceField)
        campaigns.queryset = Campaign.objects.exclude(state=CampaignState.ENDED).order_by("name")
        self.fields["consent_proof"].help_text = _(
            "Not needed where the picture shows it. For example: said yes on the phone."
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("email") or data.get("phone")):
            self.add_error("email", _("Give an e-mail address or a phone number."))
        if data.get("consent_email") and not data.get("email"):
            self.add_error("consent_email", _("There is no e-mail address to write to."))
        if data.get("consent_phone") and not data.get("phone"):
            self.add_error("consent_phone", _("There is no number to call."))
        agreed = data.get("consent_email") or data.get("consent_phone")
        if agreed and not data.get("consent_proof") and not data.get("photo"):
            message = _("Say how they agreed, or take a picture of the paper: the law asks for it.")
            self.add_error("consent_proof", message)
        return data

    def quick(self, as_of: datetime) -> QuickEntry:
        """Return what was written down."""
        data, file = self.cleaned_data, self.cleaned_data["photo"]
        entry = LeadEntry(
            channel=data["channel"],
            occurred_at=as_of,
            values={name: data[name] for name in ENTRY_FIELDS if name in data},
            company=data["company"],
            source_detail=data["source_detail"],
            consents=self._consents(),
        )
        photo = Photo(str(file.name), file.read()) if file else None
        return QuickEntry(entry, data["campaign"], data["note"], photo)

    def _consents(self) -> list[ConsentEntry]:
        data = self.cleaned_data
        how = data["consent_proof"] or str(_("given on paper, see the picture"))
        proof = {"how": how, "channel": data["channel"], "place": data["place"]}
        return [
            ConsentEntry(ConsentPurpose.MARKETING, channel, evidence=proof)
            for channel in (ConsentChannel.EMAIL, ConsentChannel.PHONE)
            if data[f"consent_{channel}"]
        ]

    @property
    def kept(self) -> dict[str, str]:
        """What the next page begins with."""
        return {name: value for name in KEPT if (value := self.data.get(name, ""))}
