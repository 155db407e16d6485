"""What tests about connectors have in common: an open connection, and the clock of the drains."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from capture.connectors.actions.connections import (
    change_connection,
    create_connection,
    map_fields,
)
from capture.connectors.drains import drain_fetches, drain_hooks
from capture.connectors.mapping import FieldMapping
from capture.connectors.models import Connection, HookEvent
from tests.factories import EVERYTHING, NOW

SECRETS = {
    "meta": {"app_secret": "meta-app-secret", "access_token": "page-token"},
    "linkedin": {"client_secret": "linkedin-secret", "access_token": "member-token"},
    "tiktok": {"client_secret": "tiktok-secret"},
}


# Nobody listens there, and nobody may be asked: tests that ask have a server of their own.
NOBODY = {
    "meta": {"graph_url": "http://127.0.0.1:9/v23.0"},
    "linkedin": {"api_url": "http://127.0.0.1:9/rest"},
}


_numbers = itertools.count(1)


def make_connection(connector: str, name: str = "", **overrides: Any) -> Connection:
    """Open a connection; ``settings`` and ``secrets`` go to it, the rest are columns."""
    given = {
        "settings": NOBODY.get(connector, {}) | overrides.pop("settings", {}),
        "secrets": SECRETS.get(connector, {}) | overrides.pop("secrets", {}),
    }
    shown = name or f"From {connector} {next(_numbers)}"
    row = create_connection(connector, name=shown, by=EVERYTHING, as_of=NOW, **overrides)
    return change_connection(row.pk, by=EVERYTHING, as_of=NOW, **given)


def map_to(
    connection: Connection, *, consent_text: str = "", asks_by_mail: bool = True, **targets: str
) -> None:
    """Say what fields become; a double underscore stands for a hyphen in their names."""
    names = {name.replace("__", "-"): target for name, target in targets.items()}
    mapping = FieldMapping(names, consent_text, asks_by_mail)
    map_fields(connection.pk, mapping, by=EVERYTHING, as_of=NOW)


def address(server: Any, connection: Connection) -> str:
    return f"{server.url}/hooks/{connection.connector}/{connection.public_id}/"


def work(as_of: datetime | None = None) -> None:
    """Let everything that came in become what it becomes."""
    at = as_of or timezone.now() + timedelta(seconds=1)
    drain_hooks(at)
    drain_fetches(at)
    drain_hooks(at)


def states(connection: Connection) -> list[str]:
    """Return what became of everything that came in, in its order."""
    return list(
        HookEvent.objects.filter(connection=connection)
        .order_by("pk")
        .values_list("state", flat=True)
    )
