"""Every silent stop is noticed within five minutes, by those who ask and with its name."""

import json
import os
from contextlib import suppress
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.action import writing
from ground import ticks
from ground.due import queues
from ground.models import TickRun
from ground.ticks import TICKS, Tick, run_tick
from leadcrm import vitals
from nurturing.models import Message, Sequence, SequenceState
from tests.nurturing.scene import make_due_message, make_organisation

pytestmark = [pytest.mark.case("P14"), pytest.mark.django_db]

ALARM = timedelta(minutes=5)
SHORT = timedelta(seconds=1)


@pytest.fixture
def now(ticking) -> datetime:
    """The moment at which everything was well; nothing has happened since."""
    return timezone.now()


@pytest.fixture
def later(monkeypatch):
    """Let the clocks of those who ask and of the database stand at a moment."""

    def go(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)
        monkeypatch.setattr(vitals, "database_now", lambda: moment)

    return go


def doctor() -> tuple[int, list[str]]:
    out = StringIO()
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as leaving:
        return int(leaving.code or 0), json.loads(out.getvalue())["problems"]
    return 0, json.loads(out.getvalue())["problems"]


def ready(client) -> tuple[int, list[str], list[str]]:
    """Return the status, the parts that are not well, and their names."""
    answer = client.get("/healthz/ready")
    told = answer.json()
    return answer.status_code, [name for name in told if told[name] is False], told.get("late", [])


def make_waiting_mail(due_at: datetime) -> Message:
    """A mail that is due, and nothing else that is."""
    make_organisation()
    message = make_due_message()
    with writing("scene"):
        Message.objects.filter(pk=message.pk).update(due_at=due_at)
        for queue in queues():
            queue.objects.all().delete()
    return message


def test_nothing_is_late_while_everything_runs(client, now):
    assert doctor() == (0, [])
    assert ready(client) == (200, [], [])


def test_beat_or_every_worker_that_stops_is_named_by_all_quick_ticks(client, now, later):
    later(now + ALARM)
    quick = sorted(name for name, tick in TICKS.items() if tick.every <= timedelta(minutes=1))

    code, problems = doctor()

    assert code == 1
    assert [problem.split()[2] for problem in problems] == quick
    assert ready(client) == (503, ["clock"], quick)


def test_a_new_tick_that_has_never_run_is_named_at_once(client, now, monkeypatch):
    new = Tick("new.tick", timedelta(days=1), lambda as_of: 0)
    monkeypatch.setitem(ticks.TICKS, "new.tick", new)

    assert doctor() == (1, ["The tick new.tick last started never."])
    assert ready(client) == (503, ["clock"], ["new.tick"])


def test_a_fresh_installation_whose_clock_has_never_run_says_so(client, db):
    code, problems = doctor()

    assert code == 1
    assert problems == [f"The tick {name} last started never." for name in sorted(TICKS)]
    assert ready(client) == (503, ["clock"], sorted(TICKS))


def test_a_worker_that_hangs_in_a_rare_tick_is_named_long_before_the_tick_is_due(
    client, now, later
):
    TickRun.objects.filter(name="leads.bin").update(started_at=now, finished_at=now - SHORT)
    assert ready(client) == (200, [], [])

    later(now + ALARM)
    TickRun.objects.exclude(name="leads.bin").update(started_at=timezone.now())
    TickRun.objects.exclude(name="leads.bin").update(finished_at=timezone.now())

    assert doctor() == (1, ["The tick leads.bin started 300 s ago and hangs."])
    assert ready(client) == (503, ["clock"], ["leads.bin"])


def test_a_tick_that_fails_each_time_is_not_taken_for_one_that_works(client, now, later):
    run = TickRun.objects.get(name="capture.spool")
    run.last_error, run.succeeded_at = "OSError: no", now
    run.save()
    assert ready(client) == (200, [], [])

    later(now + ALARM)
    TickRun.objects.update(started_at=timezone.now(), finished_at=timezone.now())

    assert doctor() == (1, ["The tick capture.spool failed: OSError: no"])
    assert ready(client) == (503, ["clock"], ["capture.spool"])


def test_a_tick_notes_when_it_succeeded_and_when_it_had_something_to_do(db, monkeypatch):
    def noted(run) -> tuple[bool, bool]:
        TickRun.objects.all().delete()
        monkeypatch.setitem(ticks.TICKS, "scene", Tick("scene", SHORT, run))
        with suppress(ZeroDivisionError):
            run_tick("scene", as_of=timezone.now())
        row = TickRun.objects.get()
        return row.succeeded_at is not None, row.worked_at is not None

    assert noted(lambda as_of: 2) == (True, True)
    assert noted(lambda as_of: 0) == (True, False)
    assert noted(lambda as_of: 1 // 0) == (False, False)


def test_a_spool_that_nobody_drains_is_named(client, now, later, settings, tmp_path):
    later(now)
    settings.SPOOL_DIR = tmp_path
    (tmp_path / "submissions").mkdir()
    waiting = tmp_path / "submissions/one.submission"
    waiting.write_bytes(b"x")
    assert ready(client) == (200, [], [])

    old = (now - ALARM - SHORT).timestamp()
    os.utime(waiting, (old, old))

    assert doctor() == (1, [f"1 submissions wait in {tmp_path}."])
    assert ready(client) == (503, ["spool"], [])


def test_files_of_the_spool_that_nobody_can_read_are_a_problem(now, settings, tmp_path):
    settings.SPOOL_DIR = tmp_path
    (tmp_path / "unreadable").mkdir()
    (tmp_path / "unreadable/one.submission").write_bytes(b"x")

    assert doctor() == (1, [f"1 files of {tmp_path} cannot be read."])


def test_mails_that_are_due_while_none_goes_out_are_a_standstill(client, now, later):
    later(now)
    make_waiting_mail(now - ALARM)
    assert ready(client) == (200, [], [])

    make_waiting_mail(now - ALARM - SHORT)

    assert doctor() == (1, ["Mails wait for 301 s and none goes out."])
    assert ready(client) == (503, ["mails"], [])


def test_a_long_queue_of_mails_that_moves_and_a_paused_one_are_no_standstill(client, now, later):
    later(now)
    message = make_waiting_mail(now - 2 * ALARM)
    TickRun.objects.filter(name="nurturing.send").update(worked_at=now - ALARM + 3 * SHORT)
    assert vitals.stalled_mail(now) == timedelta(0)

    TickRun.objects.update(worked_at=now - ALARM - SHORT)
    assert ready(client) == (503, ["mails"], [])
    with writing("scene"):
        Sequence.objects.filter(pk=message.sequence_id).update(state=SequenceState.PAUSED)

    assert ready(client) == (200, [], [])
