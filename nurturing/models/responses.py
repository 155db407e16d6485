import uuid

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
    ``source`` is the public id of the connection that told of it, which may be gone by now.
    ``own_wish`` is why a person does not want mails there, when that came after a bounce: it is
    what is left once the bounce turns out to be false.
    """

    address_hash = models.CharField(max_length=64)
    scope = models.CharField(max_length=60, default=EVERYTHING)
    reason = models.CharField(max_length=12, choices=SuppressionReason.choices)
    at = models.DateTimeField()
    by_label = models.CharField(max_length=150, blank=True)
    source = models.UUIDField(null=True, blank=True)
    own_wish = models.CharField(
        max_length=12,
        choices=SuppressionReason.choices,
        blank=True,
        # The database fills it in for the version that runs until an upgrade is through.
        db_default="",
    )
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
        indexes = [
            models.Index(
                fields=["source", "at"],
                name="suppression_source",
                condition=Q(source__isnull=False, lifted_at=None),
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
    ``event_id`` is the provider's own id; a report that comes twice is stored once. ``source`` is
    the public id of the connection that told of it. A report with ``is_held`` counts for nothing
    until an administrator has looked, one with ``disproved_at`` turned out to be false.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=11, choices=MailEventKind.choices)
    link = models.ForeignKey(TrackedLink, models.CASCADE, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    event_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    verdict = models.CharField(max_length=7, choices=EventVerdict.choices, blank=True)
    verdict_reason = models.CharField(max_length=40, blank=True)
    source = models.UUIDField(null=True, blank=True)
    # The database fills it in for the version that runs until an upgrade is through.
    is_held = models.BooleanField(default=False, db_default=False)
    disproved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["message", "kind", "at"], name="mailevent_message"),
            models.Index(
                fields=["source", "kind", "at"],
                name="mailevent_source",
                condition=Q(source__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.kind} {self.at:%Y-%m-%d %H:%M}"


class BounceAlarm(models.Model):
    """Unusually many mails came back within an hour, as one connection told.

    Until an administrator has looked (``settled_at``), what this connection tells of mails that
    came back is kept and suppresses nobody. ``since`` is where that hour began; ``bounced`` and
    ``sent`` are how many it was about, and how many mails went out in it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.UUIDField()
    since = models.DateTimeField()
    raised_at = models.DateTimeField()
    bounced = models.PositiveIntegerField()
    sent = models.PositiveIntegerField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=150, blank=True)
    was_true = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(settled_at=None), name="bouncealarm_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.raised_at:%Y-%m-%d %H:%M}"


class DueVerdict(DueRow):
    """A message with hits that nobody has judged yet."""

    message = models.OneToOneField(Message, models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("dueverdict_due")]

    def __str__(self) -> str:
        return f"message {self.message_id}"
