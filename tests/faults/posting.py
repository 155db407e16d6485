"""What the tests of the capture path do to an installation, and what they ask it afterwards."""

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.ledger import Answer, Filled, Line
from tests.faults.servers import Installation
from tests.services.running import wait_until

# A promise: everything is a lead five minutes after the last fault is mended.
RECOVERED_AFTER = 300


def arm(installation: Installation, point: str) -> Path:
    """Let the next process that comes by ``point`` be killed there; see crash/sitecustomize.py."""
    path = Path(installation.settings["CRASH_POINTS"]) / point
    path.touch()
    return path


def post(installation: Installation, filled: Filled) -> Answer:
    """Send one form on a connection of its own."""
    line = Line(installation.port, installation.form)
    try:
        return line.post(filled)
    finally:
        line.close()


def post_until(installation: Installation, filled: Filled, status: int) -> Answer:
    """Send the same form as often as it takes to get ``status``, and return that answer."""
    answers: list[Answer] = []

    def is_answered() -> bool:
        try:
            answers.append(post(installation, filled))
            if answers[-1].status == status:
                return True
        except OSError:
            pass
        # Seldom enough to stay below what one address may send in a minute.
        time.sleep(1)
        return False

    wait_until(is_answered, seconds=60)
    return answers[-1]


def post_at_once(installation: Installation, filled: Filled, times: int) -> list[Answer]:
    """Send the same form on ``times`` connections at once."""
    answers: list[Answer] = []
    gate = threading.Barrier(times)

    def run() -> None:
        gate.wait()
        answers.append(post(installation, filled))

    threads = [threading.Thread(target=run) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def became(installation: Installation, filled: Filled) -> tuple[int, int]:
    """Return how many rows and leads one form has become, once everything was taken in."""
    installation.wait_until_taken_in(seconds=RECOVERED_AFTER)
    ((rows, leads),) = installation.ask(
        """
        SELECT count(*), count(DISTINCT lead.id) FROM capture_submission submission
        LEFT JOIN leads_lead lead ON lead.email = %s
        WHERE submission.id = %s OR submission.conflicts_with = %s
        """,
        filled.email,
        filled.key,
        filled.key,
    )
    return rows, leads


@contextmanager
def no_room_for_files(installation: Installation) -> Iterator[None]:
    """Let the web workers write to no file any more, as a full disk does."""
    unlimited = resource.RLIM_INFINITY
    for pid in installation.web_workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, unlimited))
    try:
        yield
    finally:
        for pid in installation.web_workers():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
