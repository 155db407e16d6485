import uuid
from typing import Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import LeadScope, Right
from leads.acquisition import usual_type
from leads.stages import (
    SORTED_OUT_BY_HAND,
    AcquisitionType,
    Channel,
    OtherReason,
    Stage,
    Temperature,
)

# The kinds of identifier that name a person who left nothing else.
HANDLE_KINDS = ("chat", "social", "external")


class Company(models.Model):
    """An organisation that leads work for; found again by its normalised name or its domain."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("company"), max_length=200)
    name_key = models.CharField(max_length=200, unique=True, editable=False)
    domain = models.CharField(_("domain"), max_length=255, blank=True, db_index=True)
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def visible_q(actor: Actor, prefix: str = "", *, is_alive: bool = True) -> Q:
    """Return the condition for the leads that ``actor`` may see.

    ``prefix`` is the path from another model to its lead, for example ``"lead__"``. A rep sees
    their own leads and the pool of those without owner; a manager the leads of the team, those
    that have no team yet included. Leads in the bin are seen by nobody; ``is_alive`` False leaves
    that open for the bin itself.
    """
    alive = Q(**{f"{prefix}deleted_at": None}) if is_alive else Q()
    if actor.lead_scope == LeadScope.NONE or not actor.may(Right.LEADS_READ):
        return Q(pk__in=[])
    if actor.lead_scope == LeadScope.ALL:
        return alive
    own = Q(**{f"{prefix}owner_id": actor.user_id})
    pool = Q(**{f"{prefix}owner_id": None})
    if actor.team_id is None:
        pool &= Q(**{f"{prefix}team_id": None})
    else:
        in_team = Q(**{f"{prefix}team_id": actor.team_id})
        pool &= Q(**{f"{prefix}team_id": None}) | in_team
        if actor.lead_scope == LeadScope.TEAM:
            own |= in_team
    return alive & (own | pool)


def _counted(*fields: str, name: str) -> models.Index:
    """Return an index of the leads that are not in the bin from which anybody's are counted."""
    return models.Index(
        fields=fields, name=name, include=["owner", "team"], condition=Q(deleted_at__isnull=True)
    )


class LeadQuerySet(models.QuerySet["Lead"]):
    """Questions about leads."""

    def alive(self) -> Self:
        """Return the leads that are not in the bin."""
        return self.filter(deleted_at=None)

    def visible_to(self, actor: Actor) -> Self:
        """Return the leads that ``actor`` may see; the only way from a request to a lead."""
        return self.filter(visible_q(actor))

    def sorted_out(self) -> Self:
        """Return the leads that somebody found to be none; see ``Lead.is_sorted_out``."""
        return self.filter(stage=Stage.OTHER, other_reason__in=SORTED_OUT_BY_HAND)

    def in_bin(self, actor: Actor) -> Self:
        """Return the leads in the bin that ``actor`` would see outside of it."""
        return self.filter(deleted_at__isnull=False).filter(visible_q(actor, is_alive=False))


class Lead(models.Model):
    """One person (or one signal with contact data) that may become a customer.

    ``score``, ``fit``, ``engagement``, ``grade`` and ``temperature`` are those of the main scoring
    model and are written by scoring alone; ``stage`` mirrors the newest ``StageChange``.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    # Who
    salutation = models.CharField(_("salutation"), max_length=20, blank=True)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    email = models.CharField(_("e-mail"), max_length=320, blank=True)
    is_email_valid = models.BooleanField(_("e-mail is valid"), default=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    is_phone_valid = models.BooleanField(_("phone is valid"), default=True)
    job_title = models.CharField(_("job title"), max_length=150, blank=True)
    company = models.ForeignKey(
        Company,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("company"),
    )
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    website = models.URLField(_("website"), max_length=300, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    tags = models.ManyToManyField("leads.Tag", blank=True, related_name="leads")

    # Where from
    first_channel = models.CharField(_("first channel"), max_length=20, choices=Channel.choices)
    first_channel_at = models.DateTimeField(_("first contact"))
    source_detail = models.CharField(_("source"), max_length=200, blank=True)
    acquisition_type = models.CharField(
        _("acquisition type"), max_length=10, choices=AcquisitionType.choices, blank=True
    )
    referrer = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="referred",
        verbose_name=_("referred by"),
    )
    is_sales_sourced = models.BooleanField(_("found by sales"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    # How far
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices)
    stage_at = models.DateTimeField(_("in stage since"))
    other_reason = models.CharField(
        _("sub-reason"), max_length=20, choices=OtherReason.choices, blank=True
    )
    score = models.SmallIntegerField(_("score"), default=0)
    fit = models.SmallIntegerField(_("fit"), default=0)
    engagement = models.SmallIntegerField(_("engagement"), default=0)
    grade = models.CharField(_("grade"), max_length=2, blank=True)
    temperature = models.CharField(
        _("temperature"), max_length=4, choices=Temperature.choices, default=Temperature.COLD
    )
    last_activity_at = models.DateTimeField(_("last activity"), null=True, blank=True)

    # Who cares for it, and how they want to be treated
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("owner"),
        db_index=False,
    )
    team = models.ForeignKey(
        "accounts.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("team"),
        db_index=False,
    )
    owner_since = models.DateTimeField(null=True, blank=True)
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=20, choices=Channel.choices, blank=True
    )
    paused_until = models.DateTimeField(_("leave in peace until"), null=True, blank=True)

    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))
    version = models.PositiveIntegerField(default=1)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="lead_other_has_reason",
                condition=~Q(stage=Stage.OTHER) | ~Q(other_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="lead_created"),
            # One for each column by which the list is sorted, the key included: a page is read off.
            models.Index(fields=["last_name", "first_name", "id"], name="lead_name"),
            models.Index(fields=["stage", "created_at", "id"], name="lead_stage_created_id"),
            models.Index(fields=["owner", "id"], name="lead_owner_id"),
            models.Index(fields=["last_activity_at", "id"], name="lead_last_activity_oldest"),
            models.Index(
                F("last_activity_at").desc(nulls_last=True),
                F("id").desc(),
                name="lead_last_activity_newest",
            ),
            # A new score is written to each index below; it would be to all others anyway.
            models.Index(fields=["-score", "-id"], name="lead_score"),
            # What is filtered most is counted off its index too, as whose a lead is stands in it.
            _counted("stage", "-score", "-id", name="lead_alive_stage"),
            _counted("first_channel", "created_at", "id", name="lead_alive_channel"),
            _counted("temperature", "score", "id", name="lead_alive_temperature"),
            models.Index(fields=["owner", "stage", "-score"], name="lead_owner_stage"),
            models.Index(fields=["team", "stage"], name="lead_team_stage"),
            models.Index(fields=["country"], name="lead_country"),
            models.Index(
                fields=["deleted_at"], name="lead_in_bin", condition=Q(deleted_at__isnull=False)
            ),
            # Those that count nowhere are taken off what was counted.
            models.Index(
                fields=["other_reason", "id"],
                name="lead_sorted_out",
                condition=Q(deleted_at__isnull=True, stage=Stage.OTHER),
            ),
            GinIndex(fields=["custom"], name="lead_custom", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def full_name(self) -> str:
        """First and last name, or ""."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def display_name(self) -> str:
        """What to call the lead: the first known of name, contact, company, address and handle."""
        known = self.full_name or self.email or self.phone or (self.company and self.company.name)
        return known or self.postal_line or self.handle or str(self.public_id)[:8]

    @property
    def acquisition_label(self) -> str:
        """How the lead was won, in words; by its channel where nobody said."""
        usual = usual_type(self.first_channel, is_sales_sourced=self.is_sales_sourced)
        return str(AcquisitionType(self.acquisition_type or usual).label)

    @property
    def is_sorted_out(self) -> bool:
        """Whether somebody found that this is no lead; who has not confirmed yet may become one."""
        return self.stage == Stage.OTHER and self.other_reason in SORTED_OUT_BY_HAND

    @property
    def channel_label(self) -> str:
        """The first channel in words; Django's own way compares all channels in every row."""
        try:
            return str(Channel(self.first_channel).label)
        except ValueError:
            return self.first_channel

    @property
    def postal_line(self) -> str:
        """The postal address in one line, or "" without a street."""
        town = f"{self.postal_code} {self.city}".strip()
        return ", ".join(part for part in (self.street, town) if part) if self.street else ""

    @cached_property
    def handle(self) -> str:
        """The first chat handle, social profile or foreign id, or ""; a query unless prefetched."""
        known = self.identifiers.all() if self.pk else ()
        return next((item.value for item in known if item.kind in HANDLE_KINDS), "")
