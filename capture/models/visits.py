import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from capture.models.campaigns import Campaign
from capture.models.submissions import Submission
from leads.models import Episode, Lead


class Visitor(models.Model):
    """A browser whose user allowed to be recognised; ``token`` is its random 128-bit id.

    The id attaches visits to a lead and never answers with anything about that lead.
    """

    token = models.CharField(max_length=32, unique=True)
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, blank=True, related_name="visitors")
    consented_at = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    identified_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-last_seen_at"]
        indexes = [models.Index(fields=["last_seen_at"], name="visitor_last_seen")]

    def __str__(self) -> str:
        return f"{self.token[:6]}…"


class PageView(models.Model):
    """One page that a visitor looked at; ``key`` is the browser's id of this view.

    ``seconds`` is how long the page was in the foreground, as far as the browser told.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="page_views")
    host = models.CharField(max_length=255, blank=True)
    path = models.CharField(max_length=1000)
    url = models.CharField(max_length=2000)
    title = models.CharField(max_length=300, blank=True)
    referrer = models.CharField(max_length=2000, blank=True)
    occurred_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(default=0)
    is_machine = models.BooleanField(default=False)

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index(fields=["visitor", "-occurred_at"], name="pageview_visitor"),
            models.Index(fields=["occurred_at"], name="pageview_occurred"),
        ]

    def __str__(self) -> str:
        return self.path


class TouchPosition(models.TextChoices):
    """Which contact a touch was: the one that first led here, or the one that led to the form."""

    FIRST = "first", _("First contact")
    LAST = "last", _("Last contact")


class Touch(models.Model):
    """Where a lead came from, once: the campaign and everything that the link said."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="touches")
    episode = models.ForeignKey(
        Episode, models.SET_NULL, null=True, blank=True, related_name="touches"
    )
    campaign = models.ForeignKey(
        Campaign, models.SET_NULL, null=True, blank=True, related_name="touches"
    )
    submission = models.ForeignKey(
        Submission, models.SET_NULL, null=True, blank=True, related_name="touches"
    )
    position = models.CharField(
        max_length=5, choices=TouchPosition.choices, default=TouchPosition.LAST
    )
    channel = models.CharField(max_length=20)
    utm_source = models.CharField(max_length=200, blank=True)
    utm_medium = models.CharField(max_length=200, blank=True)
    utm_campaign = models.CharField(max_length=200, blank=True)
    utm_term = models.CharField(max_length=200, blank=True)
    utm_content = models.CharField(max_length=200, blank=True)
    click_ids = models.JSONField(default=dict)
    referrer = models.CharField(max_length=2000, blank=True)
    landing_page = models.CharField(max_length=2000, blank=True)
    occurred_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index(fields=["lead", "occurred_at"], name="touch_lead"),
            models.Index(fields=["campaign", "occurred_at"], name="touch_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.utm_source or self.channel}"
