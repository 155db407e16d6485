import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.stages import Channel


class FormKind(models.TextChoices):
    """What a form is for; decides which stage its people start in."""

    CONTACT = "contact", _("Contact")
    NEWSLETTER = "newsletter", _("Newsletter")
    DOWNLOAD = "download", _("Download")
    WEBINAR = "webinar", _("Webinar")
    EVENT = "event", _("Event on site")
    CALLBACK = "callback", _("Callback")
    QUOTE = "quote", _("Quote calculator")
    FEEDBACK = "feedback", _("Feedback")
    MEETING = "meeting", _("Meeting")
    CHAT = "chat", _("Chat")
    REFERRAL = "referral", _("Recommendation")


class FormState(models.TextChoices):
    """Whether a form takes part."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


class Form(models.Model):
    """A form through which people become leads.

    ``draft`` is the definition that the editor works on (see ``capture/definition.py``); visitors
    see the one of ``published``. ``allowed_origins`` are the origins (``https://www.example.org``)
    that may embed the form; none means all. ``team`` is the pool that its leads belong to.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("type"), max_length=12, choices=FormKind.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=FormState.choices, default=FormState.DRAFT
    )
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, default="de"
    )
    draft = models.JSONField(default=dict)
    published = models.ForeignKey(
        "capture.FormVersion", models.RESTRICT, null=True, blank=True, related_name="+"
    )
    channel = models.CharField(
        _("channel"), max_length=20, choices=Channel.choices, default=Channel.WEBSITE
    )
    campaign = models.ForeignKey(
        "capture.Campaign",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="forms",
        verbose_name=_("campaign"),
    )
    team = models.ForeignKey(
        "accounts.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("team"),
    )
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("tags"), default=list)
    allowed_origins = ArrayField(
        models.CharField(max_length=255), verbose_name=_("allowed websites"), default=list
    )
    keeps_invalid = models.BooleanField(_("keep refused submissions"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                name="form_published_has_version",
                condition=~models.Q(state=FormState.PUBLISHED) | models.Q(published__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_unpublished_changes(self) -> bool:
        """Whether visitors see something else than the editor; ``published`` must be loaded."""
        return self.published is None or self.published.definition != self.draft


class FormVersion(models.Model):
    """A definition as visitors saw it, kept as proof of what they agreed to."""

    form = models.ForeignKey(Form, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=150)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="formversion_number"),
        ]

    def __str__(self) -> str:
        return f"{self.form_id}/{self.number}"


class FormTest(models.Model):
    """Two versions of one form, shown by chance until one of them is taken or the test is stopped.

    ``views_a`` and ``views_b`` count how often each was shown meanwhile; what was sent stands in
    the submissions. ``winner`` is ``a`` or ``b`` where one was taken.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.ForeignKey(Form, models.CASCADE, related_name="tests")
    version_a = models.ForeignKey(FormVersion, models.CASCADE, related_name="+")
    version_b = models.ForeignKey(FormVersion, models.CASCADE, related_name="+")
    views_a = models.PositiveIntegerField(default=0)
    views_b = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)
    winner = models.CharField(max_length=1, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["form"], name="formtest_one_at_a_time", condition=models.Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form_id}: {self.version_a_id}/{self.version_b_id}"


class FormDay(models.Model):
    """How often a form was shown on one day of the organisation."""

    form = models.ForeignKey(Form, models.CASCADE, related_name="days")
    day = models.DateField()
    views = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["form", "day"], name="formday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.form_id} {self.day}: {self.views}"
