"""Asking one row of the matrix, and telling what is not as it says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from django.conf import settings
from django.db import connection, transaction
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse

from accounts.write_guard import is_bookkeeping, refuse_writes_outside_actions, writes
from tests.rights.routes import Route
from tests.rights.rows import LOGIN, PLACES, Row
from tests.rights.world import World

# What a request may write whatever it was refused or only read: the machine's own memory.
ALWAYS_WRITTEN = frozenset({"django_session", "accounts_ratecount"})


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever happens in the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def recorded_writes() -> Iterator[list[str]]:
    """Note every write but those that are always allowed."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.extend(
            f"{verb} {table}"
            for verb, table in writes(sql)
            if table not in ALWAYS_WRITTEN and not is_bookkeeping(verb, table, sql)
        )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def address_of(row: Row, world: World, caller: str, place: str) -> str:
    """Return the address of a row with things made for ``caller``."""
    kwargs = {name: world.make(kind, caller, place) for name, kind in row.objects.items()}
    return reverse(row.route, kwargs=kwargs) + row.query


def send(client: Client, row: Row, address: str, data: dict[str, Any]) -> Any:
    """Send the request of a row; an API call as JSON."""
    client.raise_request_exception = True
    call = getattr(client, row.method.lower())
    if row.is_api and row.method != "GET":
        return call(address, data, content_type="application/json", headers=row.headers)
    return call(address, data, headers=row.headers)


def status_of(response: Any) -> Any:
    """Return the status as the matrix writes it."""
    location = response.headers.get("Location", "")
    if response.status_code == 302 and location.startswith(f"{resolve_url(settings.LOGIN_URL)}?"):
        return LOGIN
    return response.status_code


def ask(row: Row, world: World, client: Client, caller: str, place: str) -> tuple[Any, list[str]]:
    """Return the status of one cell and what the request wrote; everything is undone after."""
    with undone():
        address = address_of(row, world, caller, place)
        data = filled(row.data, world, caller, place)
        with (
            recorded_writes() as written,
            connection.execute_wrapper(refuse_writes_outside_actions),
        ):
            status = status_of(send(client, row, address, data))
    return status, written


def problems_of(row: Row, world: World) -> list[str]:
    """Return what is not as the row says, one line a cell."""
    found: list[str] = []
    clients = {caller: world.client(caller) for caller in row.answers}
    for place in row.places:
        with undone(), world.sharing(row.things, place):
            for caller, client in clients.items():
                found += _wrong_with(row, world, client, caller, place)
    return found


def _wrong_with(row: Row, world: World, client: Client, caller: str, place: str) -> list[str]:
    found = []
    should = row.answers[caller][PLACES.index(place)]
    status, written = ask(row, world, client, caller, place)
    where = f"{row.method} {row.route} as {caller}, {place}"
    if status != should:
        found.append(f"{where}: {status} instead of {should}")
    wrong = [write for write in written if write.split()[1] not in row.keeps]
    if wrong and (status == LOGIN or status >= 400):
        found.append(f"{where}: refused with {status}, but wrote {', '.join(wrong)}")
    return found


def suggestion(route: Route) -> str:
    """Return a row for a route that has none, as it answers now; to be read, then pasted."""
    if route.kwargs:
        return f"{route.name}:  # {route.pattern}\n  with: {{{route.kwargs[0]}: …}}\n"
    entry: dict[str, Any] = {}
    with undone():
        world = World()
        for method in ("GET", "POST"):
            row = Row(route.name, method, {"anonymous": (0, 0, 0)})
            answers = {
                caller: ask(row, world, world.client(caller), caller, "own")[0]
                for caller in ("anonymous", *world.people)
            }
            cells = {who: it for who, it in answers.items() if it not in (403, LOGIN, 405)}
            if cells:
                entry[method] = cells
    return yaml.safe_dump({route.name: entry}, sort_keys=False)


def filled(data: dict[str, Any], world: World, caller: str, place: str) -> dict[str, Any]:
    """Return ``data`` with every ``$name`` replaced by the thing of that name."""

    def fill(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("$"):
            return str(world.make(value[1:], caller, place))
        if isinstance(value, list):
            return [fill(item) for item in value]
        if isinstance(value, dict):
            return {name: fill(item) for name, item in value.items()}
        return value

    return {name: fill(value) for name, value in data.items()}
