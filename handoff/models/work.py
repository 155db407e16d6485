import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from ground.due import DueRow, due_index
from leads.models import Lead
from leads.models.lead import visible_q


class TaskKind(models.TextChoices):
    """What is to be done."""

    CALL = "call", _("Call")
    MAIL = "mail", _("E-mail")
    MEETING = "meeting", _("Meeting")
    OTHER = "other", _("Something else")


class TaskPriority(models.IntegerChoices):
    """How much it matters; the higher, the sooner."""

    LOW = 1, _("Low")
    NORMAL = 2, _("Normal")
    HIGH = 3, _("High")


class TaskOrigin(models.TextChoices):
    """What led to a task."""

    PERSON = "person", _("Entered by hand")
    CONTACT = "contact", _("Next step after a contact")
    CALLBACK = "callback", _("Callback asked for")
    HOT = "hot", _("The lead became hot")
    MESSAGE = "message", _("Message received")
    REPAIR = "repair", _("Contact data to be repaired")
    REVISIT = "revisit", _("To be asked again")


class TaskQuerySet(models.QuerySet["Task"]):
    """Questions about tasks."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the tasks of the leads that ``actor`` may see, and those a colleague gave them.

        What people noted down for themselves goes with the lead.
        """
        given = Q(lead__deleted_at=None, assignee_id=actor.user_id, created_by__isnull=False)
        given &= ~Q(created_by_id=actor.user_id)
        return self.filter(visible_q(actor, "lead__") | (given if actor.user_id else Q(pk__in=[])))

    def open(self) -> Self:
        """Return those that are not done."""
        return self.filter(done_at=None)


class Task(models.Model):
    """Something that somebody will do about a lead; the earliest open one is its next step.

    ``origin_key`` names what an automatic task follows from, so that it is made once.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="tasks")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name=_("who"),
    )
    kind = models.CharField(
        _("what"), max_length=8, choices=TaskKind.choices, default=TaskKind.CALL
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    due_at = models.DateTimeField(_("due"))
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=TaskPriority.choices, default=TaskPriority.NORMAL
    )
    origin = models.CharField(max_length=8, choices=TaskOrigin.choices)
    origin_key = models.CharField(max_length=60, null=True, blank=True, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(
                fields=["assignee", "due_at"], name="task_open_assignee", condition=Q(done_at=None)
            ),
            models.Index(
                fields=["lead", "due_at"], name="task_open_lead", condition=Q(done_at=None)
            ),
            models.Index(fields=["assignee", "-done_at"], name="task_done"),
        ]

    def __str__(self) -> str:
        return self.shown_title

    @property
    def shown_title(self) -> str:
        """The title, or what led to the task where nobody wrote one."""
        is_manual = self.origin in (TaskOrigin.PERSON, TaskOrigin.CONTACT)
        return self.title or (self.get_kind_display() if is_manual else self.get_origin_display())


class CallDirection(models.TextChoices):
    """Who called whom."""

    OUTBOUND = "outbound", _("We called")
    INBOUND = "inbound", _("The lead called")


class CallOutcome(models.TextChoices):
    """How a call ended; the order is that of the keys 1 to 5."""

    REACHED = "reached", _("Reached")
    NOT_REACHED = "not_reached", _("Not reached")
    CALLBACK = "callback", _("Wants to be called back")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    REFUSED = "refused", _("Refused")


class Call(models.Model):
    """One telephone call with a lead and how it ended.

    ``public_id`` comes from the browser, so that a call that is sent twice is logged once.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="calls")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="calls"
    )
    user_label = models.CharField(max_length=150)
    at = models.DateTimeField()
    direction = models.CharField(
        _("direction"),
        max_length=8,
        choices=CallDirection.choices,
        default=CallDirection.OUTBOUND,
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=CallOutcome.choices)
    note = models.ForeignKey(
        "leads.Note", models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    duration_minutes = models.PositiveSmallIntegerField(
        _("duration, minutes"), null=True, blank=True
    )

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["lead", "-at"], name="call_lead_at"),
            models.Index(fields=["user", "-at"], name="call_user_at"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.outcome}"


class DueTask(DueRow):
    """An activity that a task follows from."""

    activity = models.OneToOneField("leads.Activity", models.CASCADE, related_name="+")

    class Meta:
        indexes = [due_index("duetask_due")]

    def __str__(self) -> str:
        return f"{self.activity_id}"
