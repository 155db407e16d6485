"""What sales finds out about leads, against which scoring versions are tried."""

from django.db.models import Case, OuterRef, QuerySet, Subquery, When
from django.utils.translation import gettext_lazy as _

from accounts.rights import Right
from handoff.models import Opportunity, Verdict, VerdictValue
from scoring.backtest.outcomes import Outcome, Rows, register_outcome


def won_deals() -> Rows:
    """Return the deals that were won: the lead and when."""
    return Opportunity.objects.won().order_by().values_list("lead_id", "won_at")


def won_amounts() -> Rows:
    """Return the deals that were won: the lead, when, how much and in which currency."""
    return won_deals().values_list("lead_id", "won_at", "amount", "currency")


def good_verdicts() -> Rows:
    """Return the leads that sales found good after contact, and when.

    The newest verdict of a lead is what holds; an earlier one that was taken back does not count.
    """
    return _held_verdicts().filter(value=VerdictValue.GOOD).values_list("lead_id", "at")


def judged_leads() -> Rows:
    """Return the verdicts that hold: the lead, when, the score beside it, and whether it was good.

    Who is not sure yet has not judged.
    """
    sure = _held_verdicts().exclude(value=VerdictValue.UNSURE)
    is_good = Case(When(value=VerdictValue.GOOD, then=True), default=False)
    return sure.annotate(is_good=is_good).values_list("lead_id", "at", "score", "is_good")


def _held_verdicts() -> QuerySet[Verdict]:
    newest = Verdict.objects.filter(lead=OuterRef("lead")).order_by("-at", "-pk").values("pk")
    alive = Verdict.objects.filter(lead__deleted_at=None)
    return alive.filter(pk=Subquery(newest[:1])).order_by()


register_outcome(
    Outcome("verdict", _("found good by sales after contact"), good_verdicts, judged=judged_leads)
)
register_outcome(
    Outcome("won", _("won a deal"), won_deals, amounts=won_amounts, right=Right.DEALS_READ)
)
