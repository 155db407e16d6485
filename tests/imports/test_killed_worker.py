"""A worker that is killed in the middle of a file: nothing is lost, nothing comes in twice."""

import os
import signal
import subprocess
import sys
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.action import writing
from capture.imports.actions import import_counts, stage_import, start_import
from capture.imports.models import ImportState
from ground.ticks import run_tick, tick_task
from leads.models import Activity, Identifier, Lead
from tests.database.connections import open_transaction
from tests.factories import EVERYTHING, NOW, make_lead
from tests.services.running import PROJECT, wait_until

ROWS, STOPS_AT = 10_000, 5_250
SECONDS = 300


def database_url():
    given = connection.settings_dict
    login = ":".join(filter(None, (given["USER"], given["PASSWORD"])))
    port = f":{given['PORT']}" if given["PORT"] else ""
    if given["HOST"].startswith("/"):
        return f"postgresql://{login}@{port}/{given['NAME']}?host={given['HOST']}"
    return f"postgresql://{login}@{given['HOST']}{port}/{given['NAME']}"


@pytest.fixture
def worker(tmp_path):
    """A Celery worker on the database of this test, with a queue of its own."""
    queue = f"test-{uuid.uuid4()}"
    known = {"DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL}
    command = [sys.executable, "-m", "celery", "-A", "leadcrm", "worker", f"--queues={queue}"]
    with (tmp_path / "worker.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--pool=solo", "--without-gossip", "--without-mingle"],
            cwd=PROJECT,
            env=os.environ | known,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    process.queue = queue
    yield process
    process.kill()
    process.wait()


def hold_up(lead):
    """Claim the address of one row for another lead, and take it back in the end."""
    with writing("scene"):
        Identifier.objects.create(
            lead=lead,
            kind="email",
            value="x",
            normalised=f"a{STOPS_AT}@b.de",
            created_at=NOW,
        )
    transaction.set_rollback(True)


def is_waiting():
    """Say whether somebody waits for what another transaction holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] == 1


def go_on(lead_import):
    """Run the tick as beat does, when the lease of the dead worker is over."""
    run_tick("capture.import", as_of=timezone.now() + timedelta(minutes=10))
    lead_import.refresh_from_db()
    return lead_import.state == ImportState.FINISHED


@pytest.mark.django_db(transaction=True)
@pytest.mark.case("I06")
def test_an_import_goes_on_where_its_killed_worker_was_and_each_row_comes_in_once(worker):
    other = make_lead()
    content = "E-Mail\n" + "".join(f"a{number}@b.de\n" for number in range(ROWS))
    lead_import = stage_import(content.encode(), file_name="l.csv", by=EVERYTHING, as_of=NOW)
    start_import(lead_import, mapping=lead_import.mapping, by=EVERYTHING, as_of=NOW)

    with open_transaction(lambda: hold_up(other)):
        tick_task.apply_async(("capture.import",), queue=worker.queue)
        wait_until(is_waiting, seconds=SECONDS)
        half = import_counts(lead_import)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    wait_until(lambda: go_on(lead_import), seconds=SECONDS)

    assert (half["created"], half["open"]) == (5_000, 5_000)
    counts = import_counts(lead_import)
    assert (counts["created"], counts["open"]) == (ROWS, 0)
    assert Lead.objects.count() == Identifier.objects.count() == ROWS + 1
    assert Activity.objects.filter(kind="lead.created").count() == ROWS + 1
    assert lead_import.rows.values("lead").distinct().count() == ROWS
