from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.lead import Lead


class MarkSource(models.TextChoices):
    """Who says that a lead is only gathering information."""

    DECLARED = "declared", _("said so itself")
    BY_HAND = "by_hand", _("set by hand")
    INFERRED = "inferred", _("by the rule")


class InformationMark(models.Model):
    """What somebody said about one lead: that it only gathers information, or that it does not.

    A mark with ``is_only`` holds from ``since`` until the lead gives a signal to buy; one without
    keeps the rule from marking the lead. ``source`` is never the rule, which is worked out anew.
    """

    lead = models.OneToOneField(
        Lead, models.CASCADE, primary_key=True, related_name="information_mark"
    )
    is_only = models.BooleanField()
    source = models.CharField(max_length=10, choices=MarkSource.choices)
    since = models.DateTimeField()
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    set_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="informationmark_not_the_rule", condition=~Q(source=MarkSource.INFERRED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.source}"


class InformationSettings(models.Model):
    """How it is known that a lead only gathers information, and what ends that, in one row.

    ``field`` is the key of the yes-or-no field by which leads say so themselves. ``where`` is the
    rule by which it is inferred, NULL for none; a signal of the last ``signal_days`` days keeps
    the rule from it. ``signals`` are names of ``leads.buying_signals``, none for the usual ones.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    field = models.CharField(_("field"), max_length=50, default="only_information", blank=True)
    where = models.JSONField(null=True, blank=True)
    signals = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    signal_days = models.PositiveSmallIntegerField(default=90)

    class Meta:
        constraints = [
            models.CheckConstraint(name="information_only_one", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return self.field
