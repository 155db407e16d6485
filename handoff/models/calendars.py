import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import check_time_zone
from ground.due import DueRow, due_index
from handoff.models.agreement import Region
from handoff.models.meetings import Meeting


class Availability(models.Model):
    """When one person can be booked; who has none works by the hours of the agreement.

    ``hours`` are stretches of wall-clock time by weekday, ``{"0": [["09:00", "12:30"], …], …}``
    with "0" for Monday and "24:00" for the end of a day. ``feed_hash`` is the SHA-256 of the secret
    in the address under which calendars fetch the meetings, "" while nobody may.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="availability"
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Europe/Berlin", validators=[check_time_zone]
    )
    region = models.CharField(
        _("public holidays"), max_length=5, choices=Region.choices, default="", blank=True
    )
    hours = models.JSONField(default=dict)
    feed_hash = models.CharField(max_length=64, blank=True, db_index=True)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id}"


class CalendarKind(models.TextChoices):
    """How a calendar is read."""

    ICS = "ics", _("Subscribed address (ICS)")
    CALDAV = "caldav", _("CalDAV, with writing")


class HostCalendar(models.Model):
    """A calendar of somebody whose appointments block slots.

    ``address`` and ``password`` are sealed, since the address of a subscription is a secret as
    well. ``host_name`` is what of it is shown. While reading fails, ``failing_since`` and
    ``failure`` say so, and the times that were read last go on counting.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="host_calendars"
    )
    kind = models.CharField(_("type"), max_length=6, choices=CalendarKind.choices)
    name = models.CharField(_("name"), max_length=120)
    host_name = models.CharField(max_length=255)
    address = models.TextField()
    username = models.CharField(_("user name"), max_length=255, blank=True)
    password = models.TextField(blank=True)
    is_written = models.BooleanField(_("meetings are entered here"), default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_written=True), name="hostcalendar_one_written"
            ),
            models.CheckConstraint(
                name="hostcalendar_written_is_caldav",
                condition=Q(is_written=False) | Q(kind=CalendarKind.CALDAV),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BusyTime(models.Model):
    """A time at which an appointment in a calendar stands; nothing else of it is kept."""

    calendar = models.ForeignKey(HostCalendar, models.CASCADE, related_name="busy_times")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="busytime_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]
        indexes = [models.Index(fields=["calendar", "starts_at"], name="busytime_calendar")]

    def __str__(self) -> str:
        return f"{self.starts_at} – {self.ends_at}"


class DueCalendar(DueRow):
    """A calendar that is to be read."""

    calendar = models.OneToOneField(HostCalendar, models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("duecalendar_due")]

    def __str__(self) -> str:
        return f"{self.calendar_id}"


class CalendarEntry(models.Model):
    """Where a meeting stands in the calendar of its host, so that it is found there again.

    A row is written before the server is asked, so that none is ever there without one.
    """

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="entries")
    calendar = models.ForeignKey(HostCalendar, models.CASCADE, related_name="entries")
    sequence = models.IntegerField(default=-1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "calendar"], name="calendarentry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} in {self.calendar_id}"


class DueCalendarEntry(DueRow):
    """A meeting whose entry in the calendar of its host is to be brought up to date."""

    meeting = models.OneToOneField(Meeting, models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("duecalendarentry_due")]

    def __str__(self) -> str:
        return f"{self.meeting_id}"
