import uuid
from datetime import date, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ground.due import DueRow, due_index
from scoring.models.versions import ModelVersion

# The least and the most days of the horizon, and weeks.
HORIZON = (7, 730)
STEPS = (4, 156)


class BacktestState(models.TextChoices):
    """Where a backtest stands."""

    RUNNING = "running", _("Counting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Backtest(models.Model):
    """One version tried on the past, beside ``against`` where two are compared.

    ``steps`` are weeks, the first beginning on ``first_on``; ``outcome`` is the name of what should
    have become of the leads within ``horizon_days``. ``figures`` is the JSON of
    ``scoring.backtest.tally.Tally`` for the leads up to ``after_id``; ``edited_at`` are the times
    at which both versions were last edited when it began. ``created_by_label`` outlives the person.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="backtests")
    against = models.ForeignKey(
        ModelVersion, models.CASCADE, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(_("turned out well"), max_length=20)
    horizon_days = models.PositiveSmallIntegerField(
        _("within days"),
        default=90,
        validators=[MinValueValidator(HORIZON[0]), MaxValueValidator(HORIZON[1])],
    )
    first_on = models.DateField()
    steps = models.PositiveSmallIntegerField(
        _("weeks to look at"),
        default=52,
        validators=[MinValueValidator(STEPS[0]), MaxValueValidator(STEPS[1])],
    )
    state = models.CharField(
        max_length=8, choices=BacktestState.choices, default=BacktestState.RUNNING
    )
    lead_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    after_id = models.BigIntegerField(default=0)
    figures = models.JSONField(default=dict)
    edited_at = models.JSONField(default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by_label = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["version", "-id"], name="backtest_version")]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.outcome}"

    @property
    def versions(self) -> list[ModelVersion]:
        """The version that is tried and the one beside it."""
        return [self.version] if self.against is None else [self.version, self.against]

    @property
    def last_on(self) -> date:
        """The first day of the last week."""
        return self.first_on + timedelta(weeks=self.steps - 1)

    @property
    def is_outdated(self) -> bool:
        """Whether a version was edited after it was tried."""
        edits: list[str] = self.edited_at
        return edits != edits_of(self.versions)


def edits_of(versions: list[ModelVersion]) -> list[str]:
    """Return when each of the versions was last edited, as it is kept."""
    return [version.edited_at.isoformat() for version in versions]


class DueBacktest(DueRow):
    """A backtest that is not counted to its end yet."""

    backtest = models.OneToOneField(Backtest, models.CASCADE, related_name="due")

    class Meta:
        indexes = [due_index("duebacktest_due")]

    def __str__(self) -> str:
        return str(self.backtest_id)
