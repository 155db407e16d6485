from collections.abc import Mapping as MappingType
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from capture.imports.columns import SPECIAL_TARGETS
from capture.imports.models import LeadImport
from leads.entries import ENTRY_FIELDS
from leads.models import FieldDefinition, Lead
from leads.stages import Channel

# Files up to this size are read in the web process; larger ones go through the command.
MAX_BYTES = 20 * 1024 * 1024
_LABELS = {
    "full_name": _("Full name"),
    "company": _("Company"),
    "external": _("Id in another system"),
    "chat": _("Chat handle"),
    "social": _("Social profile"),
    "tag": _("Tags"),
    "stage": _("Stage"),
    "channel": _("Channel"),
    "source_detail": _("Source"),
    "occurred_at": _("Date"),
    "note": _("Note"),
    "consent_email": _("Consent: e-mail"),
    "consent_phone": _("Consent: phone"),
    "ignore": _("Leave out"),
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("Excel or CSV; the columns are recognised by themselves.")
    )
    channel = forms.ChoiceField(
        label=_("Where do these leads come from?"),
        choices=Channel.choices,
        initial=Channel.SPREADSHEET,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("This file is larger than 20 MB. Use the command import_leads.")
            )
        return file


def target_choices(known: MappingType[str, FieldDefinition]) -> list[tuple[Any, Any]]:
    """Return what a column can become, in groups."""
    fields = [
        (name, Lead._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in ENTRY_FIELDS
    ]
    special = [(name, _LABELS[name]) for name in SPECIAL_TARGETS if name != "ignore"]
    own = [(f"custom.{key}", item.label) for key, item in known.items()]
    return [
        ("ignore", _LABELS["ignore"]),
        (_("Person"), fields),
        (_("More"), special),
        (_("Own fields"), own),
    ]


class MappingForm(forms.Form):
    """One choice a column; the rest of the mapping stays as it was guessed."""

    overwrite = forms.BooleanField(
        label=_("Replace what is known already"),
        required=False,
        help_text=_("Otherwise only gaps are filled. Consent and owner are never replaced."),
    )
    consent_proof = forms.CharField(
        label=_("Where is the proof of the consents?"),
        max_length=300,
        required=False,
        help_text=_("Without a proof, consents in the file only wait for confirmation."),
    )

    def __init__(
        self,
        *args: Any,
        lead_import: LeadImport,
        known: MappingType[str, FieldDefinition],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lead_import = lead_import
        choices = target_choices(known)
        for number, name in enumerate(lead_import.header):
            columns = lead_import.mapping["columns"].get(name) or [{"to": "ignore"}]
            self.fields[f"column{number}"] = forms.ChoiceField(
                label=name, choices=choices, initial=columns[0]["to"], required=False
            )

    def mapping(self) -> dict[str, Any]:
        """Return the chosen mapping as JSON; a column that was left as it was keeps its details."""
        stored: dict[str, Any] = self.lead_import.mapping
        columns = dict(stored["columns"])
        for number, name in enumerate(self.lead_import.header):
            to = self.cleaned_data[f"column{number}"] or "ignore"
            before = columns.get(name)
            if not before or before[0]["to"] != to:
                columns[name] = [{"to": to, **({"system": "import"} if to == "external" else {})}]
        return stored | {
            "columns": columns,
            "overwrite": self.cleaned_data["overwrite"],
            "consent_proof": self.cleaned_data["consent_proof"],
        }
