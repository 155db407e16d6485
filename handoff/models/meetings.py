import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.models import Team
from capture.models import Form, Submission
from ground.due import DueRow, due_index
from leads.models import Lead
from leads.models.lead import visible_q


class Hosting(models.TextChoices):
    """Who holds the meetings of a type."""

    PERSON = "person", _("Always the same person")
    TEAM = "team", _("In a team, whoever has the fewest coming meetings")
    OWNER = "owner", _("The owner of the lead, else whoever in the team has the fewest")


class Place(models.TextChoices):
    """Where people meet."""

    PHONE = "phone", _("By phone: we call")
    VIDEO = "video", _("By video")
    ON_SITE = "on_site", _("On site")


class MeetingType(models.Model):
    """A kind of meeting that visitors book on a page of its own.

    Its questions, texts and consents are those of the forms, one for each language. ``buffer_*``
    are minutes that stay free around each meeting, ``notice_minutes`` how long before its begin it
    can be booked at the latest, ``ahead_days`` how far ahead, ``grid_minutes`` how far the begins
    of slots lie apart, ``change_minutes`` until how long before the guest can still cancel or move.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name_de = models.CharField(_("name in German"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    minutes = models.PositiveSmallIntegerField(
        _("length, minutes"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
    )
    buffer_before = models.PositiveSmallIntegerField(
        _("free before, minutes"), default=0, validators=[MaxValueValidator(240)]
    )
    buffer_after = models.PositiveSmallIntegerField(
        _("free after, minutes"), default=15, validators=[MaxValueValidator(240)]
    )
    notice_minutes = models.PositiveIntegerField(
        _("to be booked this long before, minutes"),
        default=240,
        validators=[MaxValueValidator(43_200)],
    )
    ahead_days = models.PositiveSmallIntegerField(
        _("can be booked this many days ahead"),
        default=28,
        validators=[MinValueValidator(1), MaxValueValidator(180)],
    )
    grid_minutes = models.PositiveSmallIntegerField(
        _("a slot begins every so many minutes"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
    )
    change_minutes = models.PositiveIntegerField(
        _("can be cancelled or moved until this long before, minutes"),
        default=120,
        validators=[MaxValueValidator(43_200)],
    )
    hosting = models.CharField(
        _("who holds it"), max_length=8, choices=Hosting.choices, default=Hosting.PERSON
    )
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    place = models.CharField(_("where"), max_length=8, choices=Place.choices, default=Place.PHONE)
    place_text = models.CharField(_("address"), max_length=300, blank=True)
    form_de = models.OneToOneField(Form, models.PROTECT, related_name="+")
    form_en = models.OneToOneField(Form, models.PROTECT, related_name="+")
    is_active = models.BooleanField(_("can be booked"), default=True)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name_en", "id"]
        constraints = [
            models.CheckConstraint(
                name="meetingtype_has_its_hosts",
                condition=Q(hosting=Hosting.PERSON, host__isnull=False, team__isnull=True)
                | Q(~Q(hosting=Hosting.PERSON), host__isnull=True, team__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name_in(translation.get_language() or "en")

    def name_in(self, language: str) -> str:
        """Return the name in ``language``; other languages than German are English."""
        return self.name_de if language.startswith("de") else self.name_en

    def form_in(self, language: str) -> Form:
        """Return the form in ``language``."""
        return self.form_de if language.startswith("de") else self.form_en

    @property
    def length(self) -> timedelta:
        """How long a meeting is."""
        return timedelta(minutes=self.minutes)


class MeetingState(models.TextChoices):
    """What became of a meeting."""

    PENDING = "pending", _("Being checked")
    BOOKED = "booked", _("Booked")
    HELD = "held", _("Took place")
    MISSED = "missed", _("Nobody came")
    CANCELLED = "cancelled", _("Cancelled")
    DROPPED = "dropped", _("Not made")


# While a meeting is in one of these, its host is not free.
BLOCKING = (MeetingState.PENDING, MeetingState.BOOKED)


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Questions about meetings."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the meetings of the leads that ``actor`` may see, and those they hold."""
        own = Q(lead__deleted_at=None, lead__isnull=False, host_id=actor.user_id)
        found = visible_q(actor, "lead__") & Q(lead__isnull=False)
        return self.filter(found | (own if actor.user_id else Q(pk__in=[])))

    def blocking(self) -> Self:
        """Return those whose host is not free."""
        return self.filter(state__in=BLOCKING)

    def coming(self, as_of: object) -> Self:
        """Return booked meetings that have not ended at ``as_of``, the next first."""
        return self.filter(state=MeetingState.BOOKED, ends_at__gt=as_of).order_by("starts_at", "pk")


class Meeting(models.Model):
    """One meeting of a lead with its host.

    It is pending without lead until the submission that asks for it was looked at. The host is
    not free from ``blocked_from`` to ``blocked_until``, buffers included: the database lets no two
    such meetings of one host overlap. ``sequence`` counts its changes, as calendars want it;
    ``guest_zone`` and ``language`` are those in which the guest booked, ``mailbox_key`` where the
    guest's mail arrives.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.ForeignKey(MeetingType, models.CASCADE, related_name="meetings")
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, blank=True, related_name="meetings")
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="meetings", verbose_name=_("host")
    )
    submission = models.OneToOneField(
        Submission, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    blocked_from = models.DateTimeField()
    blocked_until = models.DateTimeField()
    state = models.CharField(max_length=9, choices=MeetingState.choices)
    guest_email = models.CharField(max_length=320, blank=True)
    mailbox_key = models.CharField(max_length=320, blank=True)
    guest_zone = models.CharField(max_length=60)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    place = models.CharField(max_length=8, choices=Place.choices)
    place_text = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    sequence = models.PositiveIntegerField(default=0)
    ended_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="meeting_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="meeting_blocks_its_time",
                condition=Q(blocked_from__lte=F("starts_at"), blocked_until__gte=F("ends_at")),
            ),
            models.CheckConstraint(
                name="meeting_has_its_lead",
                condition=Q(lead__isnull=False)
                | Q(state__in=[MeetingState.PENDING, MeetingState.DROPPED]),
            ),
            # A range of one number in place of the number: btree_gist would be an extension.
            ExclusionConstraint(
                name="meeting_once_at_a_time",
                expressions=[
                    (
                        Func(F("host_id"), F("host_id"), models.Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("blocked_from"),
                            F("blocked_until"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state__in=[MeetingState.PENDING, MeetingState.BOOKED]),
            ),
        ]
        indexes = [
            models.Index(fields=["host", "starts_at"], name="meeting_host"),
            models.Index(fields=["lead", "-starts_at"], name="meeting_lead"),
            models.Index(fields=["starts_at", "id"], name="meeting_starts"),
            models.Index(
                fields=["mailbox_key"],
                name="meeting_mailbox",
                condition=Q(state__in=[MeetingState.PENDING, MeetingState.BOOKED]),
            ),
            models.Index(
                fields=["created_at"],
                name="meeting_pending",
                condition=Q(state=MeetingState.PENDING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to come or its outcome is not known."""
        return self.state == MeetingState.BOOKED

    @property
    def uid(self) -> str:
        """The name by which calendars know it, whatever changes."""
        return f"{self.public_id}@leadcrm"


class ReminderStep(models.TextChoices):
    """How long before a meeting its guest and host are reminded."""

    DAY = "day", _("A day before")
    HOUR = "hour", _("An hour before")


REMIND_BEFORE = {
    ReminderStep.DAY: timedelta(days=1),
    ReminderStep.HOUR: timedelta(hours=1),
}


class DueReminder(DueRow):
    """A reminder of a meeting that is to be sent; ``key`` is meeting and step."""

    key = models.CharField(max_length=40, unique=True)
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="+")
    step = models.CharField(max_length=4, choices=ReminderStep.choices)

    class Meta:
        indexes = [due_index("duereminder_due")]

    def __str__(self) -> str:
        return self.key
