import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from capture.models.campaigns import Campaign

ONLY = 1
LONGEST_PATH = 500


class TrackingSettings(models.Model):
    """What is measured on websites, in one row; all of it is off until somebody switches it on.

    ``sites`` are the hosts whose pages are measured, with their subdomains; none means all.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    visits = models.BooleanField(_("visits and pages"), default=False)
    dwell = models.BooleanField(_("time on the page"), default=False)
    scroll = models.BooleanField(_("how far people scroll"), default=False)
    clicks = models.BooleanField(_("clicks on outside links and downloads"), default=False)
    events = models.BooleanField(_("events of your website"), default=False)
    sites = models.JSONField(_("websites"), default=list, blank=True)
    retention_days = models.PositiveSmallIntegerField(
        _("days that single visits are kept"),
        default=90,
        validators=[MinValueValidator(7), MaxValueValidator(400)],
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="tracking_only_one", condition=Q(id=ONLY)),
        ]

    def __str__(self) -> str:
        return "visits" if self.visits else "off"


class PageTag(models.TextChoices):
    """What a page is about, as far as it tells how near somebody is to buying (source 000)."""

    PRICE = "price", _("Prices")
    FEATURE = "feature", _("Product features")
    PAYMENT = "payment", _("Payment and contract")
    REFERENCE = "reference", _("References")
    CAREER = "career", _("Jobs")


class Page(models.Model):
    """A page of a website by host and path, whatever stood behind the question mark.

    ``tags`` say what it is about; conditions and rules ask for them.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.CharField(max_length=255)
    path = models.CharField(max_length=LONGEST_PATH)
    title = models.CharField(max_length=300, blank=True)
    tags = ArrayField(
        models.CharField(max_length=20, choices=PageTag.choices),
        verbose_name=_("what the page is about"),
        default=list,
        db_default=[],
        blank=True,
    )
    created_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["host", "path"]
        constraints = [models.UniqueConstraint(fields=["host", "path"], name="page_once")]

    def __str__(self) -> str:
        return f"{self.host}{self.path}"

    @property
    def tag_labels(self) -> list[str]:
        """What the page is about, in words."""
        return [str(PageTag(tag).label) for tag in self.tags if tag in PageTag.values]


class PageDay(models.Model):
    """Figures of one day of the organisation, without anybody who could be told apart.

    About a page, a campaign, a page as those saw it who came by a campaign, or with neither about
    everything. ``before`` is the day on which these visitors had been there last, None where never
    or longer ago than visits are kept, ``acted_before`` the one on which they sent a form last: a
    stretch of days counts a person once by leaving out those who had been there within it.
    ``visits`` are those that began here, ``bounces`` those of them in which nothing followed;
    ``timed`` and ``scrolled`` are the views whose ``seconds`` and ``depth`` (in percent) are known.
    """

    page = models.ForeignKey(Page, models.CASCADE, null=True, blank=True, related_name="days")
    campaign = models.ForeignKey(
        Campaign, models.CASCADE, null=True, blank=True, related_name="page_days"
    )
    day = models.DateField()
    before = models.DateField(null=True, blank=True)
    acted_before = models.DateField(null=True, blank=True)
    visitors = models.PositiveIntegerField(default=0)
    actors = models.PositiveIntegerField(default=0)
    visits = models.PositiveIntegerField(default=0)
    bounces = models.PositiveIntegerField(default=0)
    views = models.PositiveIntegerField(default=0)
    seconds = models.PositiveBigIntegerField(default=0)
    timed = models.PositiveIntegerField(default=0)
    depth = models.PositiveBigIntegerField(default=0)
    scrolled = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    machine_views = models.PositiveIntegerField(default=0)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(
                fields=["page", "campaign", "day", "before", "acted_before", "is_sample"],
                nulls_distinct=False,
                name="pageday_once",
            ),
        ]
        indexes = [
            models.Index(fields=["day"], name="pageday_day"),
            models.Index(fields=["campaign", "day"], name="pageday_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.page_id or 'all'} {self.day}: {self.views}"


class CountedDay(models.Model):
    """A day whose visits were counted; one that ``is_final`` is not counted again."""

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField()
    is_final = models.BooleanField(default=False)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return str(self.day)
