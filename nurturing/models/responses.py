from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ground.due import DueRow, due_index
from nurturing.models.messages import Message, new_token

EVERYTHING = "all"


class SuppressionReason(models.TextChoices):
    """Why an address must not be written to."""

    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
    OBJECTED = "objected", _("Objected")
    BOUNCED = "bounced", _("Address does not work")
    COMPLAINED = "complained", _("Reported as spam")
    ERASED = "erased", _("Data erased")
    BY_HAND = "by_hand", _("Entered by hand")


class Suppression(models.Model):
    """An address that must not be written to, as a keyed hash.

    It points to no lead: it outlives erasure and holds for whoever is imported with the address.
    ``scope`` is ``"all"`` or ``Topic.scope``. A lifted row stays as the record of who did that.
    """

    address_hash = models.CharField(max_length=64)
    scope = models.CharField(max_length=60, default=EVERYTHING)
    reason = models.CharField(max_length=12, choices=SuppressionReason.choices)
    at = models.DateTimeField()
    by_label = models.CharField(max_length=150, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True)
    lift_note = models.CharField(max_length=500, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash", "scope"],
                condition=Q(lifted_at=None),
                name="suppression_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address_hash[:8]}… {self.scope}"


class LinkKind(models.TextChoices):
    """What stands behind a token in a mail."""

    LINK = "link", _("Link")
    TRAP = "trap", _("Link that no person sees")
    PIXEL = "pixel", _("Invisible image")


class TrackedLink(models.Model):
    """Something of one sent mail that can be fetched: its token, and the address behind it."""

    token = models.CharField(max_length=22, unique=True, default=new_token)
    message = models.ForeignKey(Message, models.CASCADE, related_name="links")
    kind = models.CharField(max_length=5, choices=LinkKind.choices, default=LinkKind.LINK)
    url = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.message_id}#{self.position}"


class MailEventKind(models.TextChoices):
    """What happened to a mail after it was sent."""

    OPEN = "open", _("Opened")
    CLICK = "click", _("Link followed")
    BOUNCE = "bounce", _("Bounced")
    COMPLAINT = "complaint", _("Reported as spam")
    UNSUBSCRIBE = "unsubscribe", _("Unsubscribed")


class EventVerdict(models.TextChoices):
    """Who was behind a hit."""

    HUMAN = "human", _("Person")
    MACHINE = "machine", _("Machine")


class MailEvent(models.Model):
    """One raw hit or report about a mail. Append-only but for the verdict, which is given once.

    ``data`` holds what the verdict goes by: method, prefetch header, start of the user agent.
    ``event_id`` is the provider's own id; a report that comes twice is stored once.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=11, choices=MailEventKind.choices)
    link = models.ForeignKey(TrackedLink, models.CASCADE, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    event_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    verdict = models.CharField(max_length=7, choices=EventVerdict.choices, blank=True)
    verdict_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["message", "kind", "at"], name="mailevent_message")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.kind} {self.at:%Y-%m-%d %H:%M}"


class DueVerdict(DueRow):
    """A message with hits that nobody has judged yet."""

    message = models.OneToOneField(Message, models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("dueverdict_due")]

    def __str__(self) -> str:
        return f"message {self.message_id}"
