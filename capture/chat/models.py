"""Talks with visitors of websites, and who of us is there for them."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from capture.connectors.models import Connection
from capture.models.forms import Form
from capture.models.submissions import Submission
from ground.due import DueRow, due_index
from leads.models import Lead

ONLY = 1
# A browser reports every half minute; one that is silent for longer is closed or has no network.
GONE_AFTER = timedelta(seconds=100)


class ChatState(models.TextChoices):
    """Who is speaking with the visitor."""

    BOT = "bot", _("With the bot")
    WAITING = "waiting", _("Waiting for a person")
    LIVE = "live", _("With a person")
    ENDED = "ended", _("Ended")


class Author(models.TextChoices):
    """Who said something in a talk."""

    BOT = "bot", _("Bot")
    VISITOR = "visitor", _("Visitor")
    PERSON = "person", _("Colleague")
    NOTE = "note", _("Note")


class ChatQuerySet(models.QuerySet["Chat"]):
    """Questions about talks."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the talks that ``actor`` may read.

        Those of leads that they see, the one that they are in, those that wait for somebody like
        them, and for who reads submissions those of nobody.
        """
        shown = Q(lead__in=Lead.objects.visible_to(actor))
        if actor.may(Right.CHATS_ANSWER):
            mine = Q(rep_id=actor.user_id)
            shown |= Q(state=ChatState.WAITING) | (mine & Q(state=ChatState.LIVE))
            shown |= mine & Q(lead=None)
        if actor.may(Right.SUBMISSIONS_READ):
            shown |= Q(lead=None)
        return self.filter(shown)

    def open(self) -> Self:
        """Return the talks that have not ended."""
        return self.exclude(state=ChatState.ENDED)


class Chat(models.Model):
    """One talk with one visitor, through our own window or through a tool of somebody else.

    In our own window it belongs to ``form``, whose questions in ``version`` it asks; ``answers``
    are what was answered, a list of values by field. ``token_hash`` is the SHA-256 of the secret
    that the visitor's browser made. In another tool it belongs to ``connection`` under
    ``external_id``.

    ``revision`` grows with everything that either side can see. ``proof`` and ``proof_way`` are the
    check against machines that was passed. What was said becomes a submission of the form when it
    is handed in, ``hand_ins`` times so far; ``has_news`` says that something came since then.
    ``told_late_at`` is when the visitor was told that the colleague does not answer.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.ForeignKey(Form, models.SET_NULL, null=True, blank=True, related_name="chats")
    version = models.PositiveIntegerField(default=0)
    connection = models.ForeignKey(
        Connection, models.CASCADE, null=True, blank=True, related_name="chats"
    )
    external_id = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, default="de")
    token_hash = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=ChatState.choices, default=ChatState.BOT)
    revision = models.PositiveIntegerField(default=1)
    answers = models.JSONField(default=dict)
    visitor_name = models.CharField(max_length=150, blank=True)
    proof = models.CharField(max_length=64, blank=True)
    proof_way = models.CharField(max_length=4, blank=True)
    started_token = models.CharField(max_length=100, blank=True)
    is_trapped = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)
    page_url = models.CharField(max_length=2000, blank=True)
    referrer = models.CharField(max_length=2000, blank=True)
    visitor = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField()
    last_visitor_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    last_person_at = models.DateTimeField(null=True, blank=True)
    told_late_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="chats"
    )
    hand_ins = models.PositiveIntegerField(default=0)
    handed_until = models.PositiveIntegerField(default=0)
    has_news = models.BooleanField(default=False)
    submission = models.ForeignKey(
        Submission, models.SET_NULL, null=True, blank=True, related_name="chats"
    )
    # A transcript goes with the lead that it is about.
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, blank=True, related_name="chats")
    reported_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    objects = ChatQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "external_id"],
                name="chat_external_once",
                condition=Q(connection__isnull=False),
            ),
            models.CheckConstraint(
                name="chat_live_has_rep",
                condition=~Q(state="live") | Q(taken_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="chat_recent"),
            models.Index(
                fields=["state", "asked_at"], name="chat_open", condition=~Q(state="ended")
            ),
            models.Index(fields=["rep", "-started_at"], name="chat_rep"),
            models.Index(fields=["last_visitor_at"], name="chat_age"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def shown_name(self) -> str:
        """What to call the visitor: the name that was given, else ""."""
        given = [(self.answers.get(name) or [""])[0] for name in ("first_name", "last_name")]
        return self.visitor_name or " ".join(part for part in given if part)

    @property
    def has_contact(self) -> bool:
        """Whether an address or a number was given."""
        return any((self.answers.get(name) or [""])[0] for name in ("email", "phone"))


class ChatMessage(models.Model):
    """Something that was said in a talk, as it was said.

    ``number`` orders what came in here; ``key`` is the id that the sender gave it, which makes it
    idempotent. ``field`` is the question that it asks or answers. Other tools send in any order, so
    that their talks are read in the order of ``at``.
    """

    chat = models.ForeignKey(Chat, models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField()
    key = models.UUIDField(null=True, blank=True)
    author = models.CharField(max_length=7, choices=Author.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=150, blank=True)
    text = models.TextField()
    field = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["chat", "number"]
        constraints = [
            models.UniqueConstraint(fields=["chat", "number"], name="chatmessage_number"),
            models.UniqueConstraint(
                fields=["chat", "key"],
                name="chatmessage_once",
                condition=Q(key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chat_id}/{self.number}"


class DueChat(DueRow):
    """A talk that is to be looked at: to be handed in, to be told of a delay, or to be ended."""

    chat = models.OneToOneField(Chat, models.CASCADE, related_name="due")

    class Meta:
        indexes = [due_index("duechat_due")]

    def __str__(self) -> str:
        return str(self.chat_id)


class PresenceQuerySet(models.QuerySet["ChatPresence"]):
    """Questions about who is there."""

    def there(self, as_of: datetime) -> Self:
        """Return those who said so, whose browser still reports, and who are signed in."""
        from django.contrib.sessions.models import Session

        signed_in = Session.objects.filter(
            session_key=OuterRef("session_key"), expire_date__gt=as_of
        )
        return self.filter(
            Exists(signed_in),
            is_on=True,
            seen_at__gt=as_of - GONE_AFTER,
            user__is_active=True,
        )


class ChatPresence(models.Model):
    """That somebody is there for visitors.

    It ends by itself when their browser reports no longer, and with ``session_key`` when they sign
    out.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="chat_presence"
    )
    is_on = models.BooleanField(default=False)
    session_key = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects = PresenceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="presence_on", condition=Q(is_on=True))]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.is_on}"


class ChatSnippet(models.Model):
    """An answer that is written once and sent often."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60, unique=True)
    text_de = models.TextField(_("German text"), max_length=2000, blank=True)
    text_en = models.TextField(_("English text"), max_length=2000, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def text_in(self, language: str) -> str:
        """Return the text in ``language``, else the one that there is."""
        texts = (self.text_de, self.text_en)
        first, second = texts if language.startswith("de") else reversed(texts)
        return first or second


class ChatSettings(models.Model):
    """What holds for every talk, in one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    wait_seconds = models.PositiveSmallIntegerField(
        _("seconds that a visitor waits for a person"),
        default=90,
        validators=[MinValueValidator(20), MaxValueValidator(600)],
    )
    idle_minutes = models.PositiveSmallIntegerField(
        _("minutes of silence after which a talk counts as left"),
        default=5,
        validators=[MinValueValidator(2), MaxValueValidator(60)],
    )
    only_business_hours = models.BooleanField(_("persons only in business hours"), default=False)
    retention_days = models.PositiveSmallIntegerField(
        _("days that talks of leads are kept"),
        default=365,
        validators=[MinValueValidator(7), MaxValueValidator(1100)],
    )
    unknown_days = models.PositiveSmallIntegerField(
        _("days that talks without a lead are kept"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="chatsettings_only_one", condition=Q(id=ONLY)),
        ]

    def __str__(self) -> str:
        return "chat"

    @classmethod
    def current(cls) -> Self:
        """Return what is set, or what holds until somebody sets it."""
        return cls.objects.filter(pk=ONLY).first() or cls()


__all__ = [
    "Author",
    "Chat",
    "ChatMessage",
    "ChatPresence",
    "ChatSettings",
    "ChatSnippet",
    "ChatState",
    "DueChat",
]
