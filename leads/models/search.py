from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func

from leads.models.lead import Lead


class SearchText(models.Model):
    """What a lead is looked for by, in small letters: names, contacts, company, address.

    Kept by triggers of the database and written by nobody else. A table of its own, so that a new
    score does not write the index again, which holds every three letters in a row.
    """

    lead = models.OneToOneField(Lead, models.CASCADE, primary_key=True, related_name="search_text")
    told = models.TextField()

    class Meta:
        indexes = [GinIndex(Func("told", function="leadcrm_grams"), name="searchtext_grams")]

    def __str__(self) -> str:
        return self.told
