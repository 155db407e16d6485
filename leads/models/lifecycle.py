from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.actor import ActorKind
from leads.models.lead import Lead
from leads.stages import Channel, OtherReason, Stage


class Episode(models.Model):
    """One run of a person through the lifecycle; a customer's new interest opens the next."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="episodes", db_index=False)
    number = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=20, choices=Channel.choices)
    source_detail = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["lead", "number"], name="episode_number"),
            models.UniqueConstraint(
                fields=["lead"], condition=models.Q(closed_at=None), name="episode_one_open"
            ),
        ]
        indexes = [models.Index(fields=["opened_at"], name="episode_opened")]

    def __str__(self) -> str:
        return f"{self.lead_id}/{self.number}"


class StageChange(models.Model):
    """One step in the lifecycle: from, to, who or which rule, why, at which score. Append-only."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="stage_changes", db_index=False)
    episode = models.ForeignKey(Episode, models.CASCADE, related_name="stage_changes")
    from_stage = models.CharField(max_length=12, choices=Stage.choices, blank=True)
    to_stage = models.CharField(max_length=12, choices=Stage.choices)
    other_reason = models.CharField(max_length=20, choices=OtherReason.choices, blank=True)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=150)
    rule = models.CharField(_("rule"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    score = models.SmallIntegerField(default=0)
    fit = models.SmallIntegerField(default=0)
    engagement = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["lead", "at"], name="stagechange_lead_at"),
            models.Index(fields=["to_stage", "at"], name="stagechange_to_at"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.from_stage} -> {self.to_stage}"


class StageTarget(models.Model):
    """How many leads a stage should hold, and how many should come into it in a week.

    NULL is no target. There are targets for stages of the funnel only.
    """

    stage = models.CharField(max_length=12, choices=Stage.choices, primary_key=True)
    stock = models.PositiveIntegerField(null=True, blank=True)
    inflow = models.PositiveIntegerField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="stagetarget_in_the_funnel", condition=~models.Q(stage=Stage.OTHER)
            ),
            models.CheckConstraint(
                name="stagetarget_says_something",
                condition=models.Q(stock__isnull=False) | models.Q(inflow__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.stage
