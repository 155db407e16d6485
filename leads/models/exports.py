import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ground.due import DueRow, due_index


class ExportState(models.TextChoices):
    """Where an export stands."""

    RUNNING = "running", _("In the making")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")


class ExportQuerySet(models.QuerySet["LeadExport"]):
    """Questions about exports."""

    def of(self, user_id: int | None) -> "ExportQuerySet":
        """Return the exports of one person; nobody else ever gets to them."""
        return self.filter(created_by_id=user_id, created_by__isnull=False)


class LeadExport(models.Model):
    """One file of leads that is made in the background, for the one who asked for it.

    ``query`` is the address of the list, ``columns`` the JSON of ``leads.export.LeadColumns``.
    ``after_id``, ``size`` and ``done_count`` say how far the file is: the leads up to that key
    are in its first ``size`` bytes; what stands behind them was written by a worker that died.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    query = models.TextField(blank=True)
    columns = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.RUNNING)
    row_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    after_id = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        """What the file is called when it is downloaded."""
        return f"leads-{self.created_at:%Y-%m-%d-%H%M}.csv"

    @property
    def path(self) -> Path:
        """Where the file lies; its name tells nothing and cannot be guessed."""
        return Path(settings.MEDIA_ROOT) / "exports" / f"{self.file_key}.csv"


class DueExport(DueRow):
    """An export that is not written to its end yet."""

    export = models.OneToOneField(LeadExport, models.CASCADE, related_name="due")

    class Meta:
        indexes = [due_index("dueexport_due")]

    def __str__(self) -> str:
        return str(self.export_id)
