"""Under which key something is kept, so that it is kept once."""

import hashlib
from datetime import datetime

from capture.connectors.registry import KIB, Connector
from capture.connectors.told import HookError, Incoming
from capture.raw import SAME_WITHIN

# A single event is smaller; what is larger is taken apart later, with nobody waiting.
_WORTH_A_LOOK = 64 * KIB
_LONGEST = 150


def event_key(given: str) -> str:
    """Return the key of an event by the id that its sender gave."""
    if len(given) > _LONGEST:
        given = hashlib.sha256(given.encode("utf-8", "replace")).hexdigest()
    return f"id:{given}"


def delivery_key(connector: Connector, incoming: Incoming, ip: str) -> str:
    """Return the key of a request: the id of its one event, else a hash of the body.

    What nobody signed and has no id is the same for ten minutes only: the same person may send the
    same words again.
    """
    if len(incoming.body) <= _WORTH_A_LOOK:
        try:
            items = connector.items(incoming)
        except HookError:
            items = []
        if len(items) == 1 and items[0].key:
            return event_key(items[0].key)
    if connector.is_signed:
        return f"body:{hashlib.sha256(incoming.body).hexdigest()}"
    return f"body:{_same_for_a_while(incoming.body, ip, incoming.received_at)}"


def _same_for_a_while(body: bytes, ip: str, now: datetime) -> str:
    """Return a key that is the same for ten minutes: a double click is one submission."""
    bucket = int(now.timestamp() // SAME_WITHIN.total_seconds())
    return hashlib.sha256(body + f"\n{ip}\n{bucket}".encode()).hexdigest()
