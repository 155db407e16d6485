from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from capture.events.by_hand import Guest, mail_language
from capture.events.models import DAY, HOUR, Event
from capture.events.times import moment_of, told_lead_time, zone_named
from capture.imports.forms import MAX_BYTES
from ground import days
from ground.errors import DomainError
from ground.forms import DateTimeInput
from leads.entries import ENTRY_FIELDS, LeadEntry
from leads.models import Lead
from leads.stages import Channel

_HALF = {"data-width": "half"}
_OFFERED = (7 * DAY, 2 * DAY, DAY, 3 * HOUR, HOUR, 15)
_WRITTEN = "%Y-%m-%dT%H:%M"
# How people ask without a form.
ASKED_BY = (Channel.PHONE, Channel.PERSONAL, Channel.EMAIL, Channel.TRADE_FAIR, Channel.PAPER)
_PERSON = ("first_name", "last_name", "company", "email", "phone")


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


def _line(label: Any, length: int) -> forms.CharField:
    attrs = {**_HALF, "autocomplete": "off"}
    return forms.CharField(
        label=label, max_length=length, required=False, widget=forms.TextInput(attrs=attrs)
    )


class GuestForm(forms.Form):
    """Somebody who is registered by hand: ``lead``, or who is written down here."""

    first_name = _line(_("First name"), 100)
    last_name = _line(_("Last name"), 100)
    company = _line(_("Company"), 200)
    phone = _line(_("Phone"), 60)
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("The confirmation and the reminders go there."),
    )
    channel = forms.ChoiceField(
        label=_("How they asked"),
        choices=[(channel.value, channel.label) for channel in ASKED_BY],
        widget=forms.Select(attrs=_HALF),
    )
    language = forms.ChoiceField(
        label=_("Language of the mails"),
        choices=settings.LANGUAGES,
        widget=forms.Select(attrs=_HALF),
    )
    asked = forms.BooleanField(
        label=_("They asked to be registered"),
        help_text=_(
            "Mails about the event are answers to that and need no consent. It is no consent to"
            " advertising."
        ),
        error_messages={
            "required": _("Register only who asked for it: else the mails would be advertising.")
        },
    )

    def __init__(self, data: Any = None, *, lead: Lead | None = None) -> None:
        super().__init__(data, initial={"language": mail_language(lead)})
        self.lead = lead
        if lead is not None:
            for name in _PERSON:
                del self.fields[name]

    def guest(self, as_of: datetime) -> Guest:
        """Return who is to be registered."""
        data = self.cleaned_data
        if self.lead is not None:
            return Guest(data["channel"], data["language"], lead_id=self.lead.pk)
        values = {name: data[name] for name in ENTRY_FIELDS if name in data}
        entry = LeadEntry(
            channel=data["channel"], occurred_at=as_of, values=values, company=data["company"]
        )
        return Guest(data["channel"], data["language"], entry=entry)
