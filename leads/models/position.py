from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from leads.stages import JourneyPhase


class PositionRule(models.Model):
    """How it is known that a lead stands at one position of the funnel, and what we call it.

    ``where`` is a condition, NULL for the usual one; empty labels stand for the usual names. The
    first position has no condition: it is where everybody stands who stands nowhere else.
    """

    position = models.CharField(max_length=10, choices=JourneyPhase.choices, primary_key=True)
    where = models.JSONField(null=True, blank=True)
    label_de = models.CharField(_("name in German"), max_length=40, blank=True)
    label_en = models.CharField(_("name in English"), max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="positionrule_first_is_the_rest",
                condition=~models.Q(position=JourneyPhase.AWARENESS) | models.Q(where=None),
            ),
        ]

    def __str__(self) -> str:
        return self.position

    @property
    def label(self) -> str:
        """The name in the reader's language, "" for the usual one."""
        return self.label_de if (get_language() or "").startswith("de") else self.label_en
