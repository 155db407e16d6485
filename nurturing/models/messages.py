import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import ConsentPurpose, Lead
from nurturing.models.enrolments import Enrolment
from nurturing.models.mails import TemplateVersion, Topic
from nurturing.models.sequences import Sequence, Step


class MessageKind(models.TextChoices):
    """What a message is for; each kind has its own conditions for being sent."""

    SEQUENCE = "sequence", _("Mail of a sequence")
    OPT_IN = "opt_in", _("Confirmation mail")
    REPLY = "reply", _("Answer to a form")
    NOTIFICATION = "notification", _("Message to a colleague")
    ONE_TO_ONE = "one_to_one", _("Personal mail")


class MessageState(models.TextChoices):
    """Where a message is on its way out."""

    QUEUED = "queued", _("Waiting")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("In doubt")
    SKIPPED = "skipped", _("Not sent")


class Reason(models.TextChoices):
    """Why a message was not sent, waits or is in doubt."""

    NO_LEAD = "no_lead", _("The lead was deleted.")
    NO_ADDRESS = "no_address", _("No e-mail address is known.")
    BAD_ADDRESS = "bad_address", _("The e-mail address is not valid.")
    SUPPRESSED = "suppressed", _("The address is on the suppression list.")
    NO_CONSENT = "no_consent", _("There is no consent for this purpose.")
    UNCONFIRMED = "unconfirmed", _("The consent has not been confirmed yet.")
    WITHDRAWN = "withdrawn", _("The consent was withdrawn.")
    OBJECTED = "objected", _("The person objected to advertising.")
    SORTED_OUT = "sorted_out", _("The lead was sorted out.")
    LEFT_SEQUENCE = "left_sequence", _("The lead has left the sequence.")
    NOT_ALLOWED = "not_allowed", _("The recipient may not see this any more.")
    UNREADABLE = "unreadable", _("The mail could not be put together.")
    SET_ASIDE = "set_aside", _("Five attempts ended with an error.")
    BOUNCED = "bounced", _("The recipient's server does not know the address.")
    MAILBOX = "mailbox", _("The recipient's mailbox refused the mail.")
    REFUSED = "refused", _("The recipient's server refused the mail.")
    TRIED_TOO_LONG = "tried_too_long", _("The recipient's server did not take the mail in time.")
    SEQUENCE_PAUSED = "sequence_paused", _("The sequence is paused.")
    LEAD_PAUSED = "lead_paused", _("The lead wants to be left in peace.")
    OUTSIDE_WINDOW = "outside_window", _("Outside the hours in which mails are sent.")
    DAILY_CAP = "daily_cap", _("The lead has had its mail for today.")
    PACED = "paced", _("Only so many mails go out in a minute.")
    NO_IMPRINT = "no_imprint", _("The imprint of the organisation is not complete.")
    SERVER_AWAY = "server_away", _("The mail server cannot be reached.")
    TRY_LATER = "try_later", _("The recipient's server asked to try again later.")
    CONNECTION_LOST = "connection_lost", _("The connection broke while the mail was handed over.")
    WORKER_LOST = "worker_lost", _("The program stopped while the mail was handed over.")


def new_token() -> str:
    """Return 128 random bits as 22 characters for a public link."""
    return secrets.token_urlsafe(16)


class Message(models.Model):
    """One mail to one recipient, from the moment it is due until it is sent or given up.

    ``message_id`` is the Message-ID header, fixed when the row is made; subject and body are fixed
    when it is claimed and empty before. ``due_at`` is the next moment to try, and for a message in
    doubt the moment from which the mail server would know of it; ``lease_until`` is the moment
    after which a claim is given up for lost. ``attempts`` are those that a server answered,
    ``claims`` those since the last answer. ``handed_at`` is set before the first byte goes
    to a server: a claim without it was provably never sent. ``context`` is what a later step of the
    same kind needs to know. ``token`` is the authority of the links in the mail.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=MessageKind.choices)
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, blank=True, related_name="messages")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sequence = models.ForeignKey(
        Sequence, models.CASCADE, null=True, blank=True, related_name="messages"
    )
    enrolment = models.ForeignKey(
        Enrolment, models.CASCADE, null=True, blank=True, related_name="messages"
    )
    step = models.ForeignKey(Step, models.RESTRICT, null=True, blank=True, related_name="+")
    template_version = models.ForeignKey(
        TemplateVersion, models.RESTRICT, null=True, blank=True, related_name="+"
    )
    purpose = models.CharField(max_length=12, choices=ConsentPurpose.choices, blank=True)
    topic = models.ForeignKey(Topic, models.RESTRICT, null=True, blank=True, related_name="+")

    to_address = models.CharField(max_length=320)
    language = models.CharField(max_length=5, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, unique=True)
    token = models.CharField(max_length=22, unique=True, default=new_token)
    context = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 - NULLs repeat

    state = models.CharField(max_length=7, choices=MessageState.choices)
    reason = models.CharField(max_length=15, choices=Reason.choices, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    priority = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    # The database fills it in for the version that runs until an upgrade is through.
    claims = models.PositiveSmallIntegerField(default=0, db_default=0)
    resends = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step"], name="message_once_a_step"),
            models.UniqueConstraint(fields=["dedupe_key"], name="message_dedupe"),
            models.CheckConstraint(
                name="message_has_one_reader",
                condition=Q(lead__isnull=False, recipient=None)
                | Q(lead=None, recipient__isnull=False),
            ),
            models.CheckConstraint(
                name="message_claim_has_lease",
                condition=~Q(state=MessageState.CLAIMED)
                | Q(lease_until__isnull=False, claimed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "due_at", "id"],
                name="message_queued",
                condition=Q(state=MessageState.QUEUED),
            ),
            models.Index(
                fields=["lease_until"],
                name="message_claimed",
                condition=Q(state=MessageState.CLAIMED),
            ),
            models.Index(
                fields=["claimed_at"],
                name="message_unknown",
                condition=Q(state=MessageState.UNKNOWN),
            ),
            models.Index(
                fields=["claimed_at"],
                name="message_claimed_at",
                condition=Q(claimed_at__isnull=False),
            ),
            models.Index(fields=["lead", "-created_at"], name="message_lead"),
            models.Index(fields=["lead", "claimed_at"], name="message_lead_claimed"),
            models.Index(fields=["sequence", "state"], name="message_sequence_state"),
            models.Index(fields=["-created_at", "-id"], name="message_created"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}: {self.state}"

    @property
    def title(self) -> str:
        """What people call it: its subject, and before that is fixed its sequence or its kind."""
        return self.subject or (self.sequence.name if self.sequence else self.get_kind_display())
