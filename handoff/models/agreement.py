import uuid
from datetime import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from handoff.business_time import BusinessHours


class BriefingPart(models.TextChoices):
    """What sales must be told before a lead may be handed over (source 002)."""

    TARGET = "target", _("Who will care for the lead")
    INTEREST = "interest", _("What the lead is interested in")
    CONSENT = "consent", _("How the lead may be contacted")
    EVENTS = "events", _("What happened so far")
    CONTACT = "contact", _("A phone number or e-mail address that works")


class Weekday(models.IntegerChoices):
    """The days of the week as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Region(models.TextChoices):
    """Whose public holidays are days off."""

    NONE = "", _("No public holidays")
    GERMANY = "DE", _("Germany, everywhere")
    BADEN_WUERTTEMBERG = "DE-BW", "Baden-Württemberg"
    BAVARIA = "DE-BY", "Bayern"
    BERLIN = "DE-BE", "Berlin"
    BRANDENBURG = "DE-BB", "Brandenburg"
    BREMEN = "DE-HB", "Bremen"
    HAMBURG = "DE-HH", "Hamburg"
    HESSE = "DE-HE", "Hessen"
    MECKLENBURG = "DE-MV", "Mecklenburg-Vorpommern"
    LOWER_SAXONY = "DE-NI", "Niedersachsen"
    NORTH_RHINE = "DE-NW", "Nordrhein-Westfalen"
    RHINELAND = "DE-RP", "Rheinland-Pfalz"
    SAARLAND = "DE-SL", "Saarland"
    SAXONY = "DE-SN", "Sachsen"
    SAXONY_ANHALT = "DE-ST", "Sachsen-Anhalt"
    SCHLESWIG = "DE-SH", "Schleswig-Holstein"
    THURINGIA = "DE-TH", "Thüringen"
    AUSTRIA = "AT", _("Austria")
    SWITZERLAND = "CH", _("Switzerland")


def default_weekdays() -> list[int]:
    """Return Monday to Friday."""
    return [0, 1, 2, 3, 4]


def default_required() -> list[str]:
    """Return the parts that source 002 asks for."""
    return [
        BriefingPart.TARGET.value,
        BriefingPart.INTEREST.value,
        BriefingPart.CONSENT.value,
        BriefingPart.EVENTS.value,
    ]


class Agreement(models.Model):
    """One version of what marketing and sales agreed on; exactly one is in force.

    ``accept_minutes`` of working time are left to answer a hand-over. The rep is reminded
    ``remind_minutes`` before that is over; ``expire_minutes`` after it the lead goes back to the
    manager (0: never). ``next_step_days`` is how long a lead of sales may be without next step.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(unique=True)
    accept_minutes = models.PositiveIntegerField(
        _("minutes to accept"), default=240, validators=[MinValueValidator(1)]
    )
    remind_minutes = models.PositiveIntegerField(_("remind before, minutes"), default=60)
    expire_minutes = models.PositiveIntegerField(_("take back after, minutes"), default=480)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday.choices),
        verbose_name=_("working days"),
        default=default_weekdays,
    )
    opens_at = models.TimeField(_("working day begins"), default=time(9))
    closes_at = models.TimeField(_("working day ends"), default=time(17))
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Berlin")
    region = models.CharField(
        _("public holidays"), max_length=5, choices=Region.choices, default="", blank=True
    )
    required_parts = ArrayField(
        models.CharField(max_length=10, choices=BriefingPart.choices),
        verbose_name=_("a briefing must have"),
        default=default_required,
        blank=True,
    )
    next_step_days = models.PositiveSmallIntegerField(
        _("days without next step"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    is_active = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by_label = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"], condition=Q(is_active=True), name="agreement_one_active"
            ),
            models.CheckConstraint(
                name="agreement_remind_before_due",
                condition=Q(remind_minutes__lt=F("accept_minutes")),
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"

    @property
    def hours(self) -> BusinessHours:
        """The working time by which the clock of a hand-over runs."""
        return BusinessHours(
            frozenset(self.weekdays),
            self.opens_at,
            self.closes_at,
            ZoneInfo(self.time_zone),
            self.region,
        )


class Strategy(models.TextChoices):
    """How a rule finds the one who gets the lead."""

    PERSON = "person", _("Always the same person")
    ROUND_ROBIN = "round_robin", _("In turn")
    LEAST_LOADED = "least_loaded", _("Whoever has the fewest leads")
    POOL = "pool", _("Whoever takes it first")


class AssignmentRule(models.Model):
    """Who gets the leads that meet ``where``; the first rule that matches decides.

    ``last_user`` had the last turn. It is read and written under a lock on the row, so that two
    workers never give the same turn twice.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    position = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=100, unique=True)
    where = models.JSONField(_("for leads that"))
    strategy = models.CharField(_("who gets them"), max_length=12, choices=Strategy.choices)
    target_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    target_team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    reason = models.CharField(_("why"), max_length=200, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    last_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                name="assignmentrule_has_its_target",
                condition=Q(
                    strategy=Strategy.PERSON, target_user__isnull=False, target_team__isnull=True
                )
                | Q(~Q(strategy=Strategy.PERSON), target_user=None, target_team__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Absence(models.Model):
    """The days, first and last included, on which somebody gets no leads.

    A ``deputy`` takes those that would always go to this person.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences", verbose_name=_("person")
    )
    from_on = models.DateField(_("first day"))
    until_on = models.DateField(_("last day"))
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("deputy"),
    )
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["from_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_start", condition=Q(until_on__gte=F("from_on"))
            ),
        ]
        indexes = [models.Index(fields=["until_on", "from_on"], name="absence_days")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.from_on} – {self.until_on}"
