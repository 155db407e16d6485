from django.db import models

from capture.connectors.models import Connection


class Mailbox(models.Model):
    """How far the mailbox of a connection was read.

    ``uid`` is the last one that was kept, in the numbering ``uidvalidity`` of its ``folder``; mails
    up to ``first_uid`` were there before and are left alone. ``error`` is ``{"code", "details"}``
    of the last round, ``failures`` how many failed in a row, ``next_at`` when it is read next.
    """

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="mailbox")
    folder = models.CharField(max_length=200, blank=True)
    uidvalidity = models.PositiveBigIntegerField(default=0)
    first_uid = models.PositiveBigIntegerField(default=0)
    uid = models.PositiveBigIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField()
    error = models.JSONField(default=dict, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["next_at", "id"]

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.uid}"


__all__ = ["Mailbox"]
