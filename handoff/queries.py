"""Questions about hand-over that more than one action or page asks."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import User
from accounts.rights import Role
from ground import days
from handoff.authority import MANAGING_ROLES
from handoff.models import Absence, Agreement, Handoff, HandoffState
from leads.models import Lead
from leads.stages import Stage

# Leads in these stages keep a rep busy.
BUSY_STAGES = (Stage.MQL, Stage.SQL, Stage.OPPORTUNITY)


def agreement_in_force() -> Agreement:
    """Return the active agreement, or one with the usual values while none was made."""
    found = Agreement.objects.filter(is_active=True).first()
    return found or Agreement(version=0, time_zone=str(days.zone()), created_at=timezone.now())


def is_at_work(as_of: datetime) -> bool:
    """Say whether it is working time by the agreement in force."""
    return agreement_in_force().hours.is_open(as_of)


def absences(as_of: datetime) -> dict[int, Absence]:
    """Return who is away at ``as_of``, by the id of the person; the longest absence counts."""
    day = days.day_of(as_of)
    rows = Absence.objects.filter(from_on__lte=day, until_on__gte=day).order_by("until_on")
    return {row.user_id: row for row in rows.select_related("user", "deputy")}


def reps_by_team(team_ids: Collection[int]) -> dict[int, list[User]]:
    """Return the people of each team to whom leads can be handed, in a fixed order."""
    teams: dict[int, list[User]] = {team_id: [] for team_id in team_ids}
    people = User.objects.filter(team__in=teams, is_active=True, role=Role.SALES_REP)
    for person in people.order_by("pk"):
        assert person.team_id is not None
        teams[person.team_id].append(person)
    return teams


def managers_of(team_ids: Iterable[int | None]) -> dict[int, list[User]]:
    """Return the managers of each team."""
    teams: dict[int, list[User]] = {team_id: [] for team_id in team_ids if team_id is not None}
    people = User.objects.filter(team__in=teams, is_active=True, role__in=MANAGING_ROLES)
    for person in people.order_by("pk"):
        assert person.team_id is not None
        teams[person.team_id].append(person)
    return teams


def loads(user_ids: Collection[int]) -> Mapping[int, int]:
    """Return how many leads each person works on now."""
    rows = (
        Lead.objects.alive()
        .filter(owner__in=user_ids, stage__in=BUSY_STAGES)
        .order_by()
        .values("owner_id")
        .annotate(number=Count("pk"))
    )
    counted = {row["owner_id"]: row["number"] for row in rows}
    return {user_id: counted.get(user_id, 0) for user_id in user_ids}


def newest_handoffs(lead_ids: Collection[int]) -> dict[int, Handoff]:
    """Return the newest hand-over of each lead that has one."""
    return {row.lead_id: row for row in newest_handoffs_of(lead_ids)}


def newest_handoffs_of(lead_ids: Collection[int]) -> QuerySet[Handoff]:
    """Return the newest hand-overs of leads, one a lead at most."""
    return (
        Handoff.objects.filter(lead__in=lead_ids)
        .select_related("to_user", "to_team", "answered_by")
        .order_by("lead_id", "-offered_at", "-pk")
        .distinct("lead_id")
    )


def accepted_q() -> Q:
    """Return the condition for hand-overs that sales accepted in the episode that is open."""
    return Q(state=HandoffState.ACCEPTED, episode__closed_at=None)


def lock_visible(lead_ids: Collection[int], *, by: Actor) -> list[Lead]:
    """Return the leads that ``by`` may see, with company and owner, locked in key order."""
    return list(
        Lead.objects.visible_to(by)
        .filter(pk__in=lead_ids)
        .select_related("company", "owner", "owner__team")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
