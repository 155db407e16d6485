"""What the spool does when it is nearly full, old, unreadable, or its rows are refused."""

import errno
import os
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DataError, ProgrammingError
from django.utils import timezone

from accounts.action import writing
from capture import snapshots, spool, ticks
from capture.models import DueSubmission, Submission
from capture.raw import RawSubmission
from leads.models import Lead
from tests.capture.scene import answers, make_form, send, work
from tests.capture.test_spool import raw_submission

pytestmark = pytest.mark.django_db(transaction=True)


def spooled(number, form, **overrides):
    """Put one submission with a key and a body of its own into the spool."""
    raw = RawSubmission(
        key=f"6f9619ff-8b86-4011-b42d-{number:012d}",
        form_id=form.public_id,
        version=1,
        body=b"email=a%40b.de",
        content_type="application/x-www-form-urlencoded",
        received_at=timezone.now(),
        **overrides,
    )
    spool.put(raw)
    return raw


def test_what_is_put_between_two_counts_counts(monkeypatch):
    raw = raw_submission()
    length = len(raw.to_bytes())
    monkeypatch.setattr(spool, "MAX_BYTES", 2 * length + 10)

    spool.put(raw)
    spool.put(raw_submission(body=b"email=b%40b.de"))
    with pytest.raises(spool.SpoolFullError):
        spool.put(raw_submission(body=b"email=c%40b.de"))

    assert len(spool.waiting()) == 2


def test_after_a_day_without_a_database_nothing_more_is_promised():
    raw = raw_submission()
    spool.put(raw)
    (path,) = spool.waiting()
    yesterday = time.time() - spool.MAX_AGE.total_seconds() - 60
    os.utime(path, (yesterday, yesterday))
    spool.forget()

    with pytest.raises(spool.SpoolFullError):
        spool.put(raw_submission(body=b"email=b%40b.de"))
    spool.put(raw)

    assert spool.waiting() == [path]


@pytest.mark.case("C05")
def test_two_bodies_under_one_key_written_at_once_are_both_kept():
    raws = [raw_submission(body=f"email={n}%40b.de".encode()) for n in range(8)]
    gate = threading.Barrier(8)

    def put(raw):
        gate.wait()
        spool.put(raw)

    threads = [threading.Thread(target=put, args=(raw,)) for raw in raws]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moved = ticks.drain_spool(timezone.now())

    assert moved == 8
    assert {bytes(row.body) for row in Submission.objects.all()} == {raw.body for raw in raws}
    assert sorted(Submission.objects.values_list("state", flat=True)) == [
        *["conflict"] * 7,
        "received",
    ]


def test_a_file_whose_row_the_database_refuses_is_put_aside_and_the_others_go_on():
    form = make_form()
    good = [spooled(number, form) for number in (1, 3)]
    bad = spooled(2, form, ip="no address at all")

    moved = ticks.drain_spool(timezone.now())

    assert moved == 2
    assert {str(row.pk) for row in Submission.objects.all()} == {raw.key for raw in good}
    assert [path.name.split(".")[0] for path in spool.refused_folder().iterdir()] == [bad.key]


@pytest.mark.parametrize(
    ("error", "put_aside"), [(DataError("refused"), 1), (ProgrammingError("no such column"), 0)]
)
def test_a_database_that_is_not_up_to_date_is_not_the_fault_of_the_file(
    monkeypatch, error, put_aside
):
    spooled(1, make_form())

    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr(ticks, "store_submissions", refuse)
    with suppress(ProgrammingError):
        ticks.drain_spool(timezone.now())

    assert len(spool.waiting()) == 1 - put_aside


def test_a_file_that_may_not_be_read_stays_and_the_others_go_on(monkeypatch):
    form = make_form()
    locked, good = spooled(1, form), spooled(2, form)
    (path,) = [path for path in spool.waiting() if path.name.startswith(locked.key)]
    content = path.read_bytes()
    # A folder in its place cannot be read by root either.
    path.unlink()
    path.mkdir()

    moved = ticks.drain_spool(timezone.now())
    path.rmdir()
    path.write_bytes(content)
    later = ticks.drain_spool(timezone.now())

    assert (moved, later, spool.waiting()) == (1, 1, [])
    assert {str(key) for key in Submission.objects.values_list("pk", flat=True)} == {
        locked.key,
        good.key,
    }


def test_a_long_queue_is_moved_in_runs_the_oldest_first(monkeypatch):
    form = make_form()
    raws = [spooled(number, form) for number in range(5)]
    for age, path in enumerate(sorted(spool.waiting(), reverse=True)):
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    monkeypatch.setattr(spool, "MAX_AT_ONCE", 3)

    moved = ticks.drain_spool(timezone.now())

    assert moved == 3
    assert {str(key) for key in Submission.objects.values_list("pk", flat=True)} == {
        raw.key for raw in raws[2:]
    }


def test_a_submission_that_came_while_the_clock_was_an_hour_fast_does_not_wait_for_it():
    form = make_form()
    send(form, answers(form))
    now = timezone.now()
    with writing("scene"):
        DueSubmission.objects.update(due_at=now + timedelta(hours=1))

    work(now)

    assert Lead.objects.count() == 1


def test_a_pause_after_a_failure_is_left_alone():
    form = make_form()
    send(form, answers(form))
    now = timezone.now()
    with writing("scene"):
        DueSubmission.objects.update(
            due_at=now + timedelta(seconds=80), attempts=4, last_error="no"
        )

    work(now)

    assert Lead.objects.count() == 0


def test_what_a_killed_drain_held_is_taken_in_half_a_minute_later(monkeypatch):
    form = make_form()
    send(form, answers(form))
    now = timezone.now() + timedelta(seconds=1)

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(ticks, "take_in_submissions", die)
    with pytest.raises(Killed):
        work(now)
    monkeypatch.undo()
    at_once = work(now + timedelta(seconds=29)), Lead.objects.count()
    later = work(now + timedelta(seconds=31)), Lead.objects.count()

    assert (at_once, later) == ((0, 0), (1, 1))


@pytest.mark.case("C04")
def test_a_full_disk_is_not_littered_with_forms_that_were_not_written(monkeypatch):
    form = snapshots.read_public_form(make_form().public_id)
    snapshots.forget()

    def write_half(path, text, encoding):
        path.write_bytes(text[:10].encode())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", write_half)
    snapshots.keep(form)
    left = list((spool.folder().parent / "forms").glob("*.tmp"))
    monkeypatch.undo()
    snapshots.keep(form)

    assert left == []
    assert snapshots.load(form.public_id) == form
