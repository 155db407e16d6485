"""A test of a connection: what its sender would send, through the real door."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve, reverse

from capture.actors import CAPTURE
from capture.connectors.actions.events import NewEvent, store_events
from capture.connectors.actions.intake import take_in_events
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.door import TEST_HEADER, test_mark
from capture.connectors.fetching import keys_of
from capture.connectors.keys import event_key
from capture.connectors.models import Connection, HookEvent
from capture.connectors.registry import Connector
from capture.connectors.told import HookError, Keys
from ground.errors import RetryableError


@dataclass(frozen=True, slots=True)
class Tried:
    """How a test went: what the door answered, what it became, what the server said of us.

    ``page`` is whom the network takes us for, ``trouble`` why it did not say.
    """

    status: int
    event: HookEvent | None = None
    page: str = ""
    trouble: HookError | RetryableError | None = None


def try_connection(connection: Connection, *, as_of: datetime) -> Tried:
    """Send the sample of a connection through its own door and work on it at once.

    It is kept as a test and leaves no lead. Raises ``HookError`` when the secrets are not there.
    """
    connector = CONNECTORS[connection.connector]
    keys = keys_of(connection)
    sample = connector.sample(keys, as_of)
    if not connector.signs_tests:
        (item,) = connector.items(sample)
        event = NewEvent(event_key(item.key), sample.body, sample.content_type, is_test=True)
        store_events(connection, [event], by=CAPTURE, as_of=as_of)
        return _worked_on(connection, connector, keys, 200, as_of)
    path = reverse("hook", args=[connection.connector, connection.public_id])
    headers = {**sample.headers, TEST_HEADER: test_mark(connection.public_id)}
    request = WSGIRequest(_environ(path, sample.body, sample.content_type, headers))
    found = resolve(path)
    status = found.func(request, *found.args, **found.kwargs).status_code
    if status >= 300 and status != 303:
        return Tried(status)
    return _worked_on(connection, connector, keys, status, as_of)


def _worked_on(
    connection: Connection, connector: Connector, keys: Keys, status: int, as_of: datetime
) -> Tried:
    event = connection.events.filter(is_test=True).latest("pk")
    take_in_events([event.pk], by=CAPTURE, as_of=as_of)
    for part in event.parts.all():
        take_in_events([part.pk], by=CAPTURE, as_of=as_of)
        event = part
    event.refresh_from_db()
    try:
        page = connector.probe(keys)
    except (HookError, RetryableError) as error:
        return Tried(status, event, trouble=error)
    return Tried(status, event, page)


def _environ(path: str, body: bytes, content_type: str, headers: dict[str, str]) -> dict[str, Any]:
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http",
        **names,
    }
