"""How stuck work about leads is told; the rooms above use it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model
from django.urls import reverse

from ground.stuck import Told
from leads.models import Lead


def tell_by_lead(
    model: type[Model], say: Callable[[Any, str], str], *, path: str = "lead", also: str = ""
) -> Callable[[Sequence[int]], dict[int, Told]]:
    """Return what tells of rows of ``model`` by their lead, in one query.

    ``path`` leads from the row to the lead, ``also`` to what else ``say(row, name)`` looks at.
    """

    def tell(keys: Sequence[int]) -> dict[int, Told]:
        joined = [f"{path}__company", *filter(None, [also])]
        rows = model._default_manager.filter(pk__in=keys).select_related(*joined)
        return {row.pk: _told(row) for row in rows}

    def _told(row: Any) -> Told:
        lead: Any = row
        for name in path.split("__"):
            lead = getattr(lead, name)
        assert isinstance(lead, Lead)
        return Told(say(row, lead.display_name), reverse("lead_detail", args=[lead.public_id]))

    return tell
