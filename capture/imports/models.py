import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from ground.due import DueRow, due_index
from leads.models import Lead


class ImportState(models.TextChoices):
    """Where an import stands."""

    MAPPING = "mapping", _("Waiting for its columns")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    UNDOING = "undoing", _("Being taken back")
    CANCELLED = "cancelled", _("Cancelled")
    UNDONE = "undone", _("Taken back")


class ImportQuerySet(models.QuerySet["LeadImport"]):
    """Questions about imports."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the imports that ``actor`` may see: their own, and for administrators all.

        The rows of a file are personal data that nobody has looked at yet.
        """
        if actor.may(Right.SETTINGS_MANAGE):
            return self
        return self.filter(created_by_id=actor.user_id, created_by__isnull=False)


class LeadImport(models.Model):
    """One file of leads on its way in; the rows are kept, so that nothing in it is lost.

    ``mapping`` is the JSON of ``capture.imports.mapping.Mapping``, ``header`` the columns in order.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64)
    header = models.JSONField()
    mapping = models.JSONField()
    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.MAPPING
    )
    row_count = models.PositiveIntegerField(default=0)
    encoding = models.CharField(max_length=40, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_moving(self) -> bool:
        """Whether its rows are being taken in or back just now."""
        return self.state in (ImportState.RUNNING, ImportState.UNDOING)


class Outcome(models.TextChoices):
    """What became of one row."""

    CREATED = "created", _("New lead")
    UPDATED = "updated", _("Filled in")
    SKIPPED = "skipped", _("Nothing new")
    REJECTED = "rejected", _("Not taken")
    UNDONE = "undone", _("Taken back")
    KEPT = "kept", _("Stays")


class ImportRow(models.Model):
    """One row of a file: its cells by column, what became of it, and why.

    ``problems`` is a list of what ``capture.imports.problems.problem`` makes, ``changes`` maps
    columns of the lead to ``[old, new]`` so that the import can be taken back.
    """

    lead_import = models.ForeignKey(LeadImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    cells = models.JSONField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, blank=True, related_name="+")
    problems = models.JSONField(default=list, blank=True)
    changes = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["lead_import", "number"], name="importrow_number"),
        ]
        indexes = [
            models.Index(
                fields=["lead_import", "number"], condition=Q(outcome=""), name="importrow_open"
            ),
            models.Index(fields=["lead_import", "outcome"], name="importrow_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_import_id}:{self.number}"


class DueImport(DueRow):
    """An import that has rows left to take in."""

    lead_import = models.OneToOneField(LeadImport, models.CASCADE, related_name="due")

    class Meta:
        indexes = [due_index("dueimport_due")]

    def __str__(self) -> str:
        return str(self.lead_import_id)
