import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, is_password_usable
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.rights import Role
from accounts.zones import known_zones


def check_time_zone(value: str) -> None:
    """Raise ``ValidationError`` unless ``value`` is a name of the IANA time zone database."""
    if value not in known_zones():
        raise ValidationError(_("“%(value)s” is not a time zone."), params={"value": value})


class Team(models.Model):
    """A group of people who share their leads."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def invited_q() -> models.Q:
    """Return the condition for people who never set a password."""
    return Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


class UserManager(BaseUserManager["User"]):
    """Creates and finds people; an e-mail address is compared without case."""

    def active(self) -> "models.QuerySet[User]":
        """Return the people who have not been deactivated."""
        return self.filter(is_active=True)

    def able_admins(self) -> "models.QuerySet[User]":
        """Return the administrators who can log in; an invited one cannot yet."""
        return self.active().filter(role=Role.ADMIN).exclude(invited_q())

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person with this e-mail address, whatever its case."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **values: Any) -> "User":
        """Create a person; without a password nobody can log in as them."""
        user = self.model(email=email.strip().lower(), **values)
        user.set_password(password)
        user.save()
        return user


class Theme(models.TextChoices):
    """How the pages look."""

    AUTO = "auto", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractBaseUser):
    """A person who logs in with e-mail and password and has one role.

    ``session_number`` is part of every session: raising it ends them all. ``invitation_nonce``
    belongs to the one invitation that is open, "" when none is.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="users", verbose_name=_("team")
    )
    language = models.CharField(
        _("language"), max_length=5, default="en", choices=settings.LANGUAGES
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Europe/Berlin", validators=[check_time_zone]
    )
    theme = models.CharField(_("colours"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    has_single_keys = models.BooleanField(_("single-key shortcuts"), default=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_sample = models.BooleanField(default=False)
    session_number = models.PositiveIntegerField(default=1, editable=False)
    invitation_nonce = models.CharField(max_length=32, blank=True, editable=False)
    invited_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="user_email_lower", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name to show; the address where no name is known."""
        return self.name or self.email

    @property
    def has_joined(self) -> bool:
        """Whether a password was ever set; an invited person has none yet."""
        return is_password_usable(self.password)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        return salted_hmac(
            "accounts.session",
            f"{self.password}:{self.session_number}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()
