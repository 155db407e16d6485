import uuid
from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class FieldType(models.TextChoices):
    """What a custom field holds."""

    TEXT = "text", _("Text")
    LONG_TEXT = "long_text", _("Long text")
    NUMBER = "number", _("Number")
    BOOLEAN = "boolean", _("Yes or no")
    DATE = "date", _("Date")
    CHOICE = "choice", _("One of several")
    MULTI_CHOICE = "multi_choice", _("Several of several")
    URL = "url", _("Web address")


class FieldDefinition(models.Model):
    """A field that the organisation added to its leads; values stand in ``Lead.custom[key]``.

    ``choices`` is a list of ``{"value": …, "de": …, "en": …}``.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(
        _("key"), max_length=50, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9_]{0,49}$")]
    )
    field_type = models.CharField(_("type"), max_length=12, choices=FieldType.choices)
    label_de = models.CharField(_("label in German"), max_length=100)
    label_en = models.CharField(_("label in English"), max_length=100)
    choices = models.JSONField(default=list, blank=True)
    is_sensitive = models.BooleanField(_("sensitive"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return self.label_de if (get_language() or "").startswith("de") else self.label_en

    def choice_label(self, value: str) -> str:
        """Return the label of a choice in the reader's language; the value where it has none."""
        language = "de" if (get_language() or "").startswith("de") else "en"
        labels = {item["value"]: item.get(language) or item["value"] for item in self.choices}
        return str(labels.get(value, value))


class Tag(models.Model):
    """A word that people attach to leads."""

    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Questions about saved views."""

    def for_user(self, user_id: int | None) -> Self:
        """Return somebody's own views and those that others share, the own ones first."""
        mine = Q(owner_id=user_id)
        return self.filter(mine | Q(is_shared=True)).order_by(
            Case(When(mine, then=0), default=1), "position", "name"
        )


class SavedView(models.Model):
    """A lead list as somebody likes to see it: the query string, by name, maybe shared."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=100)
    query = models.CharField(max_length=4000, blank=True)
    is_shared = models.BooleanField(_("for everybody"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="savedview_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ProfileSettings(models.Model):
    """What belongs to a complete profile and when a lead is too early for sales, in one row.

    ``weights`` maps names of fields (of a lead, or ``custom.<key>``) to whole numbers, in the order
    in which missing ones are named; empty stands for the usual ones. ``purchase_field`` is the key
    of the custom field with the day of the planned purchase: a lead whose day is more than
    ``early_days`` ahead is made MQL by no rule; 0 makes none wait.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    weights = models.JSONField(default=dict, blank=True)
    purchase_field = models.CharField(
        _("field with the planned purchase"), max_length=50, default="planned_purchase", blank=True
    )
    early_days = models.PositiveSmallIntegerField(_("days before a planned purchase"), default=180)

    class Meta:
        constraints = [
            models.CheckConstraint(name="profile_only_one", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return f"{len(self.weights)}"
