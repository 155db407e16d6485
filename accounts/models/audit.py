import json

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.actor import ActorKind
from accounts.events import EVENTS


class AuditEntry(models.Model):
    """One thing that somebody did and must be able to prove; append-only and hash-chained.

    A trigger of the database refuses every change; ``entry_hash`` covers the row and
    ``previous_hash``, so that a change made past the trigger is found.
    """

    at = models.DateTimeField(_("time"), db_index=True)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("who"), max_length=150)
    event = models.CharField(_("event"), max_length=60, db_index=True)
    object_kind = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, unique=True)
    entry_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.event}"

    @property
    def event_label(self) -> str:
        """What happened, in the reader's language."""
        return str(EVENTS.get(self.event, self.event))

    @property
    def object_label(self) -> str:
        """What kind of thing it is about, in the reader's language; "" when about none."""
        try:
            return str(apps.get_model(self.object_kind)._meta.verbose_name)
        except (LookupError, ValueError):
            return self.object_kind

    @property
    def data_lines(self) -> list[str]:
        """What the entry keeps, one line each: ``role: viewer → admin`` for a change."""
        return [f"{name}: {_spoken(value)}" for name, value in self.data.items()]


class AuditHead(models.Model):
    """How many entries were ever written and which is the newest: the only row of its table.

    Triggers keep it and refuse every other statement, so that a log whose end was cut off does
    not fit it. There is none before the first entry of a database that was emptied.
    """

    id = models.PositiveSmallIntegerField(primary_key=True)
    entries = models.PositiveBigIntegerField()
    newest_id = models.BigIntegerField(null=True)
    newest_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audithead_is_one")]

    def __str__(self) -> str:
        return f"{self.entries} entries, {self.newest_id} is the newest"


def _spoken(value: object) -> str:
    if isinstance(value, list) and len(value) == 2:
        before, after = (str(part) if part not in (None, "") else "–" for part in value)
        return f"{before} → {after}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
