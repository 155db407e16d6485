"""Ticks: the clock that finds due work, whatever happened to Redis or the workers.

Each tick is a function of ``as_of`` that may run at any time, twice at once or an hour late
without harm. Beat fires them through Celery; ``wake`` fires one early.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from time import monotonic

import structlog
from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models.functions import Now

from ground.models import TickRun

log = structlog.get_logger(__name__)

# No tick runs longer than the time limit of its task. Whoever holds one for longer is a process
# that was stopped, or a machine that went to sleep or away.
FROZEN = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 30)


@dataclass(frozen=True, slots=True)
class Tick:
    """A function that runs every so often; returns how many items it worked on."""

    name: str
    every: timedelta
    run: Callable[[datetime], int]


TICKS: dict[str, Tick] = {}


def tick(
    name: str, *, every: timedelta
) -> Callable[[Callable[[datetime], int]], Callable[[datetime], int]]:
    """Register a tick under ``name``; the function takes ``as_of`` and returns a count."""

    def register(run: Callable[[datetime], int]) -> Callable[[datetime], int]:
        if name in TICKS:
            raise ValueError(f"The tick {name} exists twice.")
        TICKS[name] = Tick(name, every, run)
        return run

    return register


def run_tick(name: str, *, as_of: datetime) -> int | None:
    """Run one tick unless it is running elsewhere; None says that it was.

    Raises what the tick raises, after noting it, so that the log has it.
    """
    with _only_one(name) as free:
        if not free:
            return None
        TickRun.objects.update_or_create(name=name, defaults={"started_at": Now()})
        try:
            count = TICKS[name].run(as_of)
        except Exception as failure:
            _let_go_if_broken()
            _note_end(name, last_error=f"{type(failure).__name__}: {failure}"[:2000])
            raise
        _note_end(name, count)
        return count


def _note_end(name: str, count: int = 0, last_error: str = "") -> None:
    # By the clock of the database: those who look whether a tick is late are on other machines.
    columns: dict[str, object] = {"finished_at": Now(), "last_error": last_error}
    if not last_error:
        columns["succeeded_at"] = Now()
    if count:
        columns["worked_at"] = Now()
    TickRun.objects.filter(name=name).update(**columns)


def lock_key(name: str) -> int:
    """Return the number of the advisory lock under which the tick ``name`` runs."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


@contextmanager
def _only_one(name: str) -> Iterator[bool]:
    key = lock_key(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        free = cursor.fetchone()[0]
        if not free:
            _end_frozen(name, key)
    try:
        yield free
    finally:
        if free:
            _let_go_if_broken()
            # A cursor of now: when the connection was lost meanwhile, the lock went with it.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _end_frozen(name: str, key: int) -> None:
    """End the database session that holds a tick and has done nothing for longer than it may.

    The next tick is free then. Should the process go on, its next statement fails.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND granted AND objsubid = 1
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND (classid::bigint << 32) | objid::bigint = %s
                AND state_change < clock_timestamp() - make_interval(secs => %s)
            """,
            [key, FROZEN.total_seconds()],
        )
        if cursor.fetchall():
            log.error("frozen_tick_ended", tick=name)


def database_now() -> datetime:
    """Return the time of the database's clock, which is one for all machines.

    A worker whose own clock is an hour ahead would take the claims of the others for lost.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now


def _let_go_if_broken() -> None:
    """Close a connection that is lost or in a transaction that failed; its lock goes with it.

    The next statement opens another, on which the outcome can be noted.
    """
    if not connection.is_usable():
        connection.close()


@shared_task(name="ground.tick")
def tick_task(name: str) -> None:
    """Run the tick ``name`` at the present moment."""
    run_tick(name, as_of=database_now())


def wake(name: str) -> None:
    """Ask for the tick ``name`` as soon as this transaction is committed.

    A hint that nobody waits for: when Redis is away, the next regular tick does the work.
    """
    transaction.on_commit(lambda: bell.ring(name), robust=True)


class _Bell:
    """Passes hints on from a thread of its own; a Redis that hangs holds up nobody else.

    A name is passed on at once, then at most once in ``PAUSE`` seconds: a thousand submissions a
    second are a few hints, and the last of them is followed by one. The first ring of a process
    starts its thread.
    """

    PAUSE = 1.0

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a process does that was forked from another."""
        self._waiting: set[str] = set()
        self._rests_until: dict[str, float] = {}
        self._changed = threading.Condition()
        self._is_running = False

    def ring(self, name: str) -> None:
        """Note ``name`` and return at once."""
        with self._changed:
            if name in self._waiting:
                return
            self._waiting.add(name)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="bell", daemon=True).start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            for name in self._next():
                was_heard = _send(name)
                with self._changed:
                    self._rests_until[name] = monotonic() + self.PAUSE
                    if not was_heard:
                        self._waiting.add(name)

    def _next(self) -> set[str]:
        """Wait for names whose rest is over and take them."""
        with self._changed:
            while True:
                now = monotonic()
                rests = {name: self._rests_until.get(name, now) - now for name in self._waiting}
                ready = {name for name, rest in rests.items() if rest <= 0}
                if ready:
                    self._waiting -= ready
                    return ready
                self._changed.wait(min(rests.values(), default=None))


bell = _Bell()
os.register_at_fork(after_in_child=bell.forget)


def _send(name: str) -> bool:
    """Pass on a hint; False when somebody else just gave the same one, which may have been early.

    What that tick had read by then, nobody knows, so the hint is to be given again.
    """
    try:
        if not cache.add(f"wake:{name}", 1, timeout=1):
            return False
        tick_task.apply_async((name,), retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - whatever the broker raises, the tick comes anyway
        log.warning("wake_failed", tick=name, error=type(error).__name__)
    return True
