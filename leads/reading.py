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
    return told_to(actor, rows, named_leads(rows, actor))


def told_to(actor: Actor, rows: list[Activity], named: Iterable[Lead]) -> list[Activity]:
    """Return what ``as_told_to`` does, with the rows of ``named_leads`` read before."""
    hidden = hidden_keys(actor)
    keys, leads = _lead_keys(rows), {lead.pk: lead for lead in named}
    for row in rows:
        row.data = readable_data(row.kind, row.data, actor, hidden)
        if (lead := leads.get(keys.get(row.pk, 0))) is not None:
            row.data |= {"lead": str(lead.public_id), "name": lead.display_name}
    return rows


def named_leads(rows: Iterable[Activity], actor: Actor) -> QuerySet[Lead]:
    """Return the leads that activities name, as far as ``actor`` sees them."""
    keys = set(_lead_keys(rows).values())
    return Lead.objects.visible_to(actor).filter(pk__in=keys)


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


def _lead_keys(rows: Iterable[Activity]) -> dict[int, int]:
    """Return the key of the lead that each of the activities names."""
    return {
        row.pk: row.data["lead"]
        for row in rows
        if "lead" in row.data and row.kind in KINDS and KINDS[row.kind].names_lead
    }
