"""What the pages of connectors show."""

from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from capture.connectors.models import Connection, EventState, HookEvent
from capture.connectors.social import Signal, SocialProfile
from capture.queries import STATISTICS_DAYS
from ground import days


def connections_with_figures(*, as_of: datetime) -> QuerySet[Connection]:
    """Return all connections with the leads of the last thirty days and what is to be looked at."""
    first = days.start_of(days.day_of(as_of) - timedelta(days=STATISTICS_DAYS - 1))
    events = HookEvent.objects.filter(connection=OuterRef("pk"))
    taken = events.filter(state=EventState.PROCESSED, received_at__gte=first)
    failed = events.filter(state__in=(EventState.FAILED, EventState.HELD))
    return Connection.objects.select_related("campaign", "event").annotate(
        lead_count=_count(taken),
        failed_count=_count(failed),
        last_at=Subquery(events.order_by("-received_at").values("received_at")[:1]),
    )


def _count(rows: QuerySet[HookEvent]) -> Coalesce:
    counted = rows.order_by().values("connection").annotate(total=Count("*")).values("total")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def profiles_with_signals() -> QuerySet[SocialProfile]:
    """Return the people on networks with the number of their signals and the newest text."""
    newest = Signal.objects.filter(profile=OuterRef("pk")).order_by("-occurred_at")
    return SocialProfile.objects.annotate(
        signal_count=Count("signals"),
        last_kind=Subquery(newest.values("kind")[:1]),
        last_text=Subquery(newest.values("text")[:1]),
    )
