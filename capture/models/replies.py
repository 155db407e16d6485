import uuid

from django.db import models

from capture.models.submissions import Submission
from leads.models import Lead


class FormReply(models.Model):
    """A mail that answers a form, because whoever sent it asked for it: a link, a quote, a date.

    ``kind`` names its writer (``capture/replies.py``), ``data`` what that needs. It needs no
    consent, and goes to the address that was given. ``mailbox_key`` is where its mail arrives, ""
    for a mail that follows one that was answered before and so does not count.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="form_replies")
    submission = models.ForeignKey(
        Submission, models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    email = models.CharField(max_length=320)
    mailbox_key = models.CharField(max_length=320)
    language = models.CharField(max_length=5)
    dedupe_key = models.CharField(max_length=120, unique=True)
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["mailbox_key", "asked_at"], name="formreply_mailbox")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
