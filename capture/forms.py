from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from capture.actions.forms import clean_origins
from capture.costs.grid import AmountField
from capture.models import Campaign, Form
from ground.errors import DomainError
from ground.forms import DateInput


class FormSettingsForm(forms.ModelForm):
    tags = forms.CharField(
        label=_("tags"),
        required=False,
        help_text=_("Separated by commas; every lead of this form gets them."),
    )
    allowed_origins = forms.CharField(
        label=_("allowed websites"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One address a line, for example https://www.example.org. None means all."),
    )

    class Meta:
        model = Form
        fields = ["name", "kind", "language", "channel", "campaign", "team", "keeps_invalid"]
        widgets = {
            name: forms.Select(attrs={"data-width": "half"})
            for name in ("kind", "language", "channel", "campaign", "team")
        }
        help_texts = {
            "channel": _("Where leads come from whose link says nothing else."),
            "team": _("Whose pool the leads join before somebody has them."),
            "keeps_invalid": _(
                "Shown as abandoned for 30 days, so that you see where people fail."
            ),
        }

    field_order = ["name", "kind", "language", "channel", "campaign", "team", "tags"]

    def __init__(self, data: Any = None, *, instance: Form) -> None:
        initial = {
            "tags": ", ".join(instance.tags),
            "allowed_origins": "\n".join(instance.allowed_origins),
        }
        super().__init__(data, instance=instance, initial=initial)
        teams = self.fields["team"]
        assert isinstance(teams, forms.ModelChoiceField)
        teams.queryset = Team.objects.order_by("name")

    def clean_tags(self) -> list[str]:
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def clean_allowed_origins(self) -> list[str]:
        try:
            return clean_origins(self.cleaned_data["allowed_origins"].splitlines())
        except DomainError as error:
            raise ValidationError(str(error)) from error

    def settings(self) -> dict[str, Any]:
        """Return the values under the names of ``change_form``."""
        values = dict(self.cleaned_data)
        for name in ("campaign", "team"):
            chosen = values.pop(name)
            values[f"{name}_id"] = chosen.pk if chosen else None
        return values


class PeriodForm(forms.ModelForm):
    """A form with a first and a last day."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The end lies before the start."))
        return cleaned


class CampaignForm(PeriodForm):
    budget = AmountField(
        label=_("budget"),
        required=False,
        widget=forms.TextInput(attrs={"data-width": "half", "inputmode": "decimal"}),
    )

    class Meta:
        model = Campaign
        fields = ["name", "kind", "channel", "state", "starts_on", "ends_on", "budget",
                  "target_leads", "code"]  # fmt: skip
        widgets = {
            "kind": forms.Select(attrs={"data-width": "half"}),
            "channel": forms.Select(attrs={"data-width": "half"}),
            "starts_on": DateInput(attrs={"data-width": "half"}),
            "ends_on": DateInput(attrs={"data-width": "half"}),
            "target_leads": forms.NumberInput(attrs={"data-width": "half", "inputmode": "numeric"}),
        }
        help_texts = {
            "code": _("Stands in links as utm_campaign. Empty: made from the name."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = False
