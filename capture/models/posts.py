import uuid

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from capture.models.campaigns import Campaign


class Network(models.TextChoices):
    """Where posts are published; where it is a channel of leads, too, it has the same value."""

    FACEBOOK = "facebook", _("Facebook")
    INSTAGRAM = "instagram", _("Instagram")
    TIKTOK = "tiktok", _("TikTok")
    LINKEDIN = "linkedin", _("LinkedIn")
    YOUTUBE = "youtube", _("YouTube")
    XING = "xing", _("XING")
    X = "x", _("X")
    PINTEREST = "pinterest", _("Pinterest")
    OTHER = "other", _("Other")


class Post(models.Model):
    """Something published in a network; ``likes`` are as somebody or the API told them last."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    network = models.CharField(_("network"), max_length=12, choices=Network.choices)
    title = models.CharField(_("title"), max_length=200)
    url = models.URLField(_("address of the post"), max_length=2000, blank=True)
    published_at = models.DateTimeField(_("published"))
    campaign = models.ForeignKey(
        Campaign,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("campaign"),
    )
    likes = models.PositiveIntegerField(
        _("likes"), null=True, blank=True, validators=[MaxValueValidator(2**31 - 1)]
    )
    likes_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-published_at", "-id"]
        indexes = [models.Index(fields=["-published_at", "-id"], name="post_published")]

    def __str__(self) -> str:
        return self.title

    @property
    def web_address(self) -> str:
        """The address as it may stand in a link; "" for anything but a web address."""
        return self.url if self.url.startswith(("https://", "http://")) else ""


class ShortLink(models.Model):
    """A short address ``/l/<code>`` in a post that leads to ``target``, and to nothing else.

    A closed link leads nowhere.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="links")
    code = models.CharField(max_length=16, unique=True)
    target = models.CharField(_("address it leads to"), max_length=2000)
    label = models.CharField(_("name"), max_length=80, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.code


class ClickVerdict(models.TextChoices):
    """Who followed a link."""

    HUMAN = "human", _("Person")
    MACHINE = "machine", _("Machine")


class LinkClick(models.Model):
    """One time that a short link was followed; without a verdict until it settled.

    ``who`` tells apart those who click at the same time: a keyed hash of network and browser, which
    is emptied with the verdict. ``reason`` is why a machine was one.
    """

    link = models.ForeignKey(ShortLink, models.CASCADE, related_name="clicks")
    at = models.DateTimeField()
    who = models.CharField(max_length=32, blank=True)
    verdict = models.CharField(max_length=7, choices=ClickVerdict.choices, blank=True)
    reason = models.CharField(max_length=20, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["link", "-at"], name="linkclick_link"),
            models.Index(fields=["at"], name="linkclick_at"),
            models.Index(fields=["at", "id"], name="linkclick_open", condition=Q(verdict="")),
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.at:%Y-%m-%d %H:%M}"


class LinkDay(models.Model):
    """How often a short link was followed on one day of the organisation."""

    link = models.ForeignKey(ShortLink, models.CASCADE, related_name="days")
    day = models.DateField()
    clicks = models.PositiveIntegerField(default=0)
    machine_clicks = models.PositiveIntegerField(default=0)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["link", "day"], name="linkday_once")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.day}: {self.clicks}"
