import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from capture.models.campaigns import Campaign


class CostKind(models.TextChoices):
    """What money was spent on (source 000)."""

    MEDIA = "media", _("Ads")
    CREATION = "creation", _("Content")
    TOOLS = "tools", _("Tools")
    STAFF = "staff", _("Staff")
    OTHER = "other", _("Other")


# Each month needs an amount of these, if only zero: without one of them a lead looks too cheap.
ASKED_KINDS = (CostKind.MEDIA, CostKind.CREATION, CostKind.TOOLS, CostKind.STAFF)


class Cost(models.Model):
    """Money spent in one month on one thing, in the organisation's currency.

    ``month`` is its first day. Without ``campaign`` it was spent for all of them: software, a
    salary. Zero says that nothing was spent, no row that nobody knows.
    """

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, null=True, blank=True, related_name="costs"
    )
    month = models.DateField(_("month"))
    kind = models.CharField(_("type"), max_length=8, choices=CostKind.choices)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    changed_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-month", "kind"]
        constraints = [
            models.CheckConstraint(name="cost_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(name="cost_of_a_month", condition=Q(month__day=1)),
            models.UniqueConstraint(
                fields=["campaign", "month", "kind"], nulls_distinct=False, name="cost_once"
            ),
        ]
        indexes = [models.Index(fields=["month"], name="cost_month")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.month:%Y-%m} {self.kind}: {self.amount}"


class CostChange(models.Model):
    """One time that somebody saved costs.

    ``cells`` lists ``{"campaign": id or null, "name", "month", "kind", "before", "after"}``;
    amounts are text, null where there was none.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=150)
    campaign = models.ForeignKey(
        Campaign, models.CASCADE, null=True, blank=True, related_name="cost_changes"
    )
    cells = models.JSONField()
    undone_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["campaign", "-at"], name="costchange_campaign")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.actor_label}: {len(self.cells)}"


__all__ = ["ASKED_KINDS", "Cost", "CostChange", "CostKind"]
