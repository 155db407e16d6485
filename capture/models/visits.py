import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from capture.models.campaigns import Campaign
from capture.models.posts import ShortLink
from capture.models.submissions import Submission
from capture.models.tracking import Page
from leads.models import Episode, Lead


class Visitor(models.Model):
    """A browser whose user allowed to be recognised; ``token`` is its random 128-bit id.

    The id attaches visits to a lead and never answers with anything about that lead. It is good on
    the one ``site`` where it was given. ``first_touch`` and ``last_touch`` are the views that came
    from somewhere, as they were told: ``{"url", "referrer", "at"}``. ``campaign_code`` is the
    campaign of the visit that is going on.
    """

    token = models.CharField(max_length=32, unique=True)
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, blank=True, related_name="visitors")
    consented_at = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    identified_at = models.DateTimeField(null=True, blank=True)
    site = models.CharField(max_length=255, blank=True, db_default="")
    campaign_code = models.CharField(max_length=80, blank=True, db_default="")
    first_touch = models.JSONField(null=True, blank=True)
    last_touch = models.JSONField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-last_seen_at"]
        indexes = [models.Index(fields=["last_seen_at"], name="visitor_last_seen")]

    def __str__(self) -> str:
        return f"{self.token[:6]}…"


class PageView(models.Model):
    """One page that a visitor looked at; ``key`` is the browser's id of this view.

    ``seconds`` is how long the page was in the foreground, ``depth`` how many percent of it were
    reached, as far as the browser told. ``machine_reason`` is why a machine was one.
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
    machine_reason = models.CharField(max_length=20, blank=True, db_default="")
    depth = models.PositiveSmallIntegerField(null=True, blank=True)
    campaign_code = models.CharField(max_length=80, blank=True, db_default="")
    page = models.ForeignKey(Page, models.SET_NULL, null=True, blank=True, related_name="views")

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index(fields=["visitor", "-occurred_at"], name="pageview_visitor"),
            models.Index(fields=["occurred_at"], name="pageview_occurred"),
        ]

    def __str__(self) -> str:
        return self.path


class PageEventKind(models.TextChoices):
    """What somebody did on a page."""

    OUTBOUND = "outbound", _("Outside link")
    DOWNLOAD = "download", _("Download")
    CUSTOM = "custom", _("Event of the website")
    FORM = "form", _("Form sent")


class PageEvent(models.Model):
    """One thing that a visitor did on a page, beside looking at it.

    ``number`` is the browser's own count within the view, so that what is sent twice is kept once.
    """

    view = models.ForeignKey(PageView, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=8, choices=PageEventKind.choices)
    number = models.PositiveIntegerField(null=True, blank=True)
    name = models.CharField(max_length=100, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["view", "number"], name="pageevent_once"),
        ]
        indexes = [models.Index(fields=["occurred_at"], name="pageevent_occurred")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.name or self.url}"


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
    link = models.ForeignKey(
        ShortLink, models.SET_NULL, null=True, blank=True, related_name="touches"
    )
    page = models.ForeignKey(Page, models.SET_NULL, null=True, blank=True, related_name="touches")
    referrer = models.CharField(max_length=2000, blank=True)
    landing_page = models.CharField(max_length=2000, blank=True)
    occurred_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index(fields=["lead", "occurred_at"], name="touch_lead"),
            models.Index(fields=["campaign", "occurred_at"], name="touch_campaign"),
            # The leads of a campaign are counted off it, with their first touch of it.
            models.Index(
                fields=["campaign", "lead", "occurred_at", "id"],
                name="touch_campaign_lead",
                condition=models.Q(campaign__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.utm_source or self.channel}"
