"""What the pages of the content library show."""

from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from capture.content.models import Content, Download
from capture.models import Form, FormDay
from capture.queries import STATISTICS_DAYS
from ground import days


def contents_with_figures(*, as_of: datetime) -> QuerySet[Content]:
    """Return what is in the library with how often it was fetched in the last thirty days."""
    since = days.start_of(days.day_of(as_of) - timedelta(days=STATISTICS_DAYS - 1))
    recent = (
        Download.objects.filter(content=OuterRef("pk"), occurred_at__gte=since)
        .order_by()
        .values("content")
        .annotate(total=Count("pk"))
        .values("total")
    )
    return (
        Content.objects.filter(is_archived=False)
        .select_related("file")
        .defer("file__data")
        .annotate(download_count=Coalesce(Subquery(recent), 0))
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
