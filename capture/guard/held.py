"""How much waits for somebody to say that it is no spam."""

from dataclasses import dataclass, field
from math import inf
from time import monotonic

from django.db.models import Count

from capture.connectors.models import Connection, EventState, HookEvent
from capture.models.submissions import Submission

KEPT_SECONDS = 60
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Held:
    """Held submissions, and connections with how much of theirs is held."""

    submissions: int = 0
    connections: list[tuple[Connection, int]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Everything that is held."""
        return self.submissions + sum(count for _connection, count in self.connections)


def held_now() -> Held:
    """Return how much is held; two queries."""
    rows = Connection.objects.filter(events__state=EventState.HELD)
    counted = rows.annotate(held_count=Count("events")).order_by("name")
    return Held(
        Submission.objects.held().count(),
        [(row, row.held_count) for row in counted],
    )


class _Known:
    """How much was held when this process looked last."""

    def __init__(self) -> None:
        self.count = 0
        self.holds_until = 0.0


_known = _Known()


def known_count() -> int:
    """Return how much is held, at most a minute old: the menu shows it on every page."""
    if monotonic() >= _known.holds_until:
        events = HookEvent.objects.filter(state=EventState.HELD).order_by().values("public_id")
        submissions = Submission.objects.held().order_by().values("pk")
        assume(submissions.union(events, all=True)[:MOST_COUNTED].count(), KEPT_SECONDS)
    return _known.count


def assume(count: int, seconds: float = inf) -> None:
    """Take ``count`` for what is held, for so long."""
    _known.count, _known.holds_until = count, monotonic() + seconds
