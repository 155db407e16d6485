import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ground.due import DueRow, due_index
from leads.models import Lead
from nurturing.models.sequences import Sequence, SequenceVersion, Step


class EnrolmentState(models.TextChoices):
    """How far a lead is in a sequence."""

    ACTIVE = "active", _("Running")
    FINISHED = "finished", _("Finished")
    EXITED = "exited", _("Left")


class ExitReason(models.TextChoices):
    """Why a lead left a sequence before its end."""

    GOAL = "goal", _("Goal reached")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
    BOUNCED = "bounced", _("Address does not work")
    COMPLAINED = "complained", _("Reported as spam")
    REPLIED = "replied", _("Answered")
    HANDED_OVER = "handed_over", _("Handed over to sales")
    STAGE_CHANGED = "stage_changed", _("Stage changed")
    SORTED_OUT = "sorted_out", _("Sorted out")
    LEFT_SEGMENT = "left_segment", _("Left the segment")
    LEAD_DELETED = "lead_deleted", _("Lead deleted")
    MERGED = "merged", _("Merged with another lead")
    BY_HAND = "by_hand", _("Ended by hand")


class EnrolmentSource(models.TextChoices):
    """What brought a lead into a sequence."""

    CONDITION = "condition", _("Condition")
    FORM = "form", _("Form")
    REJECTION = "rejection", _("Rejected by sales")
    BY_HAND = "by_hand", _("By hand")


class Enrolment(models.Model):
    """One run of one lead through one version of a sequence.

    ``next_step`` is what happens at ``due_at``, in UTC; both are empty when the run has ended.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="enrolments")
    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="enrolments")
    version = models.ForeignKey(SequenceVersion, models.CASCADE, related_name="enrolments")
    state = models.CharField(max_length=8, choices=EnrolmentState.choices)
    exit_reason = models.CharField(max_length=13, choices=ExitReason.choices, blank=True)
    exit_detail = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=9, choices=EnrolmentSource.choices)
    enrolled_by = models.CharField(max_length=150, blank=True)
    next_step = models.ForeignKey(Step, models.RESTRICT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-enrolled_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "sequence"],
                condition=Q(state=EnrolmentState.ACTIVE),
                name="enrolment_one_active",
            ),
            models.CheckConstraint(
                name="enrolment_exit_has_reason",
                condition=Q(state=EnrolmentState.EXITED) ^ Q(exit_reason=""),
            ),
            models.CheckConstraint(
                name="enrolment_active_is_due",
                condition=Q(state=EnrolmentState.ACTIVE, due_at__isnull=False, ended_at=None)
                | (~Q(state=EnrolmentState.ACTIVE) & Q(due_at=None, ended_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["sequence", "state"], name="enrolment_sequence_state"),
            models.Index(fields=["lead", "-enrolled_at"], name="enrolment_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} in {self.sequence_id}: {self.state}"


class DueEnrolment(DueRow):
    """An enrolment to look at; whether its step is due stands in ``Enrolment.due_at``."""

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="due_row")

    class Meta:
        indexes = [due_index("dueenrolment_due")]

    def __str__(self) -> str:
        return f"enrolment {self.enrolment_id}"


class DueTrigger(DueRow):
    """A lead that changed, so that it may enter a sequence or reach the goal of one."""

    lead = models.OneToOneField(Lead, models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("duetrigger_due")]

    def __str__(self) -> str:
        return f"lead {self.lead_id}"


class DueEntry(DueRow):
    """A lead that is to enter a sequence because of something it or sales did."""

    key = models.CharField(max_length=60, unique=True)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="+")
    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="+")
    source = models.CharField(max_length=9, choices=EnrolmentSource.choices)

    class Meta:
        indexes = [due_index("dueentry_due")]

    def __str__(self) -> str:
        return self.key
