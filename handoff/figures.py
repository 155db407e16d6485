"""How sales keeps the agreement, and whether the leads are shared fairly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q

from accounts.actor import Actor
from accounts.models import User
from accounts.rights import LeadScope, Role
from handoff.models import Handoff, HandoffOrigin, HandoffState, RejectReason
from handoff.queue import WITH_SALES
from leads.models import Lead

DAYS = 30
# Nobody waited for these: the rep took them on.
_OWN = (HandoffOrigin.SELF_SOURCED, HandoffOrigin.CLAIMED)


@dataclass(frozen=True, slots=True)
class RepFigures:
    """The figures of one rep; those of the last ``DAYS`` days unless said otherwise.

    ``in_work`` and ``waiting`` are of now. ``got`` counts hand-overs, ``new`` leads that the rep
    became owner of, ``self_sourced`` those among them that sales found.
    """

    person: User
    in_work: int
    waiting: int
    overdue: int
    got: int
    accepted: int
    in_time: int
    rejected: int
    too_early: int
    new: int
    self_sourced: int

    @property
    def in_time_share(self) -> float | None:
        """The share of accepted hand-overs that were accepted in time."""
        return self.in_time / self.accepted if self.accepted else None

    @property
    def self_sourced_share(self) -> float | None:
        """The share of new leads that sales found by itself."""
        return self.self_sourced / self.new if self.new else None


def rep_figures(actor: Actor, *, as_of: datetime) -> list[RepFigures]:
    """Return the figures of every rep whom ``actor`` leads; two queries and the people."""
    people = _people(actor)
    since = as_of - timedelta(days=DAYS)
    handoffs = _handoffs(people, since)
    leads = _leads(people, since)
    return [
        RepFigures(person, **_counts(handoffs, person, _HANDOFFS), **_counts(leads, person, _LEADS))
        for person in people
    ]


_HANDOFFS = ("waiting", "overdue", "got", "accepted", "in_time", "rejected", "too_early")
_LEADS = ("in_work", "new", "self_sourced")


def _people(actor: Actor) -> list[User]:
    reps = User.objects.filter(is_active=True, role=Role.SALES_REP).order_by("name", "pk")
    if actor.lead_scope == LeadScope.ALL:
        return list(reps)
    return [] if actor.team_id is None else list(reps.filter(team_id=actor.team_id))


def _handoffs(people: Sequence[User], since: datetime) -> dict[int, Any]:
    recent = Q(offered_at__gte=since) & ~Q(origin__in=_OWN)
    accepted = recent & Q(accepted_at__isnull=False)
    rejected = Q(state=HandoffState.REJECTED, rejected_at__gte=since)
    is_open = Q(state=HandoffState.OFFERED)
    rows = (
        Handoff.objects.filter(to_user__in=people)
        .filter(is_open | Q(offered_at__gte=since) | rejected)
        .order_by()
        .values("to_user_id")
        .annotate(
            waiting=Count("pk", filter=is_open),
            overdue=Count("pk", filter=is_open & Q(escalated_at__isnull=False)),
            got=Count("pk", filter=recent),
            accepted=Count("pk", filter=accepted),
            in_time=Count("pk", filter=accepted & Q(accepted_at__lte=F("due_at"))),
            rejected=Count("pk", filter=rejected),
            too_early=Count("pk", filter=rejected & Q(reject_reason=RejectReason.TOO_EARLY)),
        )
    )
    return {row["to_user_id"]: row for row in rows}


def _leads(people: Sequence[User], since: datetime) -> dict[int, Any]:
    new = Q(owner_since__gte=since)
    rows = (
        Lead.objects.alive()
        .filter(owner__in=people)
        .order_by()
        .values("owner_id")
        .annotate(
            in_work=Count("pk", filter=Q(stage__in=WITH_SALES)),
            new=Count("pk", filter=new),
            self_sourced=Count("pk", filter=new & Q(is_sales_sourced=True)),
        )
    )
    return {row["owner_id"]: row for row in rows}


def _counts(rows: dict[int, Any], person: User, names: Sequence[str]) -> dict[str, int]:
    row = rows.get(person.pk, {})
    return {name: row.get(name, 0) for name in names}
