from django.db import models

from capture.models.forms import Form


class FormHealth(models.Model):
    """Whether a published form works, as it was tried out last, and whether it is oddly silent.

    ``problem`` is what went wrong when it was tried, in words of the program; empty when it worked.
    ``silent_since`` is when the last submission came, while that is unusually long ago.
    """

    form = models.OneToOneField(Form, models.CASCADE, related_name="health")
    tried_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    silent_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.form_id}: {self.problem or 'works'}"

    @property
    def is_well(self) -> bool:
        """Whether nobody needs to look."""
        return not self.problem and self.silent_since is None
