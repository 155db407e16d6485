"""What is given away: papers, videos and the like, and who fetched them."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from capture.models.submissions import Submission
from leads.models import Lead
from leads.stages import JourneyPhase


class ContentKind(models.TextChoices):
    """What a piece of content is."""

    WHITEPAPER = "whitepaper", _("Whitepaper")
    STUDY = "study", _("Study")
    EBOOK = "ebook", _("E-book")
    ARTICLE = "article", _("Article")
    CHECKLIST = "checklist", _("Checklist")
    CASE = "case", _("Case study")
    TEMPLATE = "template", _("Template")
    VIDEO = "video", _("Video")
    WEBINAR = "webinar", _("Recorded webinar")
    OTHER = "other", _("Something else")


class Content(models.Model):
    """A piece of content; either a file that is kept here or the ``url`` of where it is.

    ``topics`` are words that say what it is about.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("title"), max_length=200, unique=True)
    kind = models.CharField(_("type"), max_length=10, choices=ContentKind.choices)
    phase = models.CharField(
        _("phase of the journey"), max_length=10, choices=JourneyPhase.choices, blank=True
    )
    topics = ArrayField(models.CharField(max_length=60), verbose_name=_("topics"), default=list)
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, default="de"
    )
    summary = models.CharField(_("summary"), max_length=500, blank=True)
    url = models.CharField(_("address"), max_length=1000, blank=True)
    is_archived = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class ContentFile(models.Model):
    """The bytes of a piece of content, apart from it, so that lists do not carry them."""

    content = models.OneToOneField(Content, models.CASCADE, related_name="file")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    data = models.BinaryField()
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Download(models.Model):
    """Somebody fetched a piece of content by the link that a form gave them, once or again.

    ``lead`` is empty until the submission is taken in. ``count`` is how often the link was used.
    """

    content = models.ForeignKey(Content, models.CASCADE, related_name="downloads")
    submission = models.ForeignKey(Submission, models.CASCADE, related_name="downloads")
    lead = models.ForeignKey(
        Lead, models.CASCADE, null=True, blank=True, related_name="content_downloads"
    )
    occurred_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "content"], name="download_once"),
        ]
        indexes = [models.Index(fields=["content", "occurred_at"], name="download_content")]

    def __str__(self) -> str:
        return f"{self.content_id} {self.occurred_at:%Y-%m-%d}"


__all__ = ["Content", "ContentFile", "ContentKind", "Download", "JourneyPhase"]
