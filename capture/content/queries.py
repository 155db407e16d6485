"""What the pages of the content library show."""

from datetime import date, datetime, timedelta

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Least, NullIf

from accounts.actor import Actor
from capture.content.models import Content, Download
from capture.models import Form, FormDay
from capture.queries import STATISTICS_DAYS
from ground import days
from leads.models import StageChange
from leads.models.lead import visible_q
from leads.stages import FUNNEL, RANK, Stage


def contents_with_figures(actor: Actor, *, as_of: datetime) -> QuerySet[Content]:
    """Return what is in the library with how often it was fetched in the last thirty days.

    ``shown_count`` is how often the forms that give it away were shown in that time and
    ``conversion`` the share of them that led to a download, None without any. ``lead_count`` are
    the leads that ever fetched it and that ``actor`` may see, ``mql_count`` and ``customer_count``
    those of them who reached that afterwards.
    """
    since = days.start_of(days.day_of(as_of) - timedelta(days=STATISTICS_DAYS - 1))
    fetched = Download.objects.filter(content=OuterRef("pk"))
    by_leads = fetched.filter(visible_q(actor, "lead__"), lead__isnull=False)
    share = Cast("download_count", FloatField()) / Cast(NullIf("shown_count", 0), FloatField())
    return (
        Content.objects.filter(is_archived=False)
        .select_related("file")
        .defer("file__data")
        .annotate(
            download_count=_counted(fetched.filter(occurred_at__gte=since), Count("pk")),
            shown_count=_shown(days.day_of(since)),
            lead_count=_counted(by_leads, _LEADS),
            mql_count=_counted(by_leads.filter(Exists(_reached(Stage.MQL))), _LEADS),
            customer_count=_counted(by_leads.filter(Exists(_reached(Stage.CUSTOMER))), _LEADS),
        )
        .annotate(
            # Least passes over NULL, which a share of nothing is.
            conversion=Case(When(shown_count__gt=0, then=Least(share, 1.0)), default=None)
        )
    )


_LEADS = Count("lead", distinct=True)


def _counted(rows: QuerySet[Download], count: Count) -> Coalesce:
    total = rows.order_by().values("content").annotate(total=count).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


def _shown(first: date) -> Coalesce:
    """Return how often the forms that give a piece of content away were shown since ``first``."""
    rows = (
        FormDay.objects.filter(day__gte=first)
        .annotate(gives=KeyTextTransform("content", "form__published__definition"))
        .filter(gives=Cast(OuterRef("public_id"), CharField()))
        .order_by()
        .values("gives")
    )
    total = rows.annotate(total=Sum("views")).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


def _reached(stage: Stage) -> QuerySet[StageChange]:
    """Return the changes by which who fetched something reached ``stage`` afterwards."""
    return StageChange.objects.filter(
        lead=OuterRef("lead"), at__gte=OuterRef("occurred_at"), to_stage__in=FUNNEL[RANK[stage] :]
    )


def times_offered(content: Content, *, as_of: datetime) -> int:
    """Return how often the forms that give this away were shown in the last thirty days."""
    first = days.day_of(as_of) - timedelta(days=STATISTICS_DAYS - 1)
    key = str(content.public_id)
    forms = Form.objects.filter(Q(published__definition__content=key))
    shown = FormDay.objects.filter(form__in=forms, day__gte=first)
    return int(shown.aggregate(total=Sum("views"))["total"] or 0)


def fetchers(content: Content, *, as_of: datetime) -> int:
    """Return how many submissions of the last thirty days led to a download."""
    since = days.start_of(days.day_of(as_of) - timedelta(days=STATISTICS_DAYS - 1))
    return Download.objects.filter(content=content, occurred_at__gte=since).count()
