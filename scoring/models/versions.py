import uuid
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.rights import Right


class Axis(models.TextChoices):
    """What a rule speaks about: who somebody is, or what they do."""

    FIT = "fit", _("Fit")
    ENGAGEMENT = "engagement", _("Engagement")


class VersionState(models.TextChoices):
    """Where a version stands; only an active one touches scores."""

    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Waiting for signatures")
    ACTIVE = "active", _("Active")
    RETIRED = "retired", _("Retired")


class Counting(models.TextChoices):
    """How often activities of one kind count."""

    EACH = "each", _("Every time")
    FIRST = "first", _("The first time only")
    DISTINCT = "distinct", _("Once for each different …")


class Side(models.TextChoices):
    """Whose signature it is; activating a version takes one of each."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


SIGNING_RIGHTS: dict[str, Right] = {
    Side.MARKETING: Right.SCORING_SIGN_MARKETING,
    Side.SALES: Right.SCORING_SIGN_SALES,
}


def points_field(label: Any, default: int) -> models.PositiveSmallIntegerField:
    """Return a column for points from 0 to 100."""
    return models.PositiveSmallIntegerField(
        label, default=default, validators=[MaxValueValidator(100)]
    )


def days_field(label: Any, default: int) -> models.PositiveSmallIntegerField:
    """Return a column for a number of days from 1 to 3650."""
    return models.PositiveSmallIntegerField(
        label, default=default, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )


class ScoringModel(models.Model):
    """One way of judging leads; that of the main model is the score of the lead.

    ``aged_on`` is the last day of the organisation for which decay was looked after.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    is_main = models.BooleanField(_("main model"), default=False)
    aged_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-is_main", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_main"], condition=Q(is_main=True), name="scoringmodel_one_main"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    """Questions about versions."""

    def active(self) -> Self:
        """Return the versions that score now, that of the main model first."""
        return (
            self.filter(state=VersionState.ACTIVE)
            .select_related("model")
            .order_by("-model__is_main", "model_id")
        )

    def signed(self) -> Self:
        """Return the versions that both sides have signed as they are now."""
        signatures = Approval.objects.filter(version=models.OuterRef("pk"), voided_at=None)
        return self.filter(
            models.Exists(signatures.filter(side=Side.MARKETING)),
            models.Exists(signatures.filter(side=Side.SALES)),
        )


class ModelVersion(models.Model):
    """The rules of one model as they were agreed at one time.

    All limits are in points: a lead's fit is at most ``fit_cap``, its engagement at most
    ``engagement_cap``, and its score the sum of both, at most 100. A fit of ``grade_a`` or more is
    an A, an engagement of ``level_1`` or more a 1, and so on.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    model = models.ForeignKey(ScoringModel, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(
        max_length=10, choices=VersionState.choices, default=VersionState.DRAFT
    )
    note = models.CharField(_("what is new"), max_length=300, blank=True)

    mql_threshold = points_field(_("MQL from a score of"), 50)
    min_fit = points_field(_("and a fit of at least"), 10)
    fit_cap = points_field(_("fit counts at most"), 50)
    engagement_cap = points_field(_("engagement counts at most"), 50)
    grade_a = points_field(_("A from a fit of"), 35)
    grade_b = points_field(_("B from a fit of"), 20)
    grade_c = points_field(_("C from a fit of"), 10)
    level_1 = points_field(_("1 from an engagement of"), 35)
    level_2 = points_field(_("2 from an engagement of"), 20)
    level_3 = points_field(_("3 from an engagement of"), 10)
    hot_score = points_field(_("hot from a score of"), 60)
    hot_days = days_field(_("and active in the last days"), 14)
    warm_score = points_field(_("warm from a score of"), 30)
    warm_days = days_field(_("and active in the last days"), 60)

    active_from = models.DateTimeField(null=True, blank=True)
    active_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["model", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="modelversion_number"),
            models.UniqueConstraint(
                fields=["model"],
                condition=Q(state=VersionState.ACTIVE),
                name="modelversion_one_active",
            ),
            models.UniqueConstraint(
                fields=["model"],
                condition=Q(state__in=[VersionState.DRAFT, VersionState.PROPOSED]),
                name="modelversion_one_open",
            ),
            models.CheckConstraint(
                name="modelversion_active_since",
                condition=~Q(state=VersionState.ACTIVE) | Q(active_from__isnull=False),
            ),
            models.CheckConstraint(
                name="modelversion_limits",
                condition=Q(
                    mql_threshold__range=(0, 100),
                    min_fit__lte=F("fit_cap"),
                    fit_cap__lte=100,
                    engagement_cap__lte=100,
                    grade_a__gte=F("grade_b"),
                    grade_b__gte=F("grade_c"),
                    level_1__gte=F("level_2"),
                    level_2__gte=F("level_3"),
                    hot_score__gte=F("warm_score"),
                    hot_days__lte=F("warm_days"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model.name} v{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether the version can still be edited."""
        return self.state in (VersionState.DRAFT, VersionState.PROPOSED)


class Rule(models.Model):
    """One sentence of a version: who or what gets how many points.

    Either ``where`` is a condition on the lead, or ``activity_kind`` is what must have happened
    (engagement only). ``detail`` and ``distinct_by`` are names of the closed list of what
    activities keep. Points of an activity halve every ``half_life_days``; ``cap`` is the
    most that the rule gives or takes. ``purpose`` says what sensitive data is used for.
    ``key`` stays the same from version to version.
    """

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="rules")
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    axis = models.CharField(_("axis"), max_length=10, choices=Axis.choices)
    name_de = models.CharField(_("name in German"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    where = models.JSONField(null=True, blank=True)
    activity_kind = models.CharField(_("what happened"), max_length=40, blank=True)
    detail = models.CharField(_("only"), max_length=40, blank=True)
    detail_value = models.CharField(max_length=200, blank=True)
    counting = models.CharField(
        _("counts"), max_length=10, choices=Counting.choices, default=Counting.EACH
    )
    distinct_by = models.CharField(max_length=40, blank=True)
    points = models.SmallIntegerField(
        _("points"), validators=[MinValueValidator(-100), MaxValueValidator(100)]
    )
    half_life_days = models.PositiveSmallIntegerField(
        _("halves every … days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )
    cap = models.PositiveSmallIntegerField(
        _("at most"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    purpose = models.CharField(_("what sensitive data is used for"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["version", "axis", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="rule_key"),
            models.CheckConstraint(
                name="rule_where_or_activity",
                condition=Q(where__isnull=False, activity_kind="")
                | (Q(where__isnull=True, axis=Axis.ENGAGEMENT) & ~Q(activity_kind="")),
            ),
            models.CheckConstraint(
                name="rule_points",
                condition=Q(points__range=(-100, 100)) & ~Q(points=0),
            ),
            models.CheckConstraint(
                name="rule_decay_needs_activity",
                condition=Q(half_life_days=None) | ~Q(activity_kind=""),
            ),
            models.CheckConstraint(
                name="rule_distinct_by",
                condition=Q(counting=Counting.DISTINCT) ^ Q(distinct_by=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_de if (get_language() or "").startswith("de") else self.name_en


class Approval(models.Model):
    """One side's signature under a version; an edit voids it and leaves it on record."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="approvals")
    side = models.CharField(max_length=10, choices=Side.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    user_label = models.CharField(max_length=150)
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "side"], condition=Q(voided_at=None), name="approval_one_a_side"
            ),
            models.UniqueConstraint(
                fields=["version", "user"],
                condition=Q(voided_at=None),
                name="approval_one_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side}: {self.user_label}"
