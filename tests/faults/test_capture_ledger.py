"""Nothing that was answered with success is lost or doubled, whatever breaks meanwhile.

Real processes, hurt for real. ``LEDGER_SIZE`` sets the number of submissions,
``LEDGER_CONNECTIONS`` how many visitors send at once, ``LEDGER_OUTAGE`` and
``LEDGER_REDIS_OUTAGE`` for how many seconds PostgreSQL and Redis are gone in their middle; `make
faults-long` takes the large ones.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.faults.ledger import Ledger, fill_in_many
from tests.faults.mishaps import let_everything_break
from tests.faults.posting import (
    RECOVERED_AFTER,
    arm,
    became,
    no_room_for_files,
    post,
    post_at_once,
    post_until,
)
from tests.faults.servers import Installation
from tests.services.running import processes_with, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and sets limits")

SIZE = int(os.environ.get("LEDGER_SIZE", "20000"))
OUTAGE = float(os.environ.get("LEDGER_OUTAGE", "60"))
REDIS_OUTAGE = float(os.environ.get("LEDGER_REDIS_OUTAGE", "0"))
CONNECTIONS = int(os.environ.get("LEDGER_CONNECTIONS", "8"))
# The numbers of the forms that single tests send, out of the way of the ledger.
_hundreds = iter(range(1_000_000, 2_000_000, 100))


@pytest.fixture(scope="module")
def installation(cluster):
    """One installation for the whole module: starting it takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="lc-"))
    (folder / "var").mkdir()
    (folder / "crash").mkdir()
    subprocess.run(["cp", "-a", str(cluster), str(folder / "var/postgres")], check=True)
    hurt = {
        "PYTHONPATH": str(Path(__file__).parent / "crash"),
        "CRASH_POINTS": str(folder / "crash"),
    }
    installation = Installation(folder / "var", **hurt)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()
        wait_until(lambda: not processes_with(str(folder)), seconds=30)
        shutil.rmtree(folder)


@pytest.fixture
def forms(installation):
    """Returns so many forms that nobody has sent yet; every web worker uses the database again."""

    def fill_in(count):
        return fill_in_many(installation.form, count, first=next(_hundreds))

    # After an outage each process leaves the database alone for some seconds.
    wait_until(lambda: {post(installation, one).status for one in fill_in(16)} == {200}, seconds=60)
    yield fill_in
    installation.mend()


@pytest.mark.case("C05")
def test_one_form_on_twenty_connections_at_once_is_one_lead(installation, forms):
    (filled,) = forms(1)

    answers = post_at_once(installation, filled, 20)

    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
    assert (len(answers), became(installation, filled)) == (20, (1, 1))


@pytest.mark.case("C07")
def test_a_crash_between_commit_and_answer_makes_no_second_lead(installation, forms):
    (filled,) = forms(1)
    point = arm(installation, "before_answer")

    with pytest.raises(ConnectionError):
        post(installation, filled)
    ((rows,),) = installation.ask(
        "SELECT count(*) FROM capture_submission WHERE id = %s", filled.key
    )
    again = post_until(installation, filled, 200)

    assert (point.exists(), rows, again.status) == (False, 1, 200)
    assert became(installation, filled) == (1, 1)


@pytest.mark.case("C04")
@pytest.mark.case("C08")
@pytest.mark.case("C09")
def test_every_way_through_the_spool_ends_in_one_lead(installation, forms):
    killed, parallel = forms(2)
    post_until(installation, forms(1)[0], 200)

    installation.postgres.stop()
    arm(installation, "before_rename")
    with pytest.raises(ConnectionError):
        post(installation, killed)
    left_over = [path.suffix for path in installation.spool.iterdir()]
    spooled = post_until(installation, killed, 202)

    ballast = installation.spool / "ballast.tmp"
    with ballast.open("wb") as file:
        file.truncate(500 * 1024 * 1024)
    full, refused = turned_away(installation, forms)
    ballast.unlink()
    accepted = post_until(installation, full, 202)
    wait_until(lambda: {post(installation, one).status for one in forms(8)} == {202}, seconds=60)
    # Each process counts for itself how full it is, now and then.
    wait_until(lambda: _are_taken(post_at_once(installation, parallel, 20)), seconds=60)
    files = [path.name for path in installation.spool.glob("*.submission")]

    crashed = arm(installation, "before_unlink")
    installation.postgres.start()
    wait_until(lambda: not crashed.exists(), seconds=120)

    assert (left_over, spooled.status) == ([".tmp"], 202)
    assert (refused.status, refused.retry_after, accepted.status) == (503, "60", 202)
    assert b'"contact"' in refused.body
    for filled in (killed, full, parallel):
        assert [name.split(".")[0] for name in files].count(filled.key) == 1
    for filled in (killed, full, parallel):
        assert became(installation, filled) == (1, 1)


def _are_taken(answers):
    return {answer.status for answer in answers} == {202}


def turned_away(installation, forms):
    """Return a form that was not taken, with its answer; how full it is is counted now and then."""
    for filled in forms(100):
        answer = post(installation, filled)
        if answer.status != 202:
            return filled, answer
        time.sleep(0.2)
    raise AssertionError("A spool that is full went on taking.")


@pytest.mark.case("C04")
@pytest.mark.case("F8")
def test_a_disk_that_takes_no_file_stops_only_the_spool(installation, forms):
    stored, refused, later = forms(3)

    with no_room_for_files(installation):
        with_database = post(installation, stored)
        taken_in = became(installation, stored)
        installation.postgres.stop()
        without_database = post(installation, refused)
    healed = post_until(installation, later, 202)
    installation.postgres.start()

    assert (with_database.status, taken_in) == (200, (1, 1))
    assert (without_database.status, without_database.retry_after) == (503, "60")
    assert healed.status == 202
    assert became(installation, refused) == (0, 0)
    assert became(installation, later) == (1, 1)


@pytest.mark.case("C04")
def test_a_web_worker_writes_to_no_file_of_the_disk_through_a_map(installation, forms):
    assert post_until(installation, forms(1)[0], 200).status == 200

    maps = [Path(f"/proc/{pid}/maps").read_text() for pid in installation.web_workers()]
    shared = [line.split()[5] for text in maps for line in text.splitlines() if " rw-s " in line]
    counting = {Path(path).parent.parent for path in shared if path.endswith(".db")}

    # On a full disk such a write is no error: the kernel kills the process.
    assert counting == {Path("/dev/shm")}
    assert [path for path in shared if path.startswith(str(installation.var))] == []


@pytest.mark.case("C30")
def test_a_row_that_fails_each_time_is_set_aside_and_the_queue_moves_on(installation, forms):
    poison, *others = forms(4)
    installation.ask(_POISON, f"{poison.key}")

    for filled in (poison, *others):
        assert post(installation, filled).status == 200
    wait_until(lambda: _tried(installation, poison), seconds=120)
    installation.ask("DROP TRIGGER poison ON capture_touch; DROP FUNCTION poison()")

    assert [became(installation, filled) for filled in others] == [(1, 1)] * 3
    assert became(installation, poison) == (1, 0)
    ((state, verdict),) = installation.ask(
        "SELECT state, verdict FROM capture_submission WHERE id = %s", poison.key
    )
    assert (state, verdict["reasons"][0]["code"]) == ("quarantined", "stuck")
    ((attempts, error),) = installation.ask(
        "SELECT attempts, last_error FROM capture_duesubmission WHERE submission_id = %s",
        poison.key,
    )
    assert (attempts, "this one is poison" in error) == (5, True)


_POISON = """
    CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'this one is poison'; END $$;
    DO $do$ BEGIN EXECUTE format(
        'CREATE TRIGGER poison BEFORE INSERT ON capture_touch FOR EACH ROW
         WHEN (NEW.submission_id = %%L) EXECUTE FUNCTION poison()', %s);
    END $do$
"""


def _tried(installation, filled):
    """Let the pause after a failure be over; tell whether the row was set aside."""
    ((state,),) = installation.ask("SELECT state FROM capture_submission WHERE id = %s", filled.key)
    installation.ask(
        """
        UPDATE capture_duesubmission SET due_at = now()
        WHERE submission_id = %s AND last_error <> '' AND quarantined_at IS NULL
        """,
        filled.key,
    )
    return state == "quarantined"


_OUTCOMES = """
    SELECT submission.id::text, submission.state, count(activity.id), min(submission.received_at),
        min(submission.lead_id)
    FROM capture_submission submission
    LEFT JOIN leads_activity activity
        ON activity.lead_id = submission.lead_id AND activity.kind = 'form.submitted'
    WHERE submission.id = ANY(%s::uuid[])
    GROUP BY submission.id
"""


@pytest.mark.case("C01")
@pytest.mark.case("C02")
@pytest.mark.case("C03")
@pytest.mark.case("C07")
@pytest.mark.case("F1")
@pytest.mark.case("F2")
@pytest.mark.case("F3")
@pytest.mark.case("F4")
@pytest.mark.case("F10")
def test_whatever_breaks_each_accepted_submission_is_one_row_and_one_lead(installation):
    ledger = Ledger(installation.port, installation.form, fill_in_many(installation.form, SIZE))

    ledger.start(CONNECTIONS)
    let_everything_break(installation, ledger, outage=OUTAGE, redis_outage=REDIS_OUTAGE)
    ledger.wait_for(SIZE)
    # Sent as fast as the machine can; what is promised is fifty a second.
    installation.wait_until_taken_in(seconds=max(RECOVERED_AFTER, SIZE / 50))
    rows = installation.ask(_OUTCOMES, [filled.key for filled in ledger.forms])

    assert ledger.given_up == {}
    assert {key for key, *_columns in rows} == ledger.accepted.keys()
    assert {(state, activities) for _key, state, activities, *_columns in rows} == {
        ("processed", 1)
    }
    assert len({lead for *_columns, lead in rows}) == SIZE
    # What was drained late came in when it came in.
    assert all(received_at <= ledger.accepted[key] for key, _s, _n, received_at, _lead in rows)
    assert ledger.answers["200"] >= 100
    assert ledger.answers["202"] >= 100
    assert ledger.answers.total() > SIZE
