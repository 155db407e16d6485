import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Topic(models.Model):
    """A subject that people can unsubscribe from without leaving everything else."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    label_de = models.CharField(_("name in German"), max_length=100, unique=True)
    label_en = models.CharField(_("name in English"), max_length=100, unique=True)
    is_active = models.BooleanField(_("in use"), default=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["label_en"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.label_de if (get_language() or "").startswith("de") else self.label_en

    @property
    def scope(self) -> str:
        """The scope of a suppression that holds for this topic."""
        return f"topic:{self.public_id}"


class TemplateKind(models.TextChoices):
    """Where a template is kept."""

    LIBRARY = "library", _("Library")
    STEP = "step", _("Step of a sequence")


class Template(models.Model):
    """A mail that people wrote, in one or two languages; its texts stand in its versions."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=TemplateKind.choices)
    name = models.CharField(_("name"), max_length=150)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(kind=TemplateKind.LIBRARY, archived_at=None),
                name="template_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """One state of a template; never changed, so that what was sent can be shown again.

    ``texts`` maps a language to ``{"subject", "blocks", "text", "html"}``: what was written
    (subject and blocks) and what became of it (text and html, with their tokens still in them).
    ``digest`` is the SHA-256 of what was written.
    """

    template = models.ForeignKey(Template, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    texts = models.JSONField()
    digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="templateversion_number"),
        ]

    def __str__(self) -> str:
        return f"{self.template_id}/{self.number}"
