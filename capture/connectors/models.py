import json
import uuid
from typing import Any, Self

from django.conf import settings as configured
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from capture.models.forms import FormKind
from ground.due import DueRow, due_index
from ground.seal import unseal
from leads.models import Lead
from leads.stages import Channel


class Connection(models.Model):
    """A door of its own for what another system sends: a network, a form plug-in, a program.

    ``connector`` names the protocol (``capture.connectors.registry``), ``settings`` holds what it
    needs beside secrets, ``secret`` the secrets as sealed JSON. ``mapping`` is the JSON of
    ``capture.connectors.mapping.FieldMapping``. Who comes in is registered for ``event``, which is
    of the same kind. What was refused at the door is only counted.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connector = models.CharField(max_length=20)
    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(
        _("type"), max_length=12, choices=FormKind.choices, default=FormKind.CONTACT
    )
    language = models.CharField(
        _("language"), max_length=5, choices=configured.LANGUAGES, default="de"
    )
    settings = models.JSONField(default=dict)
    secret = models.TextField(blank=True)
    mapping = models.JSONField(default=dict)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    campaign = models.ForeignKey(
        "capture.Campaign",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="connections",
        verbose_name=_("campaign"),
    )
    event = models.ForeignKey(
        "capture.Event",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="connections",
        verbose_name=_("event"),
    )
    team = models.ForeignKey(
        "accounts.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("team"),
    )
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("tags"), default=list)
    is_active = models.BooleanField(_("open"), default=True)
    refused_count = models.PositiveIntegerField(default=0)
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_reason = models.CharField(max_length=40, blank=True)
    fetched_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        configured.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def secrets(self) -> dict[str, str]:
        """Return the secrets by name; raises ``SealBrokenError``."""
        found: dict[str, str] = json.loads(unseal(self.secret)) if self.secret else {}
        return found


class EventState(models.TextChoices):
    """What became of what came in."""

    RECEIVED = "received", _("Waiting")
    PROCESSED = "processed", _("Lead")
    SIGNAL = "signal", _("Signal")
    REPORTED = "reported", _("Report on a mail")
    SPLIT = "split", _("Taken apart")
    IGNORED = "ignored", _("Nothing to do")
    TEST = "test", _("Test")
    HELD = "held", _("Held")
    FAILED = "failed", _("Failed")


# States out of which a person may have an event worked on again.
REPLAYABLE = (EventState.FAILED, EventState.HELD, EventState.IGNORED)


class HookEventQuerySet(models.QuerySet["HookEvent"]):
    """Questions about what came in."""

    def visible_to(self, actor: Actor) -> Self:
        """Return everything for who may read submissions; it belongs to nobody."""
        return self if actor.may(Right.SUBMISSIONS_READ) else self.none()


class HookEvent(models.Model):
    """What came in at the door of a connection, byte for byte, or one of many that came at once.

    ``key`` makes it idempotent within its connection: the id that the sender gave, or a hash of the
    body. With ``is_part`` the body is one event, taken out of the delivery ``parent`` or asked for
    by us; else it is everything that came. ``fetched`` is what the sender's server told about it
    when it was asked. ``error`` is ``{"code", "details"}`` or empty, ``result`` what was made of
    it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="events")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="parts")
    is_part = models.BooleanField(default=False)
    key = models.CharField(max_length=200)
    body = models.BinaryField()
    content_type = models.CharField(max_length=200, blank=True)
    headers = models.JSONField(default=dict)
    fetched = models.BinaryField(default=bytes)
    ip = models.GenericIPAddressField(null=True, blank=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=EventState.choices, default=EventState.RECEIVED)
    is_test = models.BooleanField(default=False)
    error = models.JSONField(default=dict, blank=True)
    result = models.JSONField(default=dict, blank=True)
    lead = models.ForeignKey(
        Lead, models.SET_NULL, null=True, blank=True, related_name="hook_events"
    )
    processed_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    objects = HookEventQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "key"], name="hookevent_once"),
        ]
        indexes = [
            models.Index(fields=["connection", "-received_at", "-id"], name="hookevent_recent"),
            models.Index(fields=["connection", "state", "-received_at"], name="hookevent_state"),
            models.Index(fields=["state", "received_at"], name="hookevent_age"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def may_replay(self) -> bool:
        """Whether it can be worked on again."""
        return self.state in REPLAYABLE and bool(self.body)

    @property
    def detail(self) -> dict[str, Any]:
        """What the error says beside its code."""
        found: dict[str, Any] = self.error.get("details", {})
        return found


class DueHookEvent(DueRow):
    """An event that is to be taken apart or made a lead."""

    event = models.OneToOneField(HookEvent, models.CASCADE, related_name="due")

    class Meta:
        indexes = [due_index("duehookevent_due")]

    def __str__(self) -> str:
        return str(self.event_id)


class DueHookFetch(DueRow):
    """An event of which the sender's server must be asked before it can be read."""

    event = models.OneToOneField(HookEvent, models.CASCADE, related_name="due_fetch")

    class Meta:
        indexes = [due_index("duehookfetch_due")]

    def __str__(self) -> str:
        return str(self.event_id)
