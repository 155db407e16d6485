"""Pictures of cards and papers that leads were entered from."""

import uuid

from django.db import models

from leads.models import Lead


class LeadPhoto(models.Model):
    """A picture that somebody took when they entered a lead; it goes when the lead goes.

    A consent on paper names it as its proof by ``public_id``.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="photos")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    data = models.BinaryField()
    taken_by = models.CharField(max_length=150)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["-taken_at", "-id"]

    def __str__(self) -> str:
        return self.name


__all__ = ["LeadPhoto"]
