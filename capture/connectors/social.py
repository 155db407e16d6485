"""What people do on networks before anybody knows who they are."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from capture.activities import NETWORKS, SIGNALS
from capture.connectors.models import HookEvent
from leads.models import Lead


class SocialProfile(models.Model):
    """Somebody on a network, known by nothing but the id that the network gives.

    No lead and not counted as one: ``lead`` is filled in when contact data or a message make
    one, and the older signals are told on its timeline.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    network = models.CharField(_("network"), max_length=20, choices=NETWORKS)
    external_id = models.CharField(max_length=100)
    name = models.CharField(_("name"), max_length=200, blank=True)
    handle = models.CharField(max_length=200, blank=True)
    lead = models.ForeignKey(
        Lead, models.SET_NULL, null=True, blank=True, related_name="social_profiles"
    )
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-last_seen_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["network", "external_id"], name="profile_once"),
        ]
        indexes = [
            models.Index(fields=["-last_seen_at", "-id"], name="profile_recent"),
            models.Index(
                fields=["last_seen_at"], name="profile_unknown", condition=models.Q(lead=None)
            ),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """What to call this person."""
        return self.name or (f"@{self.handle}" if self.handle else self.external_id)

    @property
    def identifier(self) -> str:
        """The value under which a lead carries this profile."""
        return f"{self.network}:{self.external_id}"


class Signal(models.Model):
    """One reaction of a profile: a like, a comment, a share, a mention, a message.

    ``attached_at`` says since when it stands on the timeline of a lead.
    """

    profile = models.ForeignKey(SocialProfile, models.CASCADE, related_name="signals")
    event = models.ForeignKey(
        HookEvent, models.SET_NULL, null=True, blank=True, related_name="signals"
    )
    kind = models.CharField(_("type"), max_length=10, choices=SIGNALS)
    post = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    attached_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["event"], name="signal_once", condition=models.Q(event__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["profile", "-occurred_at"], name="signal_profile"),
            models.Index(
                fields=["profile"], name="signal_open", condition=models.Q(attached_at=None)
            ),
            models.Index(fields=["occurred_at"], name="signal_age"),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id}: {self.kind}"
