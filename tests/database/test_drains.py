"""One bad row in any queue: tried five times, set aside with its error, and no hold-up."""

import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from multiprocessing import get_context

import pytest
from django.db import connection, models, transaction

from ground import due
from ground.due import LEASE, MAX_ATTEMPTS, WORKER_DIED, DueRow, ask, cancel, claim, drain, queues
from ground.ticks import TICKS
from scoring.models import DueScore
from tests.factories import NOW, make_lead

# Which tick empties which queue.
DRAINS = {
    "accounts.accountmail": "accounts.mails",
    "capture.duechat": "capture.chat",
    "capture.dueeventmail": "capture.event_mails",
    "capture.duehookevent": "capture.hooks",
    "capture.duehookfetch": "capture.hook_fetches",
    "capture.dueimport": "capture.import",
    "capture.dueseat": "capture.seats",
    "capture.duesubmission": "capture.intake",
    "handoff.duecalendar": "handoff.calendars",
    "handoff.duecalendarentry": "handoff.calendar_entries",
    "handoff.duehandoff": "handoff.assign",
    "handoff.duereminder": "handoff.reminders",
    "handoff.duerevisit": "handoff.revisit",
    "handoff.duesla": "handoff.sla",
    "handoff.duetask": "handoff.tasks",
    "leads.dueexport": "leads.export",
    "leads.duemember": "leads.members",
    "leads.duesegment": "leads.members",
    "nurturing.dueenrolment": "nurturing.steps",
    "nurturing.dueentry": "nurturing.triggers",
    "nurturing.duetrigger": "nurturing.triggers",
    "nurturing.dueverdict": "nurturing.verdicts",
    "scoring.duebacktest": "scoring.backtest",
    "scoring.duescore": "scoring.drain",
    "scoring.duesweep": "scoring.sweep",
}
every_queue = pytest.mark.parametrize("queue", queues(), ids=lambda queue: queue.queue_name())


class WorkerKilled(BaseException):
    """No error that anybody catches: what the rest of the program sees of a killed worker."""


@pytest.fixture
def rows(db, queue: type[DueRow]) -> Iterator[list[DueRow]]:
    """Three rows of the queue that are due; what they are about is not there and not needed."""
    queue.objects.all().delete()
    yield queue.objects.bulk_create(_row(queue, number) for number in (1, 2, 3))
    queue.objects.all().delete()


def _row(queue: type[DueRow], number: int) -> DueRow:
    columns: dict[str, object] = {"due_at": NOW}
    for field in queue._meta.concrete_fields:
        if field.unique and isinstance(field, models.CharField):
            columns[field.attname] = f"key {number}"
        elif field.is_relation:
            columns[field.attname] = field.target_field.to_python(number)
    return queue(**columns)


def _break_on(monkeypatch, poison: DueRow, failure: BaseException) -> list[int]:
    """Let the work of every queue fail for one row; returns the keys of the rows that were done."""
    done: list[int] = []

    def work(model, rows, work) -> None:
        if any(row.pk == poison.pk for row in rows):
            raise failure
        done.extend(row.pk for row in rows)
        model.objects.filter(pk__in=[row.pk for row in rows]).delete()

    monkeypatch.setattr(due, "_work_and_remove", work)
    return done


def test_every_queue_is_tried_here():
    assert DRAINS.keys() == {queue.queue_name() for queue in queues()}


@pytest.mark.case("J07")
@pytest.mark.case("C30")
@every_queue
def test_a_poison_row_is_set_aside_after_five_tries_and_the_others_go_on(queue, rows, monkeypatch):
    poison, *others = rows
    done = _break_on(monkeypatch, poison, ValueError("no such thing"))
    run, moment = TICKS[DRAINS[queue.queue_name()]].run, NOW

    pauses = []
    for _attempt in range(MAX_ATTEMPTS):
        run(moment)
        poison.refresh_from_db()
        pauses.append((poison.due_at - moment).total_seconds())
        run(poison.due_at - timedelta(seconds=1))
        moment = poison.due_at

    assert sorted(done) == [row.pk for row in others]
    assert pauses[:4] == [10, 20, 40, 80]
    assert (poison.attempts, poison.last_error) == (5, "ValueError: no such thing")
    assert poison.quarantined_at is not None
    run(moment + timedelta(days=1))
    poison.refresh_from_db()
    assert poison.attempts == MAX_ATTEMPTS


@pytest.mark.case("J07")
@every_queue
def test_a_row_that_kills_its_worker_is_set_aside_and_the_others_go_on(queue, rows, monkeypatch):
    poison, *others = rows
    done = _break_on(monkeypatch, poison, WorkerKilled())

    for round in range(MAX_ATTEMPTS + 1):
        _start_workers(queue, NOW + round * LEASE)

    poison.refresh_from_db()
    assert sorted(done) == [row.pk for row in others]
    assert (poison.attempts, poison.last_error) == (5, WORKER_DIED)
    assert poison.quarantined_at == NOW + MAX_ATTEMPTS * LEASE


def _start_workers(queue: type[DueRow], moment: datetime) -> None:
    """Run the tick, and again whenever it is killed, until a run ends by itself."""
    for _start in range(10):
        try:
            TICKS[DRAINS[queue.queue_name()]].run(moment)
        except WorkerKilled:
            continue
        return
    raise AssertionError("The workers are killed without end.")


def _die_over(poison: int, moment: datetime) -> None:
    """Be a worker of its own, on a connection of its own, that one row kills."""
    inherited, connection.connection = connection.connection, None

    def work(rows: list[DueScore]) -> None:
        if any(row.pk == poison for row in rows):
            os.kill(os.getpid(), signal.SIGKILL)

    drain(DueScore, work, as_of=moment)
    assert inherited is not None
    os._exit(0)  # without closing what belongs to the parent


@pytest.mark.case("J07")
@pytest.mark.django_db(transaction=True)
def test_a_killed_process_leaves_its_try_counted_and_its_neighbours_unharmed():
    leads = sorted(make_lead().pk for _ in range(4))
    with transaction.atomic():
        cancel(DueScore, "lead_id", leads)
        ask(DueScore, "lead_id", leads, due_at=NOW)
    poison = DueScore.objects.get(lead_id=leads[2])

    codes = []
    for round in range(MAX_ATTEMPTS + 1):
        # Twice: the first that dies in a round has left its neighbours for the second.
        for _start in range(2):
            process = get_context("fork").Process(
                target=_die_over, args=(poison.pk, NOW + round * LEASE)
            )
            process.start()
            process.join(60)
            codes.append(process.exitcode)

    poison.refresh_from_db()
    assert codes.count(-signal.SIGKILL) == MAX_ATTEMPTS
    assert list(DueScore.objects.values_list("pk", flat=True)) == [poison.pk]
    assert (poison.attempts, poison.last_error) == (MAX_ATTEMPTS, WORKER_DIED)
    assert poison.quarantined_at == NOW + MAX_ATTEMPTS * LEASE


@pytest.mark.case("J07")
@pytest.mark.parametrize("queue", [DueScore])
def test_rows_that_were_tried_before_are_taken_alone(queue, rows):
    first = claim(queue, as_of=NOW, limit=500)
    later = [claim(queue, as_of=NOW + LEASE, limit=500) for _ in range(4)]

    assert [len(first.rows), first.is_last] == [3, True]
    assert [len(claimed.rows) for claimed in later] == [1, 1, 1, 0]
    assert [claimed.is_last for claimed in later] == [False, False, True, True]
