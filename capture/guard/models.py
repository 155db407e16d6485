from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

ONLY = 1


class Sighting(models.Model):
    """What something that came in looked like, so that what follows can be compared with it.

    It holds no word and no address: ``mailbox`` is a keyed hash, ``text`` the fingerprint of
    ``capture.guard.likeness``. ``proof`` is the challenge that was solved. Kept for two days.
    """

    key = models.CharField(max_length=80, unique=True)
    door = models.CharField(max_length=20)
    place = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True, blank=True)
    network = models.CharField(max_length=50, blank=True)
    mailbox = models.CharField(max_length=64, blank=True)
    text = ArrayField(models.BigIntegerField(), default=list)
    proof = models.CharField(max_length=64, blank=True)
    counts = models.BooleanField(default=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["at"], name="sighting_at"),
            models.Index(fields=["ip", "at"], name="sighting_ip", condition=Q(ip__isnull=False)),
            models.Index(
                fields=["network", "at"], name="sighting_network", condition=~Q(network="")
            ),
            models.Index(
                fields=["mailbox", "at"], name="sighting_mailbox", condition=~Q(mailbox="")
            ),
            models.Index(fields=["proof"], name="sighting_proof", condition=~Q(proof="")),
            GinIndex(fields=["text"], name="sighting_text"),
        ]

    def __str__(self) -> str:
        return self.key


class Decision(models.Model):
    """What a person said about one thing that came in, and the signs that it carried.

    ``signs`` are words of a closed kind (``capture.guard.signs``); no address is among them.
    """

    key = models.CharField(max_length=80, unique=True)
    is_spam = models.BooleanField()
    signs = ArrayField(models.CharField(max_length=120))
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150)

    class Meta:
        ordering = ["-decided_at", "-id"]
        indexes = [models.Index(fields=["-decided_at", "-id"], name="guarddecision_recent")]

    def __str__(self) -> str:
        return f"{self.key}: {'spam' if self.is_spam else 'no spam'}"


class LearnedSign(models.Model):
    """How often a sign stood on what people let through, and on what they put away."""

    sign = models.CharField(max_length=120, primary_key=True)
    good = models.PositiveIntegerField(default=0)
    spam = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["sign"]

    def __str__(self) -> str:
        return f"{self.sign}: {self.good} / {self.spam}"


class GuardSettings(models.Model):
    """What the organisation told the guard, in one row.

    ``optins_per_form`` and ``optins_in_all`` are mails an hour that ask for a confirmation.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    allowed_domains = models.JSONField(_("always welcome"), default=list, blank=True)
    denied_domains = models.JSONField(_("never welcome"), default=list, blank=True)
    learns = models.BooleanField(_("use what was learned"), default=True)
    checks_mail_domains = models.BooleanField(_("look up whether domains take mail"), default=False)
    optins_per_form = models.PositiveIntegerField(
        _("confirmation mails of one form an hour"),
        default=200,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
    )
    optins_in_all = models.PositiveIntegerField(
        _("confirmation mails of all forms an hour"),
        default=1000,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
    )
    alarmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="guard_only_one", condition=Q(id=ONLY))]

    def __str__(self) -> str:
        return "guard"


class MailDomain(models.Model):
    """Whether a domain takes mail, as its name servers said it last.

    A tick alone asks, where ``asked_at`` is empty; nobody waits for it.
    """

    domain = models.CharField(max_length=255, primary_key=True)
    is_dead = models.BooleanField(default=False)
    asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["domain"]
        indexes = [models.Index(fields=["asked_at"], name="maildomain_asked")]

    def __str__(self) -> str:
        return self.domain


class DigestReader(models.Model):
    """Somebody who wants to be told each week what is held; next at ``next_at``."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="held_digest"
    )
    next_at = models.DateTimeField()

    class Meta:
        ordering = ["next_at"]
        indexes = [models.Index(fields=["next_at"], name="digestreader_next")]

    def __str__(self) -> str:
        return str(self.user_id)


__all__ = [
    "Decision",
    "DigestReader",
    "GuardSettings",
    "LearnedSign",
    "MailDomain",
    "Sighting",
]
