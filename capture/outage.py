"""How the public door notices that the database is away, and does without it for a while."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
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
    with _watchdog.watching(_cut_off()):
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


class _Watchdog:
    """Cuts off what takes longer than ``PATIENCE``; one thread a process watches all calls.

    A timer for each call would start a thread for each, which costs more than the query. As every
    call has the same patience, one that begins while the thread sleeps is over after it wakes up.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a process does that was forked from another."""
        self._lock = threading.Lock()
        self._calls: dict[int, tuple[float, Callable[[], None]]] = {}
        self._begun = 0
        self._is_running = False

    @contextmanager
    def watching(self, cut_off: Callable[[], None]) -> Iterator[None]:
        """Call ``cut_off`` once unless this block ends in time; never after it has ended."""
        with self._lock:
            self._begun += 1
            number = self._begun
            self._calls[number] = (monotonic() + PATIENCE, cut_off)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="watchdog", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._calls.pop(number, None)

    def _run(self) -> None:
        seen = 0
        while True:
            with self._lock:
                if not self._calls and seen == self._begun:
                    self._is_running = False
                    return
                seen = self._begun
                pause = self._cut_off_late()
            sleep(pause)

    def _cut_off_late(self) -> float:
        """Cut off what is late; return after how many seconds to look again."""
        now = monotonic()
        for number, (end, cut_off) in list(self._calls.items()):
            if end > now:
                return end - now
            del self._calls[number]
            cut_off()
        return PATIENCE


_watchdog = _Watchdog()
os.register_at_fork(after_in_child=_watchdog.forget)


def _cut_off() -> Callable[[], None]:
    """Return what shuts the socket of this thread's connection, whichever it is by then."""
    connection = connections[DEFAULT_DB_ALIAS]

    def cut_off() -> None:
        raw = connection.connection
        if raw is None or raw.closed:
            return
        with suppress(OSError), socket.socket(fileno=os.dup(raw.fileno())) as twin:
            twin.shutdown(socket.SHUT_RDWR)

    return cut_off
