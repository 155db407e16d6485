import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor, ActorKind
from accounts.models import Team
from ground.due import DueRow, due_index
from handoff.models.agreement import Agreement, AssignmentRule
from leads.models import Episode, Lead
from leads.models.lead import visible_q


class HandoffState(models.TextChoices):
    """How a hand-over stands; only ``offered`` is open."""

    OFFERED = "offered", _("Handed over")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    RETURNED = "returned", _("Returned")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class HandoffOrigin(models.TextChoices):
    """What led to a hand-over."""

    RULE = "rule", _("Assignment rule")
    MANUAL = "manual", _("By hand")
    DISTRIBUTED = "distributed", _("Distributed by the manager")
    CLAIMED = "claimed", _("Taken from the pool")
    SELF_SOURCED = "self_sourced", _("Found by sales")


class RejectReason(models.TextChoices):
    """Why sales does not want a lead."""

    TOO_EARLY = "too_early", _("Too early")
    NO_FIT = "no_fit", _("Does not fit")
    NO_INTEREST = "no_interest", _("No interest")
    WRONG_DATA = "wrong_data", _("Wrong data")
    DUPLICATE = "duplicate", _("Duplicate")
    WRONG_PERSON = "wrong_person", _("Wrong contact person")
    COMPETITOR = "competitor", _("Competitor")


class HandoffQuerySet(models.QuerySet["Handoff"]):
    """Questions about hand-overs."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the hand-overs of the leads that ``actor`` may see."""
        return self.filter(visible_q(actor, "lead__"))

    def open(self) -> Self:
        """Return those that wait for an answer."""
        return self.filter(state=HandoffState.OFFERED)

    def for_user(self, actor: Actor) -> Self:
        """Return those that ``actor`` was given in person."""
        return self.filter(to_user_id=actor.user_id)

    def in_pool_of(self, actor: Actor) -> Self:
        """Return those that anybody in the actor's team may take."""
        return self.open().filter(to_user=None, to_team_id=actor.team_id)


class Handoff(models.Model):
    """One lead that was handed to a rep or a team, by whom, why, and what became of it.

    ``due_at`` is when the answer is due in working time, NULL where none was asked for.
    ``assignment_reason`` and the labels in ``briefing`` are kept in every language by its code.
    ``briefing`` is what was known at that moment.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="handoffs")
    episode = models.ForeignKey(Episode, models.CASCADE, related_name="handoffs")
    origin = models.CharField(max_length=14, choices=HandoffOrigin.choices)
    state = models.CharField(_("state"), max_length=10, choices=HandoffState.choices)

    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=150)
    from_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="handoffs"
    )
    to_team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="handoffs"
    )
    rule = models.ForeignKey(
        AssignmentRule, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, related_name="+")
    assignment_reason = models.JSONField(default=dict)
    briefing = models.JSONField(default=dict)

    offered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    rejected_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reject_reason = models.CharField(
        _("reason"), max_length=12, choices=RejectReason.choices, blank=True
    )
    answer_text = models.CharField(_("in your words"), max_length=500, blank=True)
    revisit_on = models.DateField(_("ask again on"), null=True, blank=True)

    objects = HandoffQuerySet.as_manager()

    class Meta:
        ordering = ["-offered_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(state=HandoffState.OFFERED), name="handoff_one_open"
            ),
            models.CheckConstraint(
                name="handoff_rejected_has_reason",
                condition=~Q(state=HandoffState.REJECTED) | ~Q(reject_reason=""),
            ),
            models.CheckConstraint(
                name="handoff_accepted_has_time",
                condition=~Q(state=HandoffState.ACCEPTED) | Q(accepted_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["to_user", "state", "due_at"], name="handoff_user_state"),
            models.Index(fields=["to_team", "state", "due_at"], name="handoff_team_state"),
            models.Index(fields=["lead", "-offered_at", "-id"], name="handoff_lead"),
            models.Index(fields=["state", "offered_at"], name="handoff_state_offered"),
            models.Index(fields=["reject_reason", "rejected_at"], name="handoff_rejected"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether an answer is awaited."""
        return self.state == HandoffState.OFFERED

    @property
    def is_pool(self) -> bool:
        """Whether anybody in the team may take it."""
        return self.is_open and self.to_user_id is None

    @property
    def why_here(self) -> str:
        """Why this person or team got the lead, in the reader's language."""
        return in_language(self.assignment_reason)

    def is_late(self, as_of: datetime) -> bool:
        """Say whether the answer came, or still is out, after it was due."""
        answered = self.accepted_at or self.rejected_at or self.ended_at or as_of
        return self.due_at is not None and answered > self.due_at


def in_language(texts: dict[str, str]) -> str:
    """Return the text of the reader's language, or the first one there is."""
    code = (get_language() or "en").partition("-")[0]
    return texts.get(code) or next(iter(texts.values()), "")


class SlaStep(models.TextChoices):
    """What happens when a hand-over is not answered."""

    REMIND = "remind", _("Reminder")
    ESCALATE = "escalate", _("Overdue")
    EXPIRE = "expire", _("Taken back")


class DueHandoff(DueRow):
    """A lead that became an MQL and waits for the assignment rules."""

    lead = models.OneToOneField(Lead, models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("duehandoff_due")]

    def __str__(self) -> str:
        return f"{self.lead_id}"


class DueSla(DueRow):
    """A reminder, an escalation or the end of a hand-over that nobody has answered."""

    handoff = models.ForeignKey(Handoff, models.CASCADE, related_name="+")
    step = models.CharField(max_length=8, choices=SlaStep.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handoff", "step"], name="duesla_once"),
        ]
        indexes = [due_index("duesla_due")]

    def __str__(self) -> str:
        return f"{self.handoff_id}: {self.step}"


class DueRevisit(DueRow):
    """A lead without interest that is to be asked again on a day."""

    lead = models.OneToOneField(Lead, models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("duerevisit_due")]

    def __str__(self) -> str:
        return f"{self.lead_id}"
