import hmac
import os
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from leadcrm import vitals
from nurturing.sources import open_alarms

_LOOPBACK = ("127.0.0.1", "::1")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether everything answers and nothing is late."""
    parts = vitals.readiness(timezone.now())
    is_ready = all(is_well is True for is_well in parts.values())
    return JsonResponse(parts, status=200 if is_ready else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give Prometheus its figures: to this machine, or for the token."""
    if not _may_read_metrics(request):
        return HttpResponse(status=404)
    registry: CollectorRegistry = REGISTRY
    text = b""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = generate_latest(registry) + generate_latest(_Vitals())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # SECURITY: behind a proxy on the same machine every visitor comes from loopback.
    is_direct = not settings.TRUSTED_PROXIES and "X-Forwarded-For" not in request.headers
    return is_direct and request.META["REMOTE_ADDR"] in _LOOPBACK


class _Vitals(Collector):
    """The figures of the installation, read when they are asked for."""

    def collect(self) -> Iterator[Metric]:
        """Yield one family after the other."""
        as_of = timezone.now()
        there = vitals.is_database_there()
        yield GaugeMetricFamily("leadcrm_database_up", "The database answers.", value=there)
        yield GaugeMetricFamily("leadcrm_redis_up", "Redis answers.", value=vitals.is_redis_there())
        yield GaugeMetricFamily(
            "leadcrm_disk_used_ratio", "Used part of the disk.", value=vitals.disk_use()
        )
        count, age = vitals.spooled(as_of)
        yield GaugeMetricFamily("leadcrm_spool_files", "Spooled submissions.", value=count)
        yield GaugeMetricFamily(
            "leadcrm_spool_oldest_seconds", "Age of the oldest.", value=age.total_seconds()
        )
        if not there:
            return
        yield GaugeMetricFamily(
            "leadcrm_clock_offset_seconds",
            "How far the clock of this machine is ahead of the database's.",
            value=vitals.clock_offset().total_seconds(),
        )
        due = GaugeMetricFamily("leadcrm_queue_due", "Due rows.", labels=["queue"])
        oldest = GaugeMetricFamily(
            "leadcrm_queue_oldest_seconds", "Age of the oldest due row.", labels=["queue"]
        )
        stuck = GaugeMetricFamily("leadcrm_queue_quarantined", "Rows set aside.", labels=["queue"])
        for queue in vitals.queue_states(as_of):
            due.add_metric([queue.name], queue.due)
            oldest.add_metric([queue.name], queue.age(as_of).total_seconds())
            stuck.add_metric([queue.name], queue.quarantined)
        yield from (due, oldest, stuck)
        yield GaugeMetricFamily(
            "leadcrm_bounce_alarms",
            "Alarms about mails that came back, which nobody has looked at.",
            value=len(open_alarms()),
        )
        age_of = GaugeMetricFamily(
            "leadcrm_tick_age_seconds", "Time since the tick last started.", labels=["tick"]
        )
        for tick in vitals.tick_states():
            if tick.started_at:
                age_of.add_metric([tick.name], (as_of - tick.started_at).total_seconds())
        yield age_of
