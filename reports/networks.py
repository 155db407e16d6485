"""What each network brings: signals, clicks, leads, MQLs, customers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Sum

from accounts.actor import Actor
from capture.models import LinkDay, Network, Post
from leads.stages import Channel
from reports.funnel import count_sources
from reports.period import Period

# By network; only of those that are connected.
Signals = Callable[[Period, Actor], Mapping[str, int]]
_sources: list[Signals] = []


def register_signals(count: Signals) -> None:
    """Have the report count, by network, the signals that ``count`` knows of in a period."""
    _sources.append(count)


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """What one network brought; ``signals`` is None where none of its kind is connected."""

    network: str
    label: str
    signals: int | None
    posts: int
    clicks: int
    leads: int
    mql: int
    customers: int

    @property
    def is_channel(self) -> bool:
        """Whether leads can have it as their channel, so that they can be listed."""
        return self.network in Channel.values


def count_networks(period: Period, *, actor: Actor) -> list[NetworkRow]:
    """Count what each network brought in ``period``, the one with most customers first.

    Leads are those whose channel it is, as in the report of sources; clicks those of people on
    short links, on the days of the period; posts those that were published in it.
    """
    leads = {row.channel: row for row in count_sources(period, actor=actor)}
    signals = _signals(period, actor)
    published = Post.objects.filter(published_at__gte=period.start, published_at__lt=period.end)
    posts = dict(published.order_by().values_list("network").annotate(Count("pk")))
    days = LinkDay.objects.filter(day__gte=period.first, day__lte=period.last).order_by()
    clicks = dict(days.values_list("link__post__network").annotate(Sum("clicks")))
    rows = [
        NetworkRow(
            network.value,
            str(network.label),
            signals.get(network.value),
            posts.get(network.value, 0),
            clicks.get(network.value, 0),
            row.leads if (row := leads.get(network.value)) else 0,
            row.mql if row else 0,
            row.customers if row else 0,
        )
        for network in Network
    ]
    return sorted(rows, key=lambda row: (-row.customers, -row.mql, -row.leads, -row.clicks))


def _signals(period: Period, actor: Actor) -> dict[str, int]:
    totals: dict[str, int] = {}
    for count in _sources:
        for network, number in count(period, actor).items():
            totals[network] = totals.get(network, 0) + number
    return totals
