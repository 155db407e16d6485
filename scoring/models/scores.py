from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ground.due import DueRow, due_index
from leads.models import Lead
from scoring.models.versions import ModelVersion, ScoringModel


class ScoreReason(models.TextChoices):
    """Why a score was looked at again."""

    ACTIVITY = "activity", _("Something happened")
    DECAY = "decay", _("Time passed")
    VERSION = "version", _("New rules")
    REQUEST = "request", _("Calculated again on request")


class Score(models.Model):
    """What a lead is worth by one model now; the one of the main model stands at the lead too.

    ``as_of`` is when the score last changed. ``is_fading`` says that it will change by itself.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="scores", db_index=False)
    model = models.ForeignKey(ScoringModel, models.CASCADE, related_name="scores", db_index=False)
    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    fit = models.SmallIntegerField()
    engagement = models.SmallIntegerField()
    total = models.SmallIntegerField()
    grade = models.CharField(max_length=2, blank=True)
    temperature = models.CharField(max_length=4)
    is_fading = models.BooleanField(default=False)
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "model"], name="score_lead_model"),
            models.CheckConstraint(
                name="score_range",
                condition=Q(fit__range=(0, 100), engagement__range=(0, 100), total__range=(0, 100)),
            ),
        ]
        indexes = [
            models.Index(fields=["model", "total"], name="score_model_total"),
            models.Index(fields=["model"], name="score_fading", condition=Q(is_fading=True)),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.total}"


class ScoreChange(models.Model):
    """One change of a lead's score: from, to, by which version, why. Append-only."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="score_changes", db_index=False)
    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    reason = models.CharField(max_length=10, choices=ScoreReason.choices)
    from_total = models.SmallIntegerField()
    to_total = models.SmallIntegerField()
    from_fit = models.SmallIntegerField()
    to_fit = models.SmallIntegerField()
    from_engagement = models.SmallIntegerField()
    to_engagement = models.SmallIntegerField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["lead", "-at"], name="scorechange_lead_at"),
            models.Index(fields=["version", "at"], name="scorechange_version_at"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.from_total} -> {self.to_total}"


class DueScore(DueRow):
    """A lead whose scores must be worked out again."""

    lead = models.OneToOneField(Lead, models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("duescore_due")]

    def __str__(self) -> str:
        return f"lead {self.lead_id}"


class DueSweep(DueRow):
    """A version by which every lead (or for decay: those whose score fades) must be judged anew.

    ``after_id`` is how far the sweep has come, in the order of the leads' keys.
    """

    version = models.OneToOneField(ModelVersion, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=10, choices=ScoreReason.choices)
    after_id = models.BigIntegerField(default=0)

    class Meta:
        indexes = [due_index("duesweep_due")]

    def __str__(self) -> str:
        return f"version {self.version_id}"
