from django.conf import settings
from django.db import models

from accounts.models.tokens import ApiToken
from ground.due import DueRow, due_index


class RateCount(models.Model):
    """How often somebody tried something since a moment; see ``accounts/limits.py``.

    The table is unlogged: cheap to write, and empty after a crash of the database.
    """

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class MailKind(models.TextChoices):
    """Which mail about an account is to be sent."""

    RESET = "reset"
    INVITATION = "invitation"
    NOTICE = "notice"


class AccountMail(DueRow):
    """One mail about an account that is to be sent; links are made when it is.

    ``email`` is the address as it was entered; whether somebody has it is found out by the drain,
    so that the page answers the same for everybody.
    """

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=MailKind.choices)
    email = models.EmailField()
    subject = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [due_index("accountmail_due")]

    def __str__(self) -> str:
        return self.key


class IdempotencyKey(models.Model):
    """The answer to one request of the API that carried an ``Idempotency-Key``.

    ``request_hash`` covers method, path and body: the key belongs to that request alone.
    """

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=7)
    path = models.CharField(max_length=500)
    request_hash = models.CharField(max_length=64)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.TextField(blank=True)
    response_headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="idempotencykey_once"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"


class SentPage(models.Model):
    """One post of a page that makes something, and where it led; see ``accounts/once.py``."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    content_hash = models.CharField(max_length=64)
    location = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "content_hash"], name="sentpage_once"),
        ]

    def __str__(self) -> str:
        return self.location


class SetupLink(models.Model):
    """One address under which the first administrator may be made; only its hash is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


__all__ = ["AccountMail", "IdempotencyKey", "MailKind", "RateCount", "SentPage", "SetupLink"]
