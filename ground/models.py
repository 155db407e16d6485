from django.db import models


class TickRun(models.Model):
    """When one tick last started and finished, and what went wrong; one row a tick.

    ``succeeded_at`` is when it last ended without an error, ``worked_at`` when it last had
    something to do and did it.
    """

    name = models.CharField(max_length=80, primary_key=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    worked_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name
