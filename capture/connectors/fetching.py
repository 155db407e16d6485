"""Asking the servers of senders for what they only announced, or for what never arrived."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

import structlog

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.connectors.actions.events import HOOKS, NewEvent, store_events
from capture.connectors.actions.intake import own_items
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.keys import event_key
from capture.connectors.models import Connection, DueHookEvent, DueHookFetch, EventState, HookEvent
from capture.connectors.told import HookError, Keys
from ground.due import ask
from ground.errors import RetryableError
from ground.seal import SealBrokenError
from ground.ticks import wake

log = structlog.get_logger(__name__)

# What a sender keeps: Meta for 90 days. A round looks back some more than since the last one.
FIRST_LOOK, OVERLAP = timedelta(days=7), timedelta(days=1)
MAX_MISSED = 1000


def keys_of(connection: Connection) -> Keys:
    """Return what a connection knows of its counterpart; raises ``HookError`` (``no_secret``)."""
    try:
        return Keys(connection.settings, connection.secrets())
    except SealBrokenError as error:
        raise HookError("no_secret") from error


def fetch_events(rows: Sequence[DueHookFetch], *, by: Actor, as_of: datetime) -> None:
    """Ask for what events only announced; one that the server refuses fails with its words.

    No lock is held while a server is asked. Raises ``RetryableError`` when it is away.
    """
    for row in rows:
        event = HookEvent.objects.select_related("connection").get(pk=row.event_id)
        if event.state != EventState.RECEIVED:
            continue
        try:
            body = own_items(event)[0].body
            fetched = CONNECTORS[event.connection.connector].fetch(keys_of(event.connection), body)
        except HookError as error:
            fail_fetch(event.pk, error, by=by, as_of=as_of)
        else:
            keep_fetched(event.pk, fetched, by=by, as_of=as_of)


@action
def keep_fetched(event_id: int, fetched: bytes, *, by: Actor, as_of: datetime) -> None:
    """Keep what the sender's server told and let the event be taken in."""
    HookEvent.objects.filter(pk=event_id).update(fetched=fetched)
    ask(DueHookEvent, "event_id", [event_id], due_at=as_of)
    wake(HOOKS)


@action
def fail_fetch(event_id: int, error: HookError, *, by: Actor, as_of: datetime) -> None:
    """Note why the sender's server told nothing."""
    HookEvent.objects.filter(pk=event_id, state=EventState.RECEIVED).update(
        state=EventState.FAILED, error=error.to_json(), processed_at=as_of
    )


def fetch_missed(connection: Connection, *, by: Actor, as_of: datetime) -> int:
    """Ask the sender for everything since the last time and keep what never arrived.

    Returns how many events are new. Raises ``HookError`` and ``RetryableError``.
    """
    connector = CONNECTORS[connection.connector]
    since = (connection.fetched_until or as_of - FIRST_LOOK) - OVERLAP
    missed = connector.missed(keys_of(connection), since)
    found = list(islice(missed, MAX_MISSED))
    events = [
        NewEvent(
            event_key(item.key), item.body, "application/json", fetched=item.fetched, is_part=True
        )
        for item in found
    ]
    return keep_missed(connection, events, by=by, as_of=as_of)


@action
def keep_missed(
    connection: Connection, events: Sequence[NewEvent], *, by: Actor, as_of: datetime
) -> int:
    """Keep what was asked for and note until when everything is known."""
    by.require(Right.LEADS_CREATE, Right.FORMS_MANAGE)
    new = store_events(connection, events, by=by, as_of=as_of)
    Connection.objects.filter(pk=connection.pk).update(fetched_until=as_of)
    return new


def fetch_all_missed(*, by: Actor, as_of: datetime) -> int:
    """Ask every sender that can be asked; one that is away stops no other."""
    names = [key for key, connector in CONNECTORS.items() if connector.has_fetch]
    count = 0
    for connection in Connection.objects.filter(
        connector__in=names, is_active=True, is_sample=False
    ):
        try:
            count += fetch_missed(connection, by=by, as_of=as_of)
        except (HookError, RetryableError) as error:
            log.warning("missed_not_fetched", connection=connection.pk, error=str(error)[:200])
    return count
