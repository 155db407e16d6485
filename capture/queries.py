"""What the pages of capture show."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, TruncDate

from accounts.actor import Actor
from accounts.rights import LeadScope
from capture.definition import Definition
from capture.models import (
    Campaign,
    Cost,
    Form,
    FormDay,
    FormState,
    Submission,
    SubmissionState,
    Touch,
)
from ground import days
from leads.models import Lead
from leads.stages import SORTED_OUT, Stage

STATISTICS_DAYS = 30
# Beyond this many fields the editor warns; with fewer views than this a rate says nothing.
MANY_FIELDS, ENOUGH_VIEWS = 6, 50


def forms_with_figures(*, as_of: datetime) -> QuerySet[Form]:
    """Return all forms with the views and leads of the last thirty days and the last lead."""
    first = days.day_of(as_of) - timedelta(days=STATISTICS_DAYS - 1)
    views = (
        FormDay.objects.filter(form=OuterRef("pk"), day__gte=first)
        .order_by()
        .values("form")
        .annotate(total=Sum("views"))
        .values("total")
    )
    taken = Submission.objects.filter(form=OuterRef("pk"), state=SubmissionState.PROCESSED)
    recent = taken.filter(received_at__gte=days.start_of(first)).order_by().values("form")
    last = taken.order_by("-received_at").values("received_at")[:1]
    return Form.objects.select_related("published", "campaign").annotate(
        view_count=Coalesce(Subquery(views, output_field=IntegerField()), 0),
        lead_count=Coalesce(Subquery(recent.annotate(total=Count("*")).values("total")), 0),
        last_lead_at=Subquery(last),
    )


def rate(part: int, whole: int) -> float | None:
    """Return a share between 0 and 1, or None where there is nothing to share."""
    return min(1.0, part / whole) if whole else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of a form between two days, and day by day."""

    views: int
    taken: int
    refused: int
    held: int
    days: list[tuple[date, int, int]]

    @property
    def completion(self) -> float | None:
        """Which share of those who saw the form sent it."""
        return rate(self.taken, self.views)


def form_figures(form: Form, *, as_of: datetime, number: int = STATISTICS_DAYS) -> Figures:
    """Return the figures of the last ``number`` days, today included."""
    first = days.day_of(as_of) - timedelta(days=number - 1)
    views = dict(FormDay.objects.filter(form=form, day__gte=first).values_list("day", "views"))
    rows = Submission.objects.filter(form=form, received_at__gte=days.start_of(first))
    states = dict(rows.order_by().values_list("state").annotate(total=Count("*")))
    taken = dict(
        rows.filter(state=SubmissionState.PROCESSED)
        .order_by()
        .annotate(day=TruncDate("received_at", tzinfo=days.zone()))
        .values_list("day")
        .annotate(total=Count("*"))
    )
    calendar = [first + timedelta(days=ahead) for ahead in range(number)]
    return Figures(
        views=sum(views.values()),
        taken=states.get(SubmissionState.PROCESSED, 0),
        refused=states.get(SubmissionState.INVALID, 0),
        held=states.get(SubmissionState.QUARANTINED, 0) + states.get(SubmissionState.THROTTLED, 0),
        days=[(day, views.get(day, 0), taken.get(day, 0)) for day in calendar],
    )


def completion_by_size(*, as_of: datetime) -> list[tuple[int, float]]:
    """Return the measured completion rate by number of fields, over all forms shown enough."""
    sums: dict[int, list[int]] = {}
    forms = forms_with_figures(as_of=as_of).exclude(state=FormState.DRAFT)
    for form in forms.filter(published__isnull=False):
        assert form.published is not None
        size = len(Definition.from_json(form.published.definition).asked)
        totals = sums.setdefault(size, [0, 0])
        totals[0] += form.lead_count  # type: ignore[attr-defined]
        totals[1] += form.view_count  # type: ignore[attr-defined]
    return [
        (size, min(1.0, taken / views))
        for size, (taken, views) in sorted(sums.items())
        if views >= ENOUGH_VIEWS
    ]


def campaigns_with_figures(actor: Actor) -> QuerySet[Campaign]:
    """Return all campaigns with their cost so far and the leads that a touch credits to them.

    Of these ``actor`` counts those that they may see and that were not sorted out.
    """
    cost = (
        Cost.objects.filter(campaign=OuterRef("pk"))
        .order_by()
        .values("campaign")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    return Campaign.objects.annotate(cost_total=Subquery(cost), lead_count=_credited(actor))


def _credited(actor: Actor) -> CombinedExpression | Coalesce:
    """Return the count of the leads of a campaign.

    Who sees all of them gets all touches less those of the few leads that do not count: read off
    two indexes instead of a join of every touch with its lead.
    """
    counted = Lead.objects.visible_to(actor).exclude(stage=Stage.OTHER, other_reason__in=SORTED_OUT)
    if actor.lead_scope != LeadScope.ALL:
        return _leads_touched(Q(lead__in=counted))
    binned = Lead.objects.filter(deleted_at__isnull=False)
    sorted_out = Lead.objects.filter(
        deleted_at=None, stage=Stage.OTHER, other_reason__in=SORTED_OUT
    )
    return (
        _leads_touched(Q())
        - _leads_touched(Q(lead__in=binned))
        - _leads_touched(Q(lead__in=sorted_out))
    )


def _leads_touched(which: Q) -> Coalesce:
    touches = Touch.objects.filter(which, campaign=OuterRef("pk")).order_by().values("campaign")
    total = touches.annotate(total=Count("lead", distinct=True)).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)
