"""Webinars and events on site, who registered for them, and the mails that follow."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from capture.models.forms import Form
from capture.models.submissions import Submission
from ground.due import DueRow, due_index
from leads.models import Activity, Lead
from leads.stages import Channel

DAY = 1440
HOUR = 60


def default_reminders() -> list[int]:
    """Return when people are reminded unless somebody says otherwise, in minutes before."""
    return [DAY, HOUR]


class EventKind(models.TextChoices):
    """Whether people come or look in."""

    WEBINAR = "webinar", _("Webinar")
    EVENT = "event", _("Event on site")


class EventState(models.TextChoices):
    """Whether an event takes place; that it is over is a matter of its time."""

    PLANNED = "planned", _("Planned")
    CANCELLED = "cancelled", _("Cancelled")


class Event(models.Model):
    """Something that people register for.

    Times are moments; ``time_zone`` (IANA) is the one in which they are told. ``place`` is where an
    event on site is, ``join_url`` where a webinar is joined, told only to who has a place. Without
    ``capacity`` there is room for everybody. Registration ends at ``closes_at``, else when it
    begins. ``reminders`` are minutes before the start. ``sequence`` is that of its calendar entry,
    ``version`` grows with every change of what visitors see, and ``taken`` is how many places are
    taken, written under the lock of the row.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(
        _("type"), max_length=10, choices=EventKind.choices, default=EventKind.WEBINAR
    )
    state = models.CharField(
        _("state"), max_length=10, choices=EventState.choices, default=EventState.PLANNED
    )
    title_de = models.CharField(_("title in German"), max_length=200, blank=True)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    description_de = models.TextField(_("description in German"), max_length=3000, blank=True)
    description_en = models.TextField(_("description in English"), max_length=3000, blank=True)
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    time_zone = models.CharField(_("time zone"), max_length=60)
    place = models.CharField(_("place"), max_length=300, blank=True)
    join_url = models.CharField(_("address to join"), max_length=1000, blank=True)
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)
    closes_at = models.DateTimeField(_("registration ends"), null=True, blank=True)
    reminders = ArrayField(
        models.PositiveIntegerField(), verbose_name=_("reminders"), default=default_reminders
    )
    sequence = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    taken = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-starts_at", "-id"]
        indexes = [models.Index(fields=["starts_at"], name="event_starts")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the language of the reader, else in the one that is there."""
        return self.told("title")

    @property
    def description(self) -> str:
        """The description in the language of the reader, else in the one that is there."""
        return self.told("description")

    def told(self, name: str, language: str = "") -> str:
        """Return a text in ``language``, by default that of the reader, else in the other."""
        is_german = (language or get_language() or "en").startswith("de")
        german, english = getattr(self, f"{name}_de"), getattr(self, f"{name}_en")
        return str((german or english) if is_german else (english or german))

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which its times are told."""
        return ZoneInfo(self.time_zone)

    @property
    def is_webinar(self) -> bool:
        """Whether people look in from afar."""
        return self.kind == EventKind.WEBINAR

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place."""
        return self.state == EventState.CANCELLED

    @property
    def is_full(self) -> bool:
        """Whether who registers now has to wait."""
        return self.capacity is not None and self.taken >= self.capacity

    @property
    def registration_ends_at(self) -> datetime:
        """From when on nobody can register any more."""
        return min(self.closes_at, self.starts_at) if self.closes_at else self.starts_at

    def is_over(self, as_of: datetime) -> bool:
        """Say whether it has ended."""
        return as_of >= self.ends_at


class RegistrationState(models.TextChoices):
    """Where somebody stands with an event."""

    REGISTERED = "registered", _("Registered")
    WAITING = "waiting", _("Waiting list")
    CANCELLED = "cancelled", _("Cancelled")
    ATTENDED = "attended", _("Attended")
    ABSENT = "absent", _("Absent")


# Who has a place, whether it was used or not.
SEATED = (RegistrationState.REGISTERED, RegistrationState.ATTENDED, RegistrationState.ABSENT)


class EventRegistration(models.Model):
    """One lead that registered for one event, however often.

    ``email`` is the address that was given first and is written to, none for who gave none that
    can be. ``is_told`` says that the confirmation was sent: without it no other mail follows.
    ``outcome`` is the activity on the timeline that says whether the lead was there; earlier ones
    of a registration no longer hold.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="registrations")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="event_registrations")
    form = models.ForeignKey(Form, models.SET_NULL, null=True, blank=True, related_name="+")
    submission = models.ForeignKey(
        Submission, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(
        max_length=10, choices=RegistrationState.choices, default=RegistrationState.REGISTERED
    )
    channel = models.CharField(max_length=20, choices=Channel.choices)
    email = models.CharField(max_length=320, blank=True)
    email_key = models.CharField(max_length=320, blank=True)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    is_told = models.BooleanField(default=False)
    registered_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.ForeignKey(
        Activity, models.SET_NULL, null=True, blank=True, related_name="outcome_of"
    )
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["registered_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["event", "lead"], name="registration_once"),
        ]
        indexes = [
            models.Index(fields=["event", "state", "registered_at"], name="registration_state"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.lead_id}"


class MailKind(models.TextChoices):
    """Why all who have a place get a mail."""

    REMINDER = "reminder", _("Reminder")
    MOVED = "moved", _("The event was changed")
    CANCELLED = "cancelled", _("The event was cancelled")


class EventMail(models.Model):
    """A mail to everybody who is registered: a reminder, or news of the marketer.

    ``minutes`` is how long before the start a reminder goes out. ``last_id`` is the last
    registration that got it of those that are worked through.
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=10, choices=MailKind.choices)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    last_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event", "minutes"],
                condition=models.Q(kind="reminder"),
                name="eventmail_reminder",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.kind}"


class DueEventMail(DueRow):
    """A mail of an event whose time comes."""

    mail = models.OneToOneField(EventMail, models.CASCADE, related_name="due")

    class Meta:
        indexes = [due_index("dueeventmail_due")]

    def __str__(self) -> str:
        return str(self.mail_id)


class DueSeat(DueRow):
    """An event in which a place became free, for whoever waits longest."""

    event = models.OneToOneField(Event, models.CASCADE, related_name="due_seat")

    class Meta:
        indexes = [due_index("dueseat_due")]

    def __str__(self) -> str:
        return str(self.event_id)


class AttendanceList(models.Model):
    """A list of who was there, read and not yet taken over.

    ``rows`` holds ``{"number", "email", "minutes", "cells"}`` of every line of the file.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="lists")
    file_name = models.CharField(max_length=200)
    header: Any = ArrayField(models.CharField(max_length=300), default=list)
    rows = models.JSONField(default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.file_name


__all__ = [
    "SEATED",
    "AttendanceList",
    "DueEventMail",
    "DueSeat",
    "Event",
    "EventKind",
    "EventMail",
    "EventRegistration",
    "EventState",
    "MailKind",
    "RegistrationState",
]
