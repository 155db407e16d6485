import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Lead


class VerdictValue(models.TextChoices):
    """What a lead is worth in the eyes of whoever talked to it."""

    GOOD = "good", _("Good")
    UNSURE = "unsure", _("Not sure yet")
    POOR = "poor", _("Not good")


class Verdict(models.Model):
    """What a rep thought of one lead after contact, beside the score it had then.

    A verdict is never changed: the newest of a lead is what holds. ``user_label`` outlives the
    person. ``version`` names the version by which the lead was judged, "" where it was by none.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="verdicts", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    user_label = models.CharField(max_length=150)
    value = models.CharField(_("verdict"), max_length=6, choices=VerdictValue.choices)
    text = models.CharField(_("in your words"), max_length=500, blank=True)
    at = models.DateTimeField()
    score = models.SmallIntegerField()
    fit = models.SmallIntegerField()
    engagement = models.SmallIntegerField()
    grade = models.CharField(max_length=2, blank=True)
    version = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="verdict_known", condition=Q(value__in=VerdictValue.values)
            ),
        ]
        indexes = [
            models.Index(fields=["lead", "-at", "-id"], name="verdict_lead"),
            models.Index(fields=["value", "at"], name="verdict_value"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.value}"
