from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.lead import Lead


class IdentifierKind(models.TextChoices):
    """By what a lead is recognised."""

    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    EXTERNAL = "external", _("External id")
    CHAT = "chat", _("Chat handle")
    SOCIAL = "social", _("Social profile")
    POSTAL = "postal", _("Postal address")


class Identifier(models.Model):
    """One thing that identifies exactly one lead: an address, a number, a handle, a foreign id.

    ``normalised`` is unique within its kind and decides identity; ``value`` is what was entered.
    External ids and handles carry their system in front: ``hubspot:151000``.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=10, choices=IdentifierKind.choices)
    value = models.CharField(max_length=400)
    normalised = models.CharField(max_length=400)
    is_valid = models.BooleanField(default=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "normalised"], name="identifier_unique"),
            models.CheckConstraint(name="identifier_not_empty", condition=~Q(normalised="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class Merge(models.Model):
    """Two leads that were found to be one person, with what is needed to take it back."""

    survivor = models.ForeignKey(Lead, models.CASCADE, related_name="merges")
    absorbed = models.ForeignKey(Lead, models.CASCADE, related_name="merged_into")
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    before = models.JSONField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.absorbed_id} -> {self.survivor_id}"
