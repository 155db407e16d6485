"""The personal links of people who recommend us."""

from django.db import models

from capture.models.forms import Form
from leads.models import Lead


class ReferralLink(models.Model):
    """A link that a lead passes on: who answers a form by it was sent by that lead.

    ``code`` follows from the submission with which it was asked for, so that it can be told at
    once; a lead may have several.
    """

    code = models.CharField(max_length=24, unique=True)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="referral_links")
    form = models.ForeignKey(Form, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


__all__ = ["ReferralLink"]
