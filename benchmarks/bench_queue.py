"""From a form to the queue of a rep, and how far the drains fall behind; a whole installation.

Web server, worker and beat run as `manage.py up` starts them, beside ``scale.leads`` leads. A
visitor who sends the contact form is an MQL by one rule and handed over to eight reps in turn. The
figures come from the rows' own times.
"""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from benchmarks.queue_scene import prepare, record
from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.server import at_once, database_url, p
from tests.faults.ledger import Filled, Line, fill_in_many
from tests.faults.servers import SECRET_KEY
from tests.services.running import Up, free_port

BESIDE_LEADS = 2
FORMS_PER_SECOND = 20
ACTIVITIES_PER_SECOND = 100
LONGEST = 600
CONNECTIONS = 4
# How long the queue may take to become empty once nothing more comes in.
REST = 300


def run(scale: Scale) -> list[Row]:
    """Measure both for ``scale.seconds``, at most ten minutes each."""
    seconds = min(scale.seconds, LONGEST)
    form = prepare()
    with _installed() as port:
        return [*_forms(port, form, seconds), *_activities(seconds)]


@contextmanager
def _installed() -> Iterator[int]:
    """Run everything over the database of the benchmark; gives the port."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="lc-") as folder:
        var = Path(folder) / "var"
        var.mkdir()
        up = Up(
            var,
            port,
            DATABASE_URL=database_url(),
            REDIS_URL=settings.REDIS_URL,
            LEADCRM_SECRET_KEY=SECRET_KEY,
            # The client stands in for our own proxy and says for whom it asks.
            LEADCRM_TRUSTED_PROXIES="1",
        )
        try:
            up.wait_until_ready(seconds=300)
            yield port
        finally:
            up.stop()


def _forms(port: int, form: str, seconds: int) -> list[Row]:
    forms = fill_in_many(form, FORMS_PER_SECOND * seconds)
    lines = [Line(port, form) for _number in range(CONNECTIONS)]
    turns = iter(forms)
    lock = threading.Lock()

    def post(number: int) -> bool:
        with lock:
            filled: Filled = next(turns)
        return lines[number].post(filled).status == 200

    accepted, _took, _times = at_once(CONNECTIONS, seconds, post, per_second=FORMS_PER_SECOND)
    waits: list[float] = []
    end = time.monotonic() + REST
    while len(waits) < accepted:
        assert time.monotonic() < end, f"{len(waits)} of {accepted} are in a queue"
        time.sleep(0.5)
        waits = [wait for (wait,) in _ask(_WAITS)]
    name = f"form to queue, {FORMS_PER_SECOND} a second"
    return [
        Row.of(name, p(0.95, waits) / 1000, None, "s, p95"),
        Row.of(f"{name}, the slowest", max(waits), None, "s"),
    ]


# The queue of the rep whom the lead was offered to; the transaction commits a moment later.
_WAITS = """
    SELECT extract(epoch FROM handoff.offered_at - submission.received_at)::float
    FROM capture_submission AS submission
    JOIN handoff_handoff AS handoff USING (lead_id)
    WHERE handoff.to_user_id IS NOT NULL
"""


def _activities(seconds: int) -> list[Row]:
    """Record activities at a steady pace, and look at the oldest lead that waits for its score."""
    lags: list[float] = []
    for _moment in record(ACTIVITIES_PER_SECOND, seconds):
        ((lag,),) = _ask(_LAG)
        lags.append(lag)
    name = f"oldest lead without its new score, {ACTIVITIES_PER_SECOND} activities a second"
    return [Row.of(name, p(0.95, lags) / 1000, None, "s, p95")]


_LAG = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)::float
    FROM scoring_duescore WHERE due_at <= clock_timestamp()
"""


def _ask(statement: str) -> list[tuple[float]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[float]] = cursor.fetchall()
    return rows
