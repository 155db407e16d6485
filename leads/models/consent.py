from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.actor import ActorKind
from leads.models.lead import Lead


class ConsentPurpose(models.TextChoices):
    """What somebody agreed to."""

    MARKETING = "marketing", _("Advertising and information")
    NEWSLETTER = "newsletter", _("Newsletter")
    TRACKING = "tracking", _("Measuring opens and clicks")
    PROFILING = "profiling", _("Scoring")


class ConsentChannel(models.TextChoices):
    """By which way somebody agreed to be contacted."""

    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    SMS = "sms", _("SMS")
    PUSH = "push", _("Push message")
    POST = "post", _("Post")
    WEB = "web", _("Website")


class ConsentState(models.TextChoices):
    """Where a consent stands; the later in this list, the weaker."""

    GRANTED = "granted", _("Granted")
    PENDING = "pending", _("Waiting for confirmation")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    OBJECTED = "objected", _("Objected")


class Consent(models.Model):
    """Where one lead stands for one purpose and channel now; no row means never asked."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="consents", db_index=False)
    purpose = models.CharField(max_length=12, choices=ConsentPurpose.choices)
    channel = models.CharField(max_length=8, choices=ConsentChannel.choices)
    state = models.CharField(max_length=10, choices=ConsentState.choices)
    since = models.DateTimeField()

    class Meta:
        ordering = ["purpose", "channel"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "purpose", "channel"], name="consent_per_purpose_and_channel"
            ),
        ]
        indexes = [
            models.Index(fields=["purpose", "channel", "state", "lead"], name="consent_state"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.purpose}/{self.channel}: {self.state}"


class ConsentEvent(models.Model):
    """The proof of one declaration: what was shown, how, when, from where. Append-only.

    ``evidence`` holds the exact text, form id and version, page address, IP, user agent, and for
    double opt-in the mail as it was sent and the confirmation. ``previous_hash`` chains the events
    of one lead.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="consent_events", db_index=False)
    purpose = models.CharField(max_length=12, choices=ConsentPurpose.choices)
    channel = models.CharField(max_length=8, choices=ConsentChannel.choices)
    state = models.CharField(max_length=10, choices=ConsentState.choices)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=150, blank=True)
    evidence = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    event_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["lead", "id"], name="consentevent_lead")]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.purpose}/{self.channel}: {self.state}"
