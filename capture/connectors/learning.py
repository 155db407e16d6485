"""The fields of a sender as they were seen last, so that nobody must know them by heart."""

from dataclasses import dataclass, replace
from datetime import datetime

from capture.connectors.actions.intake import own_items
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.mapping import FieldMapping
from capture.connectors.models import Connection, EventState, HookEvent
from capture.connectors.told import Field, HookError, Keys
from leads.customfields import definitions

# As many of the last events are read: a form may leave out what was not filled in.
LOOKED_AT = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """One field, its last value, and what it becomes."""

    field: Field
    target: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Learned:
    """The fields that are known; ``event`` is the newest they were read from, if any came in."""

    fields: list[Seen]
    event: HookEvent | None = None


def learn(connection: Connection, *, as_of: datetime) -> Learned:
    """Return the fields of the last events, else those of a sample where the protocol has one."""
    connector = CONNECTORS[connection.connector]
    mapping = FieldMapping.from_json(connection.mapping)
    found: dict[str, Field] = {}
    newest: HookEvent | None = None
    rows = connection.events.exclude(body=b"").exclude(state=EventState.SPLIT)
    for event in rows.order_by("is_test", "-received_at", "-pk")[:LOOKED_AT]:
        fields = read_fields(connection, event)
        if fields and newest is None:
            newest = event
        for item in fields:
            if item.name not in found or not found[item.name].text:
                found[item.name] = item
    if not found and not connector.is_public:
        sample = connector.sample(Keys(connection.settings), as_of)
        body = connector.items(sample)[0].body
        told = connector.read(body, sample.content_type, connector.sample_fetched())
        found = {item.name: item for item in told.fields}
    for name in mapping.targets:
        found.setdefault(name, Field(name, []))
    resolved = mapping.resolve(list(found.values()), connector, definitions())
    seen = [Seen(item, target, item.name in mapping.targets) for item, target in resolved]
    return Learned(seen, newest)


def read_fields(connection: Connection, event: HookEvent) -> list[Field]:
    """Return the fields of one event; none of what cannot be read."""
    connector = CONNECTORS[connection.connector]
    try:
        part = own_items(replace_connection(event, connection))[0].body
        fetched = bytes(event.fetched)
        if not fetched and connector.needs_fetch(part):
            if not event.is_test:
                return []
            fetched = connector.sample_fetched()
        told = connector.read(part, event.content_type, fetched)
    except (HookError, IndexError):
        return []
    return [replace(item, values=[value for value in item.values if value]) for item in told.fields]


def replace_connection(event: HookEvent, connection: Connection) -> HookEvent:
    """Return ``event`` with its connection at hand, so that it is not asked for again."""
    event.connection = connection
    return event
