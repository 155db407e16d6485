"""What hand-over does when something happens elsewhere; wired in ``leadcrm/reactions.py``."""

from collections.abc import Sequence

from ground.due import ask
from ground.ticks import wake
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
