import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from leads.models import Episode, Lead
from leads.models.lead import visible_q


class DealStage(models.TextChoices):
    """How far a deal has come; the order is that of the board."""

    NEW = "new", _("New")
    MEETING = "meeting", _("Meeting")
    PROPOSAL = "proposal", _("Proposal")
    NEGOTIATION = "negotiation", _("Negotiation")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


OPEN_STAGES = (
    DealStage.NEW,
    DealStage.MEETING,
    DealStage.PROPOSAL,
    DealStage.NEGOTIATION,
)


class LostReason(models.TextChoices):
    """Why a deal was lost."""

    PRICE = "price", _("Price")
    COMPETITOR = "competitor", _("Competitor")
    TIMING = "timing", _("Wrong time")
    NO_NEED = "no_need", _("No need")
    NO_BUDGET = "no_budget", _("No budget")
    NO_ANSWER = "no_answer", _("No answer any more")
    DELIVERY = "delivery", _("Delivery time")
    OTHER = "other", _("Something else")


class Currency(models.TextChoices):
    """The currencies of deals."""

    EUR = "EUR", "EUR"
    CHF = "CHF", "CHF"
    USD = "USD", "USD"
    GBP = "GBP", "GBP"


class OpportunityQuerySet(models.QuerySet["Opportunity"]):
    """Questions about deals."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the deals of the leads that ``actor`` may see."""
        if not actor.may(Right.DEALS_READ):
            return self.none()
        return self.filter(visible_q(actor, "lead__"))

    def open(self) -> Self:
        """Return those that are neither won nor lost."""
        return self.filter(stage__in=OPEN_STAGES)

    def won(self) -> Self:
        """Return those that were won."""
        return self.filter(stage=DealStage.WON)


class Opportunity(models.Model):
    """A deal that sales works on with one lead; called *deal* on the pages.

    ``price_tolerance`` and ``delivery_tolerance`` say in words how far the lead would go
    (source 001).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="opportunities")
    episode = models.ForeignKey(Episode, models.CASCADE, related_name="opportunities")
    name = models.CharField(_("name"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="opportunities",
        verbose_name=_("owner"),
    )
    stage = models.CharField(
        _("stage"), max_length=12, choices=DealStage.choices, default=DealStage.NEW
    )
    stage_at = models.DateTimeField(_("in stage since"))
    amount = models.DecimalField(
        _("amount"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(
        _("currency"), max_length=3, choices=Currency.choices, default=Currency.EUR
    )
    closes_on = models.DateField(_("expected on"), null=True, blank=True)
    offer_sent_at = models.DateTimeField(_("offer sent"), null=True, blank=True)
    won_at = models.DateTimeField(_("won on"), null=True, blank=True)
    lost_at = models.DateTimeField(_("lost on"), null=True, blank=True)
    lost_reason = models.CharField(
        _("why lost"), max_length=12, choices=LostReason.choices, blank=True
    )
    lost_text = models.CharField(_("in your words"), max_length=500, blank=True)
    price_tolerance = models.CharField(_("price tolerance"), max_length=500, blank=True)
    delivery_tolerance = models.CharField(_("delivery tolerance"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="opportunity_won_has_date_and_value",
                condition=~Q(stage=DealStage.WON) | Q(won_at__isnull=False, amount__isnull=False),
            ),
            models.CheckConstraint(
                name="opportunity_lost_has_date_and_reason",
                condition=~Q(stage=DealStage.LOST)
                | (Q(lost_at__isnull=False) & ~Q(lost_reason="")),
            ),
            models.CheckConstraint(
                name="opportunity_amount_not_negative",
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
            ),
        ]
        indexes = [
            models.Index(fields=["stage", "-stage_at"], name="opportunity_stage"),
            models.Index(fields=["owner", "stage"], name="opportunity_owner"),
            models.Index(fields=["lead", "stage"], name="opportunity_lead"),
            models.Index(fields=["won_at"], name="opportunity_won", condition=Q(stage="won")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether it is neither won nor lost."""
        return self.stage in OPEN_STAGES
