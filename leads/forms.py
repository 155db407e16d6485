from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.models import Team, User
from accounts.rights import Right
from conditions.forms import ConditionField
from ground import days
from leads.conditions import LEADS
from leads.customfields import definitions
from leads.entries import ENTRY_FIELDS, ConsentEntry, IdentifierEntry, LeadEntry
from leads.models import (
    ConsentChannel,
    ConsentPurpose,
    FieldDefinition,
    FieldType,
    IdentifierKind,
    Lead,
    SavedView,
)
from leads.stages import AcquisitionType, Channel, OtherReason, Stage

HALF = {"data-width": "half"}
# What people write down by hand, the usual ones first.
BY_HAND = (
    Channel.PERSONAL,
    Channel.PHONE,
    Channel.PAPER,
    Channel.TRADE_FAIR,
    Channel.REFERRAL,
    Channel.COLD_CALL,
)


def _text(label: Any, name: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=Lead._meta.get_field(name).max_length,  # type: ignore[union-attr]
        required=False,
        widget=forms.TextInput(attrs=HALF),
    )


def _handle() -> forms.CharField:
    return forms.CharField(
        label=_("Chat handle"),
        max_length=200,
        required=False,
        help_text=_("With the service in front, for example whatsapp:ada."),
        widget=forms.TextInput(attrs=HALF),
    )


class QuickEntryForm(forms.Form):
    """A lead from paper, the phone or a conversation; one way to reach them is enough."""

    channel = forms.ChoiceField(label=_("Where from"), initial=Channel.PERSONAL)
    source_detail = forms.CharField(
        label=_("More exactly"),
        max_length=200,
        required=False,
        help_text=_("For example the shop, the fair or who recommended us."),
    )
    first_name = _text(_("First name"), "first_name")
    last_name = _text(_("Last name"), "last_name")
    email = _text(_("E-mail"), "email")
    phone = _text(_("Phone"), "phone")
    chat_handle = _handle()
    company = forms.CharField(
        label=_("Company"), max_length=200, required=False, widget=forms.TextInput(attrs=HALF)
    )
    street = _text(_("Street"), "street")
    postal_code = _text(_("Postal code"), "postal_code")
    city = _text(_("City"), "city")
    note = forms.CharField(
        label=_("Note"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    consent_email = forms.BooleanField(
        label=_("Agreed to receive information by e-mail"), required=False
    )
    consent_phone = forms.BooleanField(label=_("Agreed to be called"), required=False)
    consent_proof = forms.CharField(
        label=_("How they agreed"),
        max_length=500,
        required=False,
        help_text=_("For example: signed card of 14 September, in the folder “Fair 2026”."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [item for item in Channel if item not in BY_HAND]
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            (item.value, item.label) for item in (*BY_HAND, *others)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        postal = all(data.get(name) for name in ("street", "postal_code", "city"))
        if not (data.get("email") or data.get("phone") or data.get("chat_handle") or postal):
            self.add_error(
                "email",
                _("Give an e-mail address, a phone number, a chat handle or a whole address."),
            )
        if data.get("consent_email") and not data.get("email"):
            self.add_error("consent_email", _("There is no e-mail address to write to."))
        if data.get("consent_phone") and not data.get("phone"):
            self.add_error("consent_phone", _("There is no number to call."))
        agreed = data.get("consent_email") or data.get("consent_phone")
        if agreed and not data.get("consent_proof"):
            self.add_error("consent_proof", _("Say how they agreed; the law asks for a proof."))
        return data

    def entry(self, as_of: datetime) -> LeadEntry:
        """Return what was typed in as an entry that nobody owns."""
        data = self.cleaned_data
        handle = data["chat_handle"]
        return LeadEntry(
            channel=data["channel"],
            occurred_at=as_of,
            values={name: data[name] for name in ENTRY_FIELDS if name in data},
            company=data["company"],
            identifiers=[IdentifierEntry(IdentifierKind.CHAT, handle)] if handle else [],
            source_detail=data["source_detail"],
            consents=self._consents(),
        )

    def _consents(self) -> list[ConsentEntry]:
        data = self.cleaned_data
        proof = {"how": data["consent_proof"], "channel": data["channel"]}
        return [
            ConsentEntry(ConsentPurpose.MARKETING, channel, evidence=proof)
            for channel in (ConsentChannel.EMAIL, ConsentChannel.PHONE)
            if data[f"consent_{channel}"]
        ]


class EditForm(forms.Form):
    """All that can be changed about a lead, its custom fields included; or one field, ``only``."""

    salutation = _text(_("Salutation"), "salutation")
    first_name = _text(_("First name"), "first_name")
    last_name = _text(_("Last name"), "last_name")
    job_title = _text(_("Job title"), "job_title")
    company = forms.CharField(
        label=_("Company"), max_length=200, required=False, widget=forms.TextInput(attrs=HALF)
    )
    email = _text(_("E-mail"), "email")
    phone = _text(_("Phone"), "phone")
    chat_handle = _handle()
    website = _text(_("Website"), "website")
    street = _text(_("Street"), "street")
    postal_code = _text(_("Postal code"), "postal_code")
    city = _text(_("City"), "city")
    country = _text(_("Country"), "country")
    language = _text(_("Language"), "language")
    preferred_channel = forms.ChoiceField(
        label=_("Preferred channel"),
        choices=[("", "–"), *Channel.choices],
        required=False,
        widget=forms.Select(attrs=HALF),
    )
    source_detail = _text(_("Source"), "source_detail")
    acquisition_type = forms.ChoiceField(
        label=_("Acquisition type"),
        choices=[("", _("By the channel")), *AcquisitionType.choices],
        required=False,
        widget=forms.Select(attrs=HALF),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, lead: Lead, only: str = "", **kwargs: Any) -> None:
        initial = {name: getattr(lead, name, "") for name in self.base_fields}
        initial |= {"company": str(lead.company or ""), "version": lead.version}
        super().__init__(*args, **{"initial": initial, **kwargs})
        for key, definition in definitions().items():
            self.fields[f"custom.{key}"] = custom_field(definition)
            self.initial[f"custom.{key}"] = lead.custom.get(key)
        if only in self.fields:
            self.fields = {name: self.fields[name] for name in (only, "version")}
            self.fields[only].widget.attrs |= {"data-width": "full", "autofocus": True}
            return
        known = lead.identifiers.filter(kind=IdentifierKind.CHAT).values_list("value", flat=True)
        if known:
            self.fields["chat_handle"].label = _("Another chat handle")
            self.fields["chat_handle"].help_text = _("Known already: %(handles)s") % {
                "handles": ", ".join(known)
            }

    def changes(self) -> dict[str, Any]:
        """Return the fields that the reader changed; a handle is added by an action of its own."""
        apart = {"version", "chat_handle"}
        return {name: self.cleaned_data[name] for name in self.changed_data if name not in apart}


def custom_field(definition: FieldDefinition) -> forms.Field:
    """Return the form field for a custom field; the action types its value."""
    options: dict[str, Any] = {"label": definition.label, "required": False}
    choices = [(c["value"], definition.choice_label(c["value"])) for c in definition.choices]
    if definition.field_type == FieldType.BOOLEAN:
        words = [("", "–"), ("yes", _("Yes")), ("no", _("No"))]
        return forms.ChoiceField(choices=words, widget=forms.Select(attrs=HALF), **options)
    if definition.field_type == FieldType.CHOICE:
        return forms.ChoiceField(
            choices=[("", "–"), *choices], widget=forms.Select(attrs=HALF), **options
        )
    if definition.field_type == FieldType.MULTI_CHOICE:
        return forms.MultipleChoiceField(choices=choices, **options)
    if definition.field_type == FieldType.LONG_TEXT:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **options)
    if definition.field_type == FieldType.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={**HALF, "type": "date"}), **options)
    return forms.CharField(max_length=500, widget=forms.TextInput(attrs=HALF), **options)


class NoteForm(forms.Form):
    body = forms.CharField(
        label=_("Note"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    is_private = forms.BooleanField(label=_("For sales only"), required=False)


class StageForm(forms.Form):
    to = forms.ChoiceField(label=_("Stage"), choices=Stage.choices)
    other_reason = forms.ChoiceField(
        label=_("Sub-reason"),
        choices=[("", "–"), *OtherReason.choices],
        required=False,
        help_text=_("Needed for “Other”."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)


class PauseForm(forms.Form):
    until = forms.DateField(
        label=_("Leave in peace until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty ends the pause."),
    )

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until and until <= days.today():
            raise forms.ValidationError(_("This day is over."))
        return until


class ConsentForm(forms.Form):
    purpose = forms.ChoiceField(label=_("For what"), choices=ConsentPurpose.choices)
    channel = forms.ChoiceField(label=_("By which way"), choices=ConsentChannel.choices)
    state = forms.ChoiceField(
        label=_("What was said"),
        choices=[
            ("granted", _("Agreed")),
            ("withdrawn", _("Withdrawn")),
            ("objected", _("Objected")),
        ],
    )
    proof = forms.CharField(
        label=_("How it was said"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("When, where, in which words; this is kept as proof."),
    )


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.filter(is_active=True),
        to_field_name="public_id",
        required=False,
        empty_label=_("Nobody"),
    )
    team = forms.ModelChoiceField(
        label=_("Team, where nobody owns it"),
        queryset=Team.objects.all(),
        to_field_name="public_id",
        required=False,
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class TagsForm(forms.Form):
    tags = forms.CharField(
        label=_("Tags"), max_length=400, required=False, help_text=_("Separated by commas.")
    )
    # What was there when the form was opened: what others did meanwhile stays.
    known = forms.CharField(required=False, widget=forms.HiddenInput)

    def names(self, field: str = "tags") -> list[str]:
        """Return the names in a field, without blanks."""
        return [name for part in self.cleaned_data[field].split(",") if (name := part.strip())]


class RefineForm(forms.Form):
    where = ConditionField(subject=LEADS, is_personal=True, label=_("Which leads"))


class SavedViewForm(forms.ModelForm):
    """The name of a view; whoever may not share it is not asked whether it is for everybody."""

    class Meta:
        model = SavedView
        fields = ("name", "is_shared")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not actor.may(Right.VIEWS_SHARE):
            del self.fields["is_shared"]


class FieldDefinitionForm(forms.ModelForm):
    options = forms.CharField(
        label=_("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: value; German; English"),
    )

    class Meta:
        model = FieldDefinition
        fields = ("label_de", "label_en", "key", "field_type", "is_sensitive", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # Values of leads are stored under the key and in the type.
            self.fields["key"].disabled = self.fields["field_type"].disabled = True
            self.initial["options"] = "\n".join(
                f"{item['value']}; {item.get('de', '')}; {item.get('en', '')}"
                for item in self.instance.choices
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kinds = {FieldType.CHOICE, FieldType.MULTI_CHOICE}
        choices = [_choice(line) for line in data.get("options", "").splitlines() if line.strip()]
        if data.get("field_type") in kinds and not choices:
            self.add_error("options", _("Give at least one choice."))
        data["choices"] = choices
        return data


def _choice(line: str) -> Mapping[str, str]:
    value, german, english = (*(part.strip() for part in line.split(";")), "", "")[:3]
    return {"value": value, "de": german or value, "en": english or german or value}
