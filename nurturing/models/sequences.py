import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import ConsentPurpose
from leads.stages import Stage
from nurturing.models.mails import TemplateVersion, Topic


class SequenceState(models.TextChoices):
    """Whether a sequence runs."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")


class Sequence(models.Model):
    """Mails at intervals for leads that a trigger brings in.

    ``revision`` is the number of the draft that the editor shows, ``live`` the version that new
    leads enter. ``priority`` decides which of two mails on one day goes first, the lowest first.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=150, unique=True)
    state = models.CharField(max_length=6, choices=SequenceState.choices)
    paused_reason = models.CharField(max_length=300, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=50)
    revision = models.PositiveIntegerField(default=1)
    live = models.ForeignKey(
        "nurturing.SequenceVersion", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    live_revision = models.PositiveIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        """Whether leads may enter and mails go out."""
        return self.state == SequenceState.ACTIVE and self.live_id is not None

    @property
    def has_changes(self) -> bool:
        """Whether the draft says something else than the version that runs."""
        return self.revision != self.live_revision


class DraftRevision(models.Model):
    """One state of a draft, as ``nurturing.drafts.Draft`` writes it.

    ``parent`` is the number of the state before it, to which undo goes back, ``label`` what was
    changed.
    """

    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    parent = models.PositiveIntegerField(null=True, blank=True)
    label = models.CharField(max_length=40, blank=True)
    content = models.JSONField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["sequence", "number"], name="draftrevision_number"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence_id}/{self.number}"


class SequenceVersion(models.Model):
    """A sequence as it was activated; never changed, leads finish the version they entered.

    ``trigger``, ``goal`` and ``window`` are written by ``nurturing.drafts``.
    """

    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    purpose = models.CharField(max_length=12, choices=ConsentPurpose.choices)
    topic = models.ForeignKey(Topic, models.RESTRICT, null=True, blank=True, related_name="+")
    trigger = models.JSONField()
    goal = models.JSONField(null=True, blank=True)
    exit_stages = ArrayField(models.CharField(max_length=12, choices=Stage.choices), default=list)
    window = models.JSONField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["sequence", "number"], name="sequenceversion_number"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence_id}/{self.number}"


class StepKind(models.TextChoices):
    """What a step does."""

    MAIL = "mail", _("Mail")
    WAIT = "wait", _("Wait")


class Step(models.Model):
    """One step of a version. ``key`` names the same step across versions.

    A mail step has a template version, a wait step a ``wait`` as ``nurturing.waits`` writes it.
    """

    version = models.ForeignKey(SequenceVersion, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=12)
    kind = models.CharField(max_length=4, choices=StepKind.choices)
    template_version = models.ForeignKey(
        TemplateVersion, models.RESTRICT, null=True, blank=True, related_name="steps"
    )
    wait = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="step_position"),
            models.CheckConstraint(
                name="step_has_what_its_kind_needs",
                condition=Q(kind=StepKind.MAIL, template_version__isnull=False, wait=None)
                | Q(kind=StepKind.WAIT, template_version=None, wait__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}#{self.position} {self.kind}"
