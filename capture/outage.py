"""How the public door notices that the database is away, and does without it for a while."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TypeVar

import structlog
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    OperationalError,
    connections,
)

log = structlog.get_logger(__name__)

PATIENCE = 2.0
# After a failure the database is left alone for this long, so that one that hangs does not bind
# every worker for two seconds a request.
REST = 5.0
# A connection that PostgreSQL closed while it was idle fails at once and is worth a second try.
QUICK = 0.3

R = TypeVar("R")


class DatabaseAwayError(Exception):
    """The database did not answer in time, or could not do what it was asked."""


class Breaker:
    """Remembers in this process that the database is away; one caller at a time tries again."""

    def __init__(self) -> None:
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def may_ask(self) -> bool:
        """Say whether the database is to be asked; after a failure the first one to ask tries."""
        with self._lock:
            if not self._rests_until:
                return True
            if monotonic() < self._rests_until:
                return False
            self._rests_until = monotonic() + REST
            return True

    def trip(self) -> None:
        """Leave the database alone for a while."""
        with self._lock:
            self._rests_until = monotonic() + REST

    def reset(self) -> None:
        """The database answers again."""
        self._rests_until = 0.0


breaker = Breaker()


def with_database(work: Callable[[], R]) -> R:
    """Return what ``work`` returns, or raise ``DatabaseAwayError`` after about two seconds.

    Connecting gives up after ``connect_timeout`` (2 s, see the settings). A query that hangs on an
    open connection is cut off by shutting its socket: ``statement_timeout`` does not help when it
    is the server itself or the way to it that hangs. ``work`` may run twice.
    """
    if not breaker.may_ask():
        raise DatabaseAwayError("The database is left alone for a moment.")
    connection = connections[DEFAULT_DB_ALIAS]
    # The query itself is the health check: one of its own would hang and then connect anew.
    connection.health_check_done = True  # type: ignore[attr-defined]
    started = monotonic()
    try:
        return _in_time(work)
    except (DatabaseError, InterfaceError) as error:
        took = monotonic() - started
        if connection.in_atomic_block or took > QUICK or not _is_outage(error):
            raise _given_up(error) from error
    connection.close()
    try:
        return _in_time(work)
    except (DatabaseError, InterfaceError) as error:
        raise _given_up(error) from error


def _in_time(work: Callable[[], R]) -> R:
    with _cut_off_after(PATIENCE):
        done = work()
    breaker.reset()
    return done


def _is_outage(error: Exception) -> bool:
    return isinstance(error, OperationalError | InterfaceError)


def _given_up(error: Exception) -> DatabaseAwayError:
    if _is_outage(error):
        breaker.trip()
        with suppress(DatabaseError, InterfaceError):
            if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
                connections[DEFAULT_DB_ALIAS].close()
    log.error("database_away", error=type(error).__name__, is_outage=_is_outage(error))
    return DatabaseAwayError(type(error).__name__)


@contextmanager
def _cut_off_after(seconds: float) -> Iterator[None]:
    connection = connections[DEFAULT_DB_ALIAS]
    lock = threading.Lock()
    is_over = False

    def cut_off() -> None:
        with lock:
            raw = None if is_over else connection.connection
            if raw is None or raw.closed:
                return
            with suppress(OSError), socket.socket(fileno=os.dup(raw.fileno())) as twin:
                twin.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            is_over = True
