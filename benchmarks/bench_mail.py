"""Sending mails of a sequence: claim, render, hand over, record; beside a bare loop of smtplib."""

import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from benchmarks.row import Row
from benchmarks.scale import Scale
from ground.due import drain
from nurturing.actions.sending import send_due
from nurturing.actions.steps import run_steps
from nurturing.actors import SEQUENCES
from nurturing.models import DueEnrolment, Message
from tests.nurturing.mail_server import free_port
from tests.nurturing.scene import enrol, make_organisation, make_reader, make_sequence


def run(scale: Scale) -> list[Row]:
    """Measure ``scale.mails`` mails each way, over one connection to the same local server."""
    make_organisation()
    now = timezone.now()
    sequence = make_sequence(as_of=now)
    for number in range(scale.mails):
        enrol(make_reader(email=f"a{number}@example.org"), sequence, as_of=now)
    drain(DueEnrolment, partial(run_steps, by=SEQUENCES, as_of=now), as_of=now)
    with _mail_server() as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        reverse("home")  # a worker has read its addresses long ago
        started = time.perf_counter()
        while send_due(timezone.now()):
            pass
        ours = scale.mails / (time.perf_counter() - started)
        assert Message.objects.filter(state="sent").count() == scale.mails
        bare = scale.mails / _send_bare(port, scale.mails)
    return [Row.of("mails of a sequence sent", ours, bare, "a second")]


def _send_bare(port: int, count: int) -> float:
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(count):
            mail = EmailMessage()
            mail["From"], mail["To"] = "post@muster.example", f"a{number}@example.org"
            mail["Subject"] = "Hello"
            mail.set_content("News " * 100)
            mail.add_alternative("<p>News</p>" * 100, subtype="html")
            server.send_message(mail)
    return time.perf_counter() - started


@contextmanager
def _mail_server() -> Iterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        running = subprocess.Popen(
            [sys.executable, "-m", "leadcrm.embedded.mail_sink", str(port), folder],
            cwd=settings.BASE_DIR,
        )
        try:
            for _try in range(100):
                try:
                    smtplib.SMTP("127.0.0.1", port).quit()
                    break
                except OSError:
                    time.sleep(0.1)
            yield port
            assert list(Path(folder).glob("*.eml"))
        finally:
            running.terminate()
            running.wait(10)
