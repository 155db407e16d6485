import uuid
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from capture.models.forms import Form
from ground.due import DueRow, due_index
from leads.models import Lead


class SubmissionState(models.TextChoices):
    """What became of a submission."""

    RECEIVED = "received", _("Waiting")
    PROCESSED = "processed", _("Lead")
    QUARANTINED = "quarantined", _("Spam?")
    INVALID = "invalid", _("Refused")
    CONFLICT = "conflict", _("Conflict")
    THROTTLED = "throttled", _("Too many")
    DISCARDED = "discarded", _("Discarded")


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Questions about submissions."""

    def visible_to(self, actor: Actor) -> Self:
        """Return all submissions for who may read them; they belong to nobody."""
        return self if actor.may(Right.SUBMISSIONS_READ) else self.none()

    def held(self) -> Self:
        """Return those that wait for somebody to say that they are no spam."""
        return self.filter(state__in=HELD)


class Submission(models.Model):
    """What came in at the public door, byte for byte, before anybody looked at it.

    The key is the idempotency key. ``verdict`` holds ``{"score", "reasons": [{"code", "points",
    "detail"}], "flags": []}``, ``errors`` what was wrong by field. ``email_key`` is the normalised
    address, which the intake fills in. ``conflicts_with`` is the submission that came
    first with the same key and another body. ``released_at`` says that a person let it through.
    ``arm`` names the arm of a test of its form (``capture/trials.py``) that the visitor saw.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    form = models.ForeignKey(
        Form, models.SET_NULL, null=True, blank=True, related_name="submissions"
    )
    form_public_id = models.UUIDField(_("form"))
    version = models.PositiveIntegerField(null=True, blank=True)
    arm = models.CharField(max_length=24, db_default="", blank=True)
    body = models.BinaryField()
    body_hash = models.CharField(max_length=64)
    content_type = models.CharField(max_length=200, blank=True)
    headers = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=500, blank=True)
    page_url = models.CharField(max_length=2000, blank=True)
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=11, choices=SubmissionState.choices, default=SubmissionState.RECEIVED
    )
    lead = models.ForeignKey(
        Lead, models.SET_NULL, null=True, blank=True, related_name="submissions"
    )
    verdict = models.JSONField(default=dict)
    errors = models.JSONField(default=dict)
    email_key = models.CharField(max_length=320, blank=True)
    conflicts_with = models.UUIDField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=150, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="submission_received"),
            models.Index(fields=["state", "-received_at"], name="submission_state"),
            models.Index(fields=["form", "state", "-received_at"], name="submission_form"),
            models.Index(
                fields=["email_key", "received_at"],
                name="submission_email",
                condition=~models.Q(email_key=""),
            ),
            models.Index(
                fields=["arm", "state"], name="submission_arm", condition=~models.Q(arm="")
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_held(self) -> bool:
        """Whether it can be released or discarded."""
        return self.state in HELD


# States out of which a person may release or discard a submission.
HELD = (
    SubmissionState.QUARANTINED,
    SubmissionState.THROTTLED,
    SubmissionState.CONFLICT,
    SubmissionState.INVALID,
)


class DueSubmission(DueRow):
    """A submission that is to be made a lead."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="due")

    class Meta:
        indexes = [due_index("duesubmission_due")]

    def __str__(self) -> str:
        return str(self.submission_id)


class OptIn(models.Model):
    """A request to confirm a consent by mail, and what became of it.

    ``purposes`` lists ``[purpose, channel]`` pairs, ``evidence`` what was shown and declared.
    ``token_hash`` is the SHA-256 of the token in the link; the token itself is derived from the
    secret key when the mail is written. ``mail`` keeps the mail as it was sent. ``mailbox_key`` is
    where its mail arrives: many addresses can lead to one mailbox. With ``held_at`` there were too
    many at once, and its mail waits for a person.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="opt_ins")
    submission = models.ForeignKey(
        Submission, models.SET_NULL, null=True, blank=True, related_name="opt_ins"
    )
    form = models.ForeignKey(Form, models.SET_NULL, null=True, blank=True, related_name="+")
    email = models.CharField(max_length=320)
    email_key = models.CharField(max_length=320)
    mailbox_key = models.CharField(max_length=320, db_default="")
    language = models.CharField(max_length=5)
    purposes = models.JSONField()
    evidence = models.JSONField(default=dict)
    token_hash = models.CharField(max_length=64, unique=True)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mail = models.JSONField(default=dict)
    held_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_ip = models.GenericIPAddressField(null=True, blank=True)
    confirmed_user_agent = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-requested_at", "-id"]
        indexes = [
            models.Index(fields=["mailbox_key", "requested_at"], name="optin_mailbox"),
            models.Index(
                fields=["requested_at"],
                name="optin_open",
                condition=models.Q(confirmed_at__isnull=True),
            ),
            models.Index(fields=["form", "requested_at"], name="optin_form"),
            models.Index(
                fields=["held_at"], name="optin_held", condition=models.Q(held_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The purposes with their channels."""
        return [(purpose, channel) for purpose, channel in self.purposes]


__all__ = ["HELD", "DueSubmission", "OptIn", "Submission", "SubmissionState"]
