"""What must be true before a lead may enter a stage of sales, whatever door is used."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from ground.errors import DomainError
from handoff.activities import LEAD_REFERRED, PROMOTER_SCORE, SATISFACTION_GIVEN
from handoff.models import (
    Call,
    CallOutcome,
    DealStage,
    Handoff,
    Meeting,
    MeetingState,
    Opportunity,
)
from handoff.queries import accepted_q
from leads.gates import register_gate
from leads.models import Activity, Lead
from leads.stages import Stage

_BOUGHT = (Stage.CUSTOMER, Stage.PROMOTER)


def sql_gate(lead_ids: Sequence[int], by: Actor, as_of: datetime, reason: str) -> None:
    """Let leads become SQL that sales accepted in this episode, or found by itself.

    Raises ``DomainError`` with code ``not_accepted``.
    """
    if not _accepted(lead_ids, by).issuperset(lead_ids):
        raise DomainError(
            "not_accepted", _("Only sales can make an SQL, by accepting the hand-over.")
        )


def opportunity_gate(lead_ids: Sequence[int], by: Actor, as_of: datetime, reason: str) -> None:
    """Let leads of sales become opportunities after a talk or an offer, or by exception.

    Sales has a lead that it accepted, that is SQL or a customer, or whose deal is open again; the
    exception is written into ``reason``. A talk is a call in which the lead was reached or a
    meeting that took place, in this episode or, for a customer's new interest, since the lead
    became a customer. Raises ``DomainError`` (``not_accepted``, ``follow_up_missing``).
    """
    _refuse_unaccepted(lead_ids, by)
    if reason.strip():
        return
    since = Case(
        When(lead__stage__in=_BOUGHT, then=F("lead__stage_at")),
        default=F("lead__episodes__opened_at"),
    )
    talked = Call.objects.filter(
        lead__episodes__closed_at=None,
        lead__in=lead_ids,
        outcome=CallOutcome.REACHED,
        at__gte=since,
    )
    met = Meeting.objects.filter(
        lead__episodes__closed_at=None,
        lead__in=lead_ids,
        state=MeetingState.HELD,
        starts_at__gte=since,
    )
    offered = Opportunity.objects.open().filter(
        lead__in=lead_ids, episode__closed_at=None, offer_sent_at__isnull=False
    )
    ways = (talked, met, offered)
    passed = {lead_id for way in ways for lead_id in way.values_list("lead_id", flat=True)}
    if not passed.issuperset(lead_ids):
        raise DomainError(
            "follow_up_missing",
            _("Log a follow-up call or a sent offer first, or write why it is an exception."),
            field="reason",
        )


def customer_gate(lead_ids: Sequence[int], by: Actor, as_of: datetime, reason: str) -> None:
    """Let leads become customers that have bought.

    That is with a deal won in the episode that is open, as a promoter, or again: when a customer's
    new deal was lost. Raises ``DomainError`` (``deal_missing``).
    """
    if not _customers(lead_ids).issuperset(lead_ids):
        raise DomainError("deal_missing", _("A lead becomes a customer by a deal that is won."))


def promoter_gate(lead_ids: Sequence[int], by: Actor, as_of: datetime, reason: str) -> None:
    """Let customers become promoters that recommended somebody, or said that they would.

    Raises ``DomainError`` (``deal_missing``, ``recommendation_missing``).
    """
    buyers = Lead.objects.filter(pk__in=lead_ids, stage=Stage.CUSTOMER)
    bought = set(buyers.values_list("pk", flat=True))
    customer_gate([pk for pk in lead_ids if pk not in bought], by, as_of, reason)
    said = Activity.objects.filter(
        Q(kind=LEAD_REFERRED) | Q(kind=SATISFACTION_GIVEN, data__score__gte=PROMOTER_SCORE),
        lead__in=lead_ids,
    )
    if not set(said.values_list("lead_id", flat=True)).issuperset(lead_ids):
        raise DomainError(
            "recommendation_missing",
            _("Note a recommendation first, or an answer of %(score)s or more.")
            % {"score": PROMOTER_SCORE},
        )


def _accepted(lead_ids: Sequence[int], by: Actor) -> set[int]:
    """Return which leads sales accepted in this episode, or ``by`` found and works on."""
    handoffs = Handoff.objects.filter(accepted_q(), lead__in=lead_ids)
    accepted = set(handoffs.values_list("lead_id", flat=True))
    if by.user_id is not None:
        own = Lead.objects.filter(pk__in=lead_ids, is_sales_sourced=True, owner_id=by.user_id)
        accepted |= set(own.values_list("pk", flat=True))
    return accepted


def _refuse_unaccepted(lead_ids: Sequence[int], by: Actor) -> None:
    deals = Opportunity.objects.open().filter(lead=OuterRef("pk"))
    with_sales = Lead.objects.filter(
        Q(stage__in=(Stage.SQL, *_BOUGHT)) | Exists(deals), pk__in=lead_ids
    )
    accepted = {*with_sales.values_list("pk", flat=True), *_accepted(lead_ids, by)}
    if not accepted.issuperset(lead_ids):
        raise DomainError("not_accepted", _("Sales must accept the lead first."))


def _customers(lead_ids: Sequence[int]) -> set[int]:
    deals = Opportunity.objects.filter(lead=OuterRef("pk"))
    # Closed in this episode, whenever they were opened: an older deal can be reopened and won.
    present = deals.filter(
        lead__episodes__closed_at=None, stage_at__gte=F("lead__episodes__opened_at")
    )
    is_lost_again = Q(
        Exists(deals.won()) & Exists(present.filter(stage=DealStage.LOST)) & ~Exists(deals.open()),
        stage=Stage.OPPORTUNITY,
    )
    bought = Lead.objects.filter(
        Q(Exists(present.won())) | Q(stage=Stage.PROMOTER) | is_lost_again, pk__in=lead_ids
    )
    return set(bought.values_list("pk", flat=True))


def _promoter_says() -> str:
    return gettext(
        "The lead is a customer and recommended somebody, or answered {score} or more when asked"
        " how likely that is."
    ).format(score=PROMOTER_SCORE)


register_gate(
    Stage.SQL,
    sql_gate,
    _("Sales accepted the hand-over, or found the lead by itself and works on it."),
)
register_gate(
    Stage.OPPORTUNITY,
    opportunity_gate,
    _(
        "Sales reached the lead by phone, met it or sent an offer; otherwise it is written down why"
        " this is an exception."
    ),
)
register_gate(Stage.CUSTOMER, customer_gate, _("A deal with the lead is won."))
register_gate(Stage.PROMOTER, promoter_gate, _promoter_says)
