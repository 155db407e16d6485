from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from capture.events.models import DAY, HOUR, Event
from capture.events.times import moment_of, told_lead_time, zone_named
from capture.imports.forms import MAX_BYTES
from ground import days
from ground.errors import DomainError
from ground.forms import DateTimeInput

_HALF = {"data-width": "half"}
_OFFERED = (7 * DAY, 2 * DAY, DAY, 3 * HOUR, HOUR, 15)
_WRITTEN = "%Y-%m-%dT%H:%M"


class LocalTimeField(forms.Field):
    """A date and a time as clocks show them somewhere, without a zone."""

    widget = DateTimeInput

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            read = datetime.fromisoformat(str(value).strip())
        except ValueError as error:
            raise forms.ValidationError(_("Enter a day and a time.")) from error
        return read.replace(second=0, microsecond=0, tzinfo=None)


class EventForm(forms.ModelForm):
    """An event; its times are those of its own zone."""

    starts_at = LocalTimeField(label=_("Begins"), widget=DateTimeInput(attrs=_HALF))
    ends_at = LocalTimeField(label=_("Ends"), widget=DateTimeInput(attrs=_HALF))
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("All times here are those of this zone.")
    )
    closes_at = LocalTimeField(
        label=_("Registration ends"),
        required=False,
        widget=DateTimeInput(attrs=_HALF),
        help_text=_("Empty: when it begins."),
    )
    reminders = forms.TypedMultipleChoiceField(
        label=_("Reminders"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("By mail, to everybody who has a place. Without consent, as they registered."),
    )

    class Meta:
        model = Event
        fields = ["kind", "title_de", "title_en", "description_de", "description_en", "place",
                  "join_url", "capacity"]  # fmt: skip
        widgets = {
            "title_de": forms.TextInput(attrs=_HALF),
            "title_en": forms.TextInput(attrs=_HALF),
            "description_de": forms.Textarea(attrs={"rows": 3}),
            "description_en": forms.Textarea(attrs={"rows": 3}),
            "capacity": forms.NumberInput(attrs=_HALF),
        }
        help_texts = {
            "join_url": _("Only people who have a place get it, by mail."),
            "capacity": _("Empty: as many as like. Who comes later is put on a waiting list."),
        }

    field_order = [
        *("kind", "title_de", "title_en", "starts_at", "ends_at", "time_zone", "place"),
        *("join_url", "capacity", "closes_at", "reminders", "description_de", "description_en"),
    ]

    def __init__(self, data: Any = None, *, instance: Event | None = None) -> None:
        event = instance or Event(time_zone=str(days.zone()))
        initial: dict[str, Any] = {"time_zone": event.time_zone, "reminders": event.reminders}
        for name in ("starts_at", "ends_at", "closes_at"):
            if moment := getattr(event, name, None):
                initial[name] = moment.astimezone(event.zone).strftime(_WRITTEN)
        super().__init__(data, instance=instance, initial=initial)
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            (name, name.replace("_", " ")) for name in sorted(available_timezones())
        ]
        offered = sorted({*_OFFERED, *event.reminders}, reverse=True)
        self.fields["reminders"].choices = [  # type: ignore[attr-defined]
            (minutes, told_lead_time(minutes)) for minutes in offered
        ]

    def clean(self) -> dict[str, Any]:
        """Turn local times into moments."""
        cleaned = super().clean() or {}
        try:
            zone = zone_named(cleaned.get("time_zone", ""))
        except DomainError as error:
            self.add_error("time_zone", str(error))
            return cleaned
        for name in ("starts_at", "ends_at", "closes_at"):
            if cleaned.get(name) is None:
                continue
            try:
                cleaned[name] = moment_of(cleaned[name], zone, field=name)
            except DomainError as error:
                self.add_error(name, str(error))
        return cleaned

    def _post_clean(self) -> None:
        """Leave the row as it is: the action writes it, and looks at what changed."""

    def values(self) -> dict[str, Any]:
        """Return the values under the names of ``save_event``."""
        return dict(self.cleaned_data)


class AttendanceForm(forms.Form):
    """A list of who was there."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "Excel or CSV, as webinar systems export it: with a column of e-mail addresses and, if"
            " you like, one of minutes."
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("This file is larger than 20 MB."))
        return file
