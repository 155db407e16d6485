"""Redis refuses to hear that a tick is done: the worker goes on as soon as it hears again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from celery.worker.consumer import Consumer
from django.db import connection, transaction

from ground.models import TickRun
from leadcrm.celery import app
from tests.faults.killing import Site
from tests.services.running import free_port, wait_until


def test_a_worker_whose_acks_are_refused_while_all_its_processes_are_busy_goes_on(site: Site):
    worker = site.worker(processes=1)
    with ticks_held():
        site.ring("nurturing.send")
        wait_until(lambda: held() == 1, seconds=120)
        site.redis.config_set("requirepass", "secret")
        # All but the connection that listens for commands, whose end would be noticed.
        site.redis.client_kill_filter(_type="normal")
    wait_until(lambda: "authentication" in site.log().lower(), seconds=120)

    site.redis.config_set("requirepass", "")
    since = time.time()
    site.ring("nurturing.steps")
    wait_until(lambda: has_ended("nurturing.steps", since), seconds=60)

    assert worker.poll() is None
    with ticks_held():
        site.ring("nurturing.send", "nurturing.steps", "capture.spool")
        wait_until(lambda: held() == 1, seconds=120)
        assert site.redis.llen("leadcrm:celery") == 2


def test_a_worker_tries_to_reach_redis_for_as_long_as_it_is_away(monkeypatch):
    controller = SimpleNamespace(use_eventloop=False)
    consumer = Consumer(lambda request: None, app=app, controller=controller)
    nobody = app.connection_for_read(f"redis://127.0.0.1:{free_port()}/0")
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if sum(slept) > 2 * 60 * 60:
            raise EnoughError

    monkeypatch.setattr("kombu.utils.functional.sleep", sleep)

    with pytest.raises(EnoughError):
        consumer.ensure_connected(nobody)


class EnoughError(Exception):
    """Two hours are over."""


@contextmanager
def ticks_held() -> Iterator[None]:
    """Let every tick that begins wait until the end of the block."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE ground_tickrun IN EXCLUSIVE MODE")
        yield


def held() -> int:
    """Return how many ticks wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM pg_locks
            WHERE relation = 'ground_tickrun'::regclass AND NOT granted
            """
        )
        return cursor.fetchone()[0]


def has_ended(name: str, since: float) -> bool:
    run = TickRun.objects.filter(name=name, finished_at__isnull=False).first()
    return run is not None and run.finished_at.timestamp() > since
