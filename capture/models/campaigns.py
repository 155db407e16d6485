import uuid

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from leads.stages import Channel


class CampaignKind(models.TextChoices):
    """What a campaign is."""

    CONTENT = "content", _("Content")
    ADVERTISING = "advertising", _("Advertising")
    LEAD_AD = "lead_ad", _("Lead ad")
    SOCIAL = "social", _("Social media")
    EMAIL = "email", _("E-mail")
    WEBINAR = "webinar", _("Webinar")
    EVENT = "event", _("Trade fair or event")
    REFERRAL = "referral", _("Referral")
    OTHER = "other", _("Other")


class CampaignState(models.TextChoices):
    """Where a campaign stands."""

    PLANNED = "planned", _("Planned")
    RUNNING = "running", _("Running")
    ENDED = "ended", _("Ended")


class Campaign(models.Model):
    """One effort to win leads; ``code`` is the ``utm_campaign`` by which visits are credited."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    code = models.CharField(
        _("code for links (utm_campaign)"),
        max_length=80,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9_.-]*$",
                _("Use lower-case letters, digits, dots, hyphens and underscores."),
            )
        ],
    )
    kind = models.CharField(
        _("type"), max_length=12, choices=CampaignKind.choices, default=CampaignKind.CONTENT
    )
    channel = models.CharField(
        _("channel"), max_length=20, choices=Channel.choices, default=Channel.WEBSITE
    )
    state = models.CharField(
        _("state"), max_length=8, choices=CampaignState.choices, default=CampaignState.RUNNING
    )
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    budget = models.DecimalField(
        _("budget"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    target_leads = models.PositiveIntegerField(_("target number of leads"), null=True, blank=True)
    created_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="campaign_ends_after_start",
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="campaign_budget_not_negative", condition=Q(budget=None) | Q(budget__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name
