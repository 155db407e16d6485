"""What hand-over does when something happens elsewhere; wired in ``leadcrm/reactions.py``."""

from collections.abc import Sequence

from ground.due import ask
from ground.ticks import wake
from handoff.actions.referrals import tell_referrals
from handoff.autotasks import PLANNER
from handoff.models import DueHandoff
from leads.models import Activity, Lead
from leads.stages import Stage


def assign_new_mqls(activities: Sequence[Activity]) -> None:
    """Ask for the assignment of leads that became MQL."""
    new = [item for item in activities if item.data.get("to") == Stage.MQL]
    _ask(new)


def assign_held_back(activities: Sequence[Activity]) -> None:
    """Look again at MQLs whose briefing may be complete now."""
    mqls = set(
        Lead.objects.filter(
            pk__in={item.lead_id for item in activities}, stage=Stage.MQL
        ).values_list("pk", flat=True)
    )
    _ask([item for item in activities if item.lead_id in mqls])


def _ask(activities: Sequence[Activity]) -> None:
    if activities:
        due_at = max(item.recorded_at for item in activities)
        ask(DueHandoff, "lead_id", {item.lead_id for item in activities}, due_at=due_at)
        wake("handoff.assign")


def note_followed_links(activities: Sequence[Activity]) -> None:
    """Note at who passed a personal link on whom it brought; a customer becomes a promoter."""
    promoter_of = {item.lead_id: int(item.data["lead"]) for item in activities}
    tell_referrals(promoter_of, by=PLANNER, as_of=activities[0].recorded_at)
