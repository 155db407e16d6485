"""What one reader may know of what happened to leads."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from accounts.actor import Actor
from accounts.rights import Right
from leads.activities import LEAD_UPDATED, NOTE_ADDED
from leads.customfields import hidden_keys
from leads.kinds import KINDS
from leads.models import Activity, Lead


def may_read(kind: str, actor: Actor) -> bool:
    """Say whether ``actor`` may read activities of this kind."""
    known = KINDS.get(kind)
    return known is None or actor.may(known.right)


def readable_activities(activities: QuerySet[Activity], actor: Actor) -> QuerySet[Activity]:
    """Return those of the kinds that ``actor`` may read; private notes are for sales."""
    hidden = [name for name in KINDS if not may_read(name, actor)]
    if hidden:
        activities = activities.exclude(kind__in=hidden)
    if not actor.may(Right.NOTES_PRIVATE) and not actor.may(Right.PRIVACY):
        activities = activities.exclude(kind=NOTE_ADDED, data__is_private=True)
    return activities


def as_told_to(actor: Actor, activities: Iterable[Activity]) -> list[Activity]:
    """Return activities with what ``actor`` may read of their data; two queries at most.

    Another lead is named where the reader sees it. The rows must not be saved.
    """
    rows = list(activities)
    hidden = hidden_keys(actor)
    names = _names(rows, actor)
    for row in rows:
        row.data = readable_data(row.kind, row.data, actor, hidden)
        if (lead := names.get(row.pk)) is not None:
            row.data |= {"lead": str(lead.public_id), "name": lead.display_name}
    return rows


def readable_data(
    kind: str, data: Mapping[str, Any], actor: Actor, hidden: Collection[str] = ()
) -> dict[str, Any]:
    """Return what ``actor`` may read of the data of one activity.

    ``hidden`` are the custom fields that the actor may not read. Other leads are left out.
    """
    told = dict(data)
    if kind == LEAD_UPDATED and hidden:
        changes = told.get("changes", {})
        told["changes"] = {
            name: pair
            for name, pair in changes.items()
            if name.removeprefix("custom.") not in hidden or not name.startswith("custom.")
        }
    if (known := KINDS.get(kind)) is not None:
        withheld = () if actor.may(Right.SCORES_READ) else known.score_keys
        for key in (*withheld, *(("lead", "name") if known.names_lead else ())):
            told.pop(key, None)
    return told


def _names(rows: Iterable[Activity], actor: Actor) -> dict[int, Lead]:
    """Return the lead that each of the activities names, as far as ``actor`` sees it."""
    keys = {
        row.pk: row.data["lead"]
        for row in rows
        if "lead" in row.data and row.kind in KINDS and KINDS[row.kind].names_lead
    }
    leads = Lead.objects.visible_to(actor).in_bulk(set(keys.values())) if keys else {}
    return {pk: leads[key] for pk, key in keys.items() if key in leads}
