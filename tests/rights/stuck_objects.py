"""Stuck work, and what can be decided about it."""

from typing import Any

from accounts.action import writing
from scoring.models import DueScore
from tests.factories import NOW, make_lead
from tests.rights.world import World, url_object


@url_object("stuck_verb")
def stuck_verb(world: World) -> Any:
    return "retry"


@url_object("stuck_row")
def stuck_row(world: World) -> Any:
    """A score that failed five times."""
    lead = make_lead()
    with writing("scene"):
        DueScore.objects.filter(lead=lead).delete()
        row = DueScore.objects.create(lead=lead, due_at=NOW, attempts=5, quarantined_at=NOW)
    return f"scoring.duescore:{row.pk}"
