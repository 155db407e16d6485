import os
import signal
import time
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from capture import spool, ticks
from capture.actions.receiving import store_submissions
from capture.actors import CAPTURE
from capture.models import Submission
from capture.raw import RawSubmission
from tests.capture.scene import make_form

pytestmark = pytest.mark.django_db(transaction=True)


def raw_submission(**overrides):
    form = make_form()
    values = {
        "key": "6f9619ff-8b86-4011-b42d-00c04fc964ff",
        "form_id": form.public_id,
        "version": 1,
        "body": b"email=a%40b.de",
        "content_type": "application/x-www-form-urlencoded",
        "received_at": datetime(2026, 11, 2, 10, 0, tzinfo=UTC),
        **overrides,
    }
    return RawSubmission(**{**values, "key": UUID(values["key"])})


def die_before_rename(raw, kill):
    """In a process of its own: write, and be killed where the file is renamed."""
    Path.rename = lambda self, target: os.kill(os.getpid(), kill)
    spool.put(raw)


@pytest.mark.case("C08")
def test_a_worker_killed_between_writing_and_renaming_leaves_nothing_half():
    raw = raw_submission()
    connection.close()

    process = get_context("fork").Process(target=die_before_rename, args=(raw, signal.SIGKILL))
    process.start()
    process.join()
    left = sorted(path.suffix for path in spool.folder().iterdir())
    ignored = spool.waiting()
    spool.put(raw)

    assert process.exitcode == -signal.SIGKILL
    assert (left, ignored) == ([".tmp"], [])
    assert [path.name.split(".")[0] for path in spool.waiting()] == [str(raw.key)]
    assert spool.sweep(now=time.time() + 2 * spool.STALE_SECONDS) == 1


@pytest.mark.case("C09")
def test_a_drain_that_dies_after_the_insert_stores_nothing_twice():
    raw = raw_submission()
    spool.put(raw)
    store_submissions([raw], by=CAPTURE, as_of=timezone.now())

    moved = ticks.drain_spool(timezone.now())

    assert (moved, Submission.objects.count(), spool.waiting()) == (1, 1, [])


def test_a_file_that_cannot_be_read_is_put_aside_and_the_others_go_on():
    good = raw_submission()
    spool.put(good)
    (spool.folder() / "broken.submission").write_bytes(b'{"key": 1}\nrest')
    whole = spool.waiting()[0].read_bytes()
    (spool.folder() / "cut.submission").write_bytes(whole[:-3])

    moved = ticks.drain_spool(timezone.now())

    assert moved == 1
    assert sorted(path.name for path in spool.refused_folder().iterdir()) == [
        "broken.submission",
        "cut.submission",
    ]


def test_a_spooled_submission_is_read_back_as_it_was():
    raw = raw_submission(body=b"\x00\xff\n\n{}", headers={"Origin": "https://a.example"})

    assert RawSubmission.from_bytes(raw.to_bytes()) == raw
