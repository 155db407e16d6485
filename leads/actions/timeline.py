"""The one way onto the timeline."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from accounts.action import action
from accounts.actor import Actor
from ground.bulk import insert_rows, maker
from leads.kinds import KINDS
from leads.models import Activity
from leads.reactions import reactions_to

_new_activity = maker(Activity)


@dataclass(frozen=True, slots=True)
class NewActivity:
    """An activity to be recorded; fields as in ``Activity``."""

    lead_id: int
    kind: str
    occurred_at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    dedupe_key: str | None = None
    is_machine: bool = False


def actor_columns(by: Actor) -> dict[str, Any]:
    """Return the columns that say who acted; they stay readable when the account is gone."""
    return {
        "actor_kind": by.kind.value,
        "actor_id": by.token_id or by.user_id,
        "actor_label": by.label[:150],
    }


@action
def record(events: Sequence[NewActivity], *, by: Actor, as_of: datetime) -> list[Activity]:
    """Put ``events`` on the timelines of their leads and insert the due rows that follow.

    Returns the activities that are new, in no particular order: an event whose ``dedupe_key`` is
    known is left out. Raises ``KeyError`` for a kind that nobody registered. Runs in the caller's
    transaction, which has locked the leads where order matters.
    """
    return record_within(events, by=by, as_of=as_of)


def record_within(events: Sequence[NewActivity], *, by: Actor, as_of: datetime) -> list[Activity]:
    """Do what ``record`` does as a part of the action that calls it, without a savepoint.

    Saves two statements where they are paid once a mail.
    """
    if not events:
        return []
    actor = actor_columns(by)
    rows = [
        _new_activity(
            lead_id=event.lead_id,
            kind=KINDS[event.kind].name,
            occurred_at=event.occurred_at,
            recorded_at=as_of,
            data=event.data,
            dedupe_key=event.dedupe_key,
            is_machine=event.is_machine,
            **actor,
        )
        for event in events
    ]
    added = [*insert_rows([row for row in rows if row.dedupe_key is None])]
    added += _insert_once([row for row in rows if row.dedupe_key is not None])
    _note_last_touch(added)
    _react(added)
    return added


def _insert_once(rows: list[Activity]) -> list[Activity]:
    """Insert rows with a dedupe key; those whose key exists are dropped by the database."""
    if not rows:
        return []
    columns = [field for field in Activity._meta.local_concrete_fields if not field.primary_key]
    names = ", ".join(f'"{column.column}"' for column in columns)
    line = "(" + ", ".join(["%s"] * len(columns)) + ")"
    parameters: list[Any] = []
    for row in rows:
        for column in columns:
            value = getattr(row, column.attname)
            is_json = column.attname == "data"
            parameters.append(json.dumps(value, cls=DjangoJSONEncoder) if is_json else value)
    statement = f"""
        INSERT INTO leads_activity ({names}) VALUES {", ".join([line] * len(rows))}
        ON CONFLICT (dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
        RETURNING dedupe_key, id
    """  # noqa: S608 - the names are those of the model
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        keys = dict(cursor.fetchall())
    added = []
    for row in rows:
        if row.dedupe_key in keys:
            row.pk = keys.pop(row.dedupe_key)
            row._state.adding = False
            added.append(row)
    return added


def _note_last_touch(rows: list[Activity]) -> None:
    latest: dict[int, datetime] = {}
    for row in rows:
        if KINDS[row.kind].is_touch and not row.is_machine:
            known = latest.get(row.lead_id)
            latest[row.lead_id] = max(known, row.occurred_at) if known else row.occurred_at
    if not latest:
        return
    statement = """
        UPDATE leads_lead SET last_activity_at = GREATEST(last_activity_at, new.at)
        FROM (SELECT unnest(%s::bigint[]) AS lead_id, unnest(%s::timestamptz[]) AS at) AS new
        WHERE leads_lead.id = new.lead_id
    """
    leads = sorted(latest)
    with connection.cursor() as cursor:
        cursor.execute(statement, [leads, [latest[lead] for lead in leads]])


def _react(rows: list[Activity]) -> None:
    by_kind: dict[str, list[Activity]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    for kind, activities in by_kind.items():
        for reaction in reactions_to(kind):
            reaction(activities)
