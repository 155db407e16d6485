"""One tick at a time, whatever became of the one before."""

import threading
from datetime import timedelta

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from ground import ticks
from ground.models import TickRun
from ground.ticks import Tick, database_now, run_tick
from tests.database.connections import elsewhere
from tests.factories import NOW
from tests.services.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tick(monkeypatch):
    """Let the tick "scene" do something."""

    def does(run) -> None:
        monkeypatch.setitem(ticks.TICKS, "scene", Tick("scene", timedelta(minutes=1), run))

    return does


def beat() -> int | None:
    return run_tick("scene", as_of=NOW)


@pytest.mark.case("J04")
def test_a_tick_that_is_running_elsewhere_is_skipped_and_runs_again_afterwards(tick):
    begun, may_end = threading.Event(), threading.Event()
    results = []

    def run(as_of) -> int:
        begun.set()
        return int(may_end.wait(timeout=60))

    tick(run)
    thread = threading.Thread(target=lambda: results.append(elsewhere(beat)))
    thread.start()
    assert begun.wait(timeout=60)
    during = [beat(), elsewhere(beat)]
    may_end.set()
    thread.join()

    assert (during, results) == ([None, None], [1])
    assert (beat(), elsewhere(beat)) == (1, 1)


def refuse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def fail_in_a_transaction(as_of) -> int:
    with transaction.atomic():
        refuse()
    return 0


def leave_a_failed_transaction(as_of) -> int:
    transaction.set_autocommit(False)
    refuse()
    return 0


def lose_the_connection(as_of) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return 0


@pytest.mark.case("J04")
@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        (fail_in_a_transaction, "DataError: division by zero"),
        (leave_a_failed_transaction, "DataError: division by zero"),
        (lose_the_connection, "OperationalError: "),
    ],
)
def test_a_tick_that_broke_gives_way_and_says_why(tick, breaks, told):
    tick(breaks)

    with pytest.raises(Error) as raised:
        beat()

    assert f"{type(raised.value).__name__}: {raised.value}".startswith(told)
    assert TickRun.objects.get().last_error.startswith(told)
    assert TickRun.objects.get().finished_at is not None
    assert connection.get_autocommit() is True
    tick(lambda as_of: 7)
    assert (elsewhere(beat), beat()) == (7, 7)


def test_a_tick_that_went_on_with_another_connection_has_run(tick):
    def reconnect(as_of) -> int:
        connection.close()
        return TickRun.objects.count()

    tick(reconnect)

    assert (beat(), elsewhere(beat)) == (1, 1)


@pytest.fixture
def stopped():
    """The connection of a process that was stopped while it ran the tick "scene"."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ticks.lock_key("scene")])
    yield other
    other.close()


@pytest.mark.case("J04")
def test_a_process_that_was_stopped_in_a_tick_does_not_hold_it_up_for_ever(
    tick, stopped, monkeypatch
):
    tick(lambda as_of: 7)
    while_it_may = [beat(), beat()]

    monkeypatch.setattr(ticks, "FROZEN", timedelta(0))

    assert (while_it_may, beat()) == ([None, None], None)
    wait_until(lambda: beat() == 7)
    with pytest.raises(Error), stopped.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_ticks_go_by_the_clock_of_the_database(tick, monkeypatch):
    moments = []
    tick(lambda as_of: moments.append(as_of) or 0)
    monkeypatch.setattr(timezone, "now", lambda: NOW)

    before = database_now()
    ticks.tick_task("scene")

    assert before < moments[0] < database_now()


def test_a_worker_with_a_wrong_clock_notes_its_ticks_by_the_clock_of_the_database(
    tick, monkeypatch
):
    monkeypatch.setattr(timezone, "now", lambda: NOW.replace(year=2999))
    tick(lambda as_of: 1)
    before = database_now()

    beat()

    run = TickRun.objects.get(name="scene")
    noted = [run.started_at, run.finished_at, run.succeeded_at, run.worked_at]
    assert [before < moment <= database_now() for moment in noted] == [True] * 4
