"""Asking the servers of senders for what they only announced, or for what never arrived."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic

import structlog
from django.db.models import F

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.connectors.actions.events import HOOKS, NewEvent, store_events
from capture.connectors.actions.intake import own_items
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.keys import event_key
from capture.connectors.models import Connection, DueHookEvent, DueHookFetch, EventState, HookEvent
from capture.connectors.told import HookError, Item, Keys
from ground.due import ask
from ground.errors import RetryableError
from ground.seal import SealBrokenError
from ground.ticks import wake

log = structlog.get_logger(__name__)

# What a sender keeps: Meta for 90 days. A round looks back some more than since the last one.
FIRST_LOOK, OVERLAP = timedelta(days=7), timedelta(days=1)
AT_ONCE = 100
# A tick may take a hundred seconds, for all connections together.
PATIENCE_SECONDS = 30.0
ALL_SECONDS = 60.0


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


def fetch_missed(
    connection: Connection, *, by: Actor, as_of: datetime, patience: float = PATIENCE_SECONDS
) -> int:
    """Ask the sender for everything since the last time and keep what never arrived.

    What was kept stays when it takes too long; the next time then begins where this one did.
    Returns how many events are new. Raises ``HookError`` and ``RetryableError``.
    """
    by.require(Right.LEADS_CREATE, Right.FORMS_MANAGE)
    connector = CONNECTORS[connection.connector]
    since = (connection.fetched_until or as_of - FIRST_LOOK) - OVERLAP
    missed = iter(connector.missed(keys_of(connection), since))
    ends_at = monotonic() + patience
    new = 0
    while found := list(islice(missed, AT_ONCE)):
        events = [_event(item) for item in found]
        new += store_events(connection, events, by=by, as_of=as_of)
        if monotonic() > ends_at:
            return new
    note_fetched(connection.pk, by=by, as_of=as_of)
    return new


def _event(item: Item) -> NewEvent:
    return NewEvent(
        event_key(item.key), item.body, "application/json", fetched=item.fetched, is_part=True
    )


@action
def note_fetched(connection_id: int, *, by: Actor, as_of: datetime) -> None:
    """Note until when everything is known that a sender has."""
    Connection.objects.filter(pk=connection_id).update(fetched_until=as_of)


def fetch_all_missed(*, by: Actor, as_of: datetime) -> int:
    """Ask every sender that can be asked; one that is away stops no other."""
    names = [key for key, connector in CONNECTORS.items() if connector.has_fetch]
    count = 0
    ends_at = monotonic() + ALL_SECONDS
    rows = Connection.objects.filter(connector__in=names, is_active=True, is_sample=False)
    for connection in rows.order_by(F("fetched_until").asc(nulls_first=True), "pk"):
        if monotonic() > ends_at:
            break
        try:
            count += fetch_missed(connection, by=by, as_of=as_of)
        except (HookError, RetryableError) as error:
            log.warning("missed_not_fetched", connection=connection.pk, error=str(error)[:200])
    return count
