"""What each social network brought: signals first, then leads, MQLs and customers."""

from dataclasses import dataclass

from django.db.models import Count

from accounts.actor import Actor
from capture.activities import NETWORKS
from capture.connectors.social import Signal
from reports.funnel import count_sources
from reports.period import Period


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One network in a period; signals are no leads and are counted apart."""

    network: str
    label: str
    signals: int
    people: int
    leads: int
    mql: int
    customers: int


def count_networks(period: Period, *, actor: Actor) -> list[NetworkRow]:
    """Count for each network the signals of ``period`` and what became of its leads."""
    rows = Signal.objects.filter(occurred_at__gte=period.start, occurred_at__lt=period.end)
    counted = rows.order_by().values("profile__network")
    totals = {
        row["profile__network"]: (row["total"], row["people"])
        for row in counted.annotate(total=Count("pk"), people=Count("profile", distinct=True))
    }
    sources = {row.channel: row for row in count_sources(period, actor=actor)}
    found = []
    for network, label in NETWORKS:
        signals, people = totals.get(network, (0, 0))
        row = sources.get(network)
        figures = (row.leads, row.mql, row.customers) if row else (0, 0, 0)
        found.append(NetworkRow(network, str(label), signals, people, *figures))
    return found
