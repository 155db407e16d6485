"""What each network brings: signals, clicks, leads, MQLs, customers."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from accounts.actor import Actor
from capture.activities import NETWORKS
from capture.models import LinkDay, Network, Post, Signal
from leads.stages import Channel
from reports.funnel import count_sources
from reports.period import Period

# Signals and people of a network that sends none.
NOTHING = (None, None)


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """What one network brought; ``signals`` and ``people`` are None where it sends none."""

    network: str
    label: str
    signals: int | None
    people: int | None
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
    signals = _signals(period)
    published = Post.objects.filter(published_at__gte=period.start, published_at__lt=period.end)
    posts = dict(published.order_by().values_list("network").annotate(Count("pk")))
    days = LinkDay.objects.filter(day__gte=period.first, day__lte=period.last).order_by()
    clicks = dict(days.values_list("link__post__network").annotate(Sum("clicks")))
    rows = []
    for network in Network:
        sent = signals.get(network.value, NOTHING)
        row = leads.get(network.value)
        rows.append(
            NetworkRow(
                network.value,
                str(network.label),
                signals=sent[0],
                people=sent[1],
                posts=posts.get(network.value, 0),
                clicks=clicks.get(network.value, 0),
                leads=row.leads if row else 0,
                mql=row.mql if row else 0,
                customers=row.customers if row else 0,
            )
        )
    return sorted(rows, key=lambda row: (-row.customers, -row.mql, -row.leads, -row.clicks))


def _signals(period: Period) -> dict[str, tuple[int | None, int | None]]:
    """Return the signals and the people behind them, by each network that sends some."""
    rows = Signal.objects.filter(occurred_at__gte=period.start, occurred_at__lt=period.end)
    counted = rows.order_by().values_list("profile__network")
    totals = counted.annotate(total=Count("pk"), people=Count("profile", distinct=True))
    found: dict[str, tuple[int | None, int | None]] = {name: (0, 0) for name, _l in NETWORKS}
    return found | {network: (total, people) for network, total, people in totals}
