import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.forms.settings import TimeZoneField
from handoff.forms.people import PersonField, TeamField, teams, workers
from handoff.meetings.actions.types import TERMS
from handoff.models import (
    Availability,
    CalendarKind,
    Hosting,
    MeetingType,
    Place,
    Region,
    Weekday,
)

HALF = {"data-width": "half"}
_MINUTES = ("minutes", "buffer_before", "buffer_after", "grid_minutes", "notice_minutes")
_NUMBERS = (*_MINUTES, "change_minutes", "ahead_days")


class MeetingTypeForm(forms.ModelForm):
    """A kind of meeting that visitors book."""

    host = PersonField(label=_("Person"), required=False, widget=forms.Select(attrs=HALF))
    team = TeamField(label=_("Team"), required=False, widget=forms.Select(attrs=HALF))

    class Meta:
        model = MeetingType
        fields = TERMS
        widgets = {
            "name_de": forms.TextInput(attrs=HALF),
            "name_en": forms.TextInput(attrs=HALF),
            "place": forms.Select(attrs=HALF),
            "place_text": forms.TextInput(attrs=HALF),
            **{name: forms.NumberInput(attrs=HALF) for name in _NUMBERS},
        }
        help_texts = {
            "place_text": _("Of the video room or of the house; only those who booked get it."),
            "hosting": _("Person or team below; the other one is not used."),
        }

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["host"].queryset = workers(actor)  # type: ignore[attr-defined]
        self.fields["team"].queryset = teams(actor)  # type: ignore[attr-defined]
        kind: MeetingType = self.instance
        if kind.pk:
            self.initial["host"] = kind.host and kind.host.public_id
            self.initial["team"] = kind.team and kind.team.public_id
        self.fields["hosting"].choices = Hosting.choices  # type: ignore[attr-defined]
        self.fields["place"].choices = Place.choices  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """Leave it to the action what is right: the form only reads."""

    def terms(self) -> dict[str, Any]:
        """Return what was typed in by the columns of a type."""
        return {name: self.cleaned_data[name] for name in TERMS}


class AvailabilityForm(forms.Form):
    """When somebody can be booked: a line of times for each day of the week."""

    def __init__(self, *args: Any, row: Availability, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, label in Weekday.choices:
            self.fields[f"day_{day}"] = forms.CharField(
                label=label,
                required=False,
                max_length=100,
                initial=_shown(row.hours.get(str(day), [])),
                widget=forms.TextInput(attrs={**HALF, "placeholder": "09:00-12:30, 13:30-17:00"}),
            )
        self.fields["time_zone"] = TimeZoneField(
            initial=row.time_zone, widget=forms.Select(attrs=HALF)
        )
        self.fields["region"] = forms.ChoiceField(
            label=_("Public holidays"),
            required=False,
            choices=Region.choices,
            initial=row.region,
            widget=forms.Select(attrs=HALF),
        )

    def hours(self) -> dict[str, list[list[str]]]:
        """Return what was typed in as the action takes it; it says what cannot be read."""
        return {
            str(day): [
                [_time(part) for part in re.split(r"\s*[-–]\s*", stretch.strip())]
                for stretch in self.cleaned_data[f"day_{day}"].split(",")
                if stretch.strip()
            ]
            for day, _label in Weekday.choices
        }


def _shown(stretches: Any) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in stretches)


def _time(text: str) -> str:
    """Read 9, 9:00 and 09.00 as 09:00; anything else stays as it is."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?", text.strip())
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else text.strip()


class CalendarForm(forms.Form):
    """A calendar to be connected."""

    kind = forms.ChoiceField(label=_("Type"), choices=CalendarKind.choices)
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    address = forms.CharField(
        label=_("Address"),
        max_length=2000,
        help_text=_("It is a secret like a password: it is sealed and never shown again."),
    )
    username = forms.CharField(
        label=_("User name"),
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs={**HALF, "autocomplete": "off"}),
        help_text=_("For CalDAV only."),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=255,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={**HALF, "autocomplete": "new-password"}),
        help_text=_("Best one for this program alone; it is sealed and never shown again."),
    )
    is_written = forms.BooleanField(
        label=_("Enter my meetings in this calendar (CalDAV)"), required=False
    )
    chosen = forms.ChoiceField(label=_("Which calendar?"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer([])

    def offer(self, found: list[tuple[str, str]]) -> None:
        """Offer the calendars that a server has; without any there is nothing to choose."""
        field: Any = self.fields["chosen"]
        field.choices = found
        field.widget = forms.RadioSelect(choices=found) if found else forms.HiddenInput()

    def clean_chosen(self) -> str:
        """Take what was chosen; the view holds it against what the server has."""
        return str(self.data.get("chosen", ""))
