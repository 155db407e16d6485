"""What other systems send while the database is away: kept in the spool of the forms.

The connection must be known by then, as its secrets say who the sender is: each web process
remembers those that it met.
"""

import base64
import hashlib
import json
from collections import OrderedDict
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError

from accounts.actor import Actor
from capture import spool
from capture.connectors.actions.events import NewEvent, store_events
from capture.connectors.models import Connection

SUFFIX = ".hook"
KEPT = 1_000
_BYTES = ("body", "fetched")


class _Known:
    """The connections that requests led to last, by what they were asked for with."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, Connection] = OrderedDict()
        self._lock = Lock()

    def keep(self, where: str, connection: Connection) -> None:
        with self._lock:
            self._rows[where] = connection
            self._rows.move_to_end(where)
            if len(self._rows) > KEPT:
                self._rows.popitem(last=False)

    def find(self, where: str) -> Connection | None:
        """Return the connection if it was open."""
        row = self._rows.get(where)
        return row if row is not None and row.is_active else None

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._rows.clear()


known = _Known()


def put_aside(connection: Connection, event: NewEvent, at: datetime) -> None:
    """Keep an event until the database is back; raises ``SpoolFullError``.

    The name of the file holds connection and key, so that the same event again is kept once.
    """
    named = hashlib.sha256(f"{connection.public_id} {event.key}".encode()).hexdigest()
    spool.put_bytes(f"{named[:40]}{SUFFIX}", _to_bytes(connection.public_id, event, at))


def _to_bytes(connection: UUID, event: NewEvent, at: datetime) -> bytes:
    told = asdict(event)
    coded = {name: base64.b64encode(told.pop(name)).decode() for name in _BYTES}
    return json.dumps(
        {"connection": str(connection), "at": at.isoformat(), "event": told, "bytes": coded}
    ).encode()


def _from_bytes(data: bytes) -> tuple[UUID, NewEvent, datetime]:
    """Read what ``_to_bytes`` wrote; raises ``ValueError`` for anything else."""
    try:
        told = json.loads(data)
        coded: dict[str, Any] = {
            name: base64.b64decode(text) for name, text in told["bytes"].items()
        }
        event = NewEvent(**told["event"], **coded)
        return UUID(told["connection"]), event, datetime.fromisoformat(told["at"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("This is not a spooled event.") from error


def store_spooled(*, by: Actor, as_of: datetime) -> int:
    """Store what waits, the oldest first; a file goes only after its row is committed.

    Of a connection that was removed meanwhile the file is put aside, where nobody deletes it.
    """
    return sum(_store(path, by=by) for path in spool.waiting(spool.MAX_AT_ONCE, suffix=SUFFIX))


def _store(path: Path, *, by: Actor) -> int:
    try:
        public_id, event, at = _from_bytes(path.read_bytes())
        connection = Connection.objects.get(public_id=public_id)
        store_events(connection, [event], by=by, as_of=at)
    except FileNotFoundError:
        return 0
    except (ValueError, DataError, IntegrityError, Connection.DoesNotExist):
        spool.put_aside(path)
        return 0
    path.unlink(missing_ok=True)
    return 1
