"""Sending mails of a sequence: claim, render, hand over, record; beside a bare loop of smtplib.

Both send the same texts to the same server process, in rounds that they take in turns.
"""

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
from statistics import median

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from benchmarks.row import Row
from benchmarks.scale import Scale
from ground.due import drain
from nurturing.actions.enrolment import enrol_leads
from nurturing.actions.sending import send_due
from nurturing.actions.steps import run_steps
from nurturing.actors import SEQUENCES
from nurturing.models import DueEnrolment, Message, Sequence
from tests.factories import EVERYTHING
from tests.faults.scene import make_readers
from tests.nurturing.mail_server import free_port
from tests.nurturing.scene import make_organisation, make_sequence

ROUNDS = 10


def run(scale: Scale) -> list[Row]:
    """Measure ``scale.mails`` mails each way, one connection a round; the medians count."""
    settings.MAILS_PER_MINUTE = settings.MAILS_PER_MINUTE_AND_DOMAIN = 10 * scale.mails
    make_organisation()
    sequence = make_sequence(as_of=timezone.now())
    size = scale.mails // ROUNDS
    readers = make_readers(size * (ROUNDS + 1), as_of=timezone.now())
    ours, bare = [], []
    with _mail_server() as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        reverse("home")  # a worker has read its addresses long ago
        for begin in range(0, len(readers), size):
            _queue(readers[begin : begin + size], sequence)
            ours.append(_send_ours())
            bare.append(_send_bare(port, size))
    assert Message.objects.filter(state="sent").count() == len(readers)
    # The first round is there to warm up.
    rates = [size / median(seconds[1:]) for seconds in (ours, bare)]
    return [Row.of("mails of a sequence sent", *rates, "a second")]


def _queue(readers: list[int], sequence: Sequence) -> None:
    now = timezone.now()
    enrol_leads(readers, sequence, by=EVERYTHING, as_of=now)
    drain(DueEnrolment, partial(run_steps, by=SEQUENCES, as_of=now), as_of=now)


def _send_ours() -> float:
    started = time.perf_counter()
    while send_due(timezone.now()):
        pass
    return time.perf_counter() - started


def _send_bare(port: int, count: int) -> float:
    """Send the texts of the mails sent last, which are as long as a reader's are."""
    mails = list(Message.objects.order_by("-pk").values_list("to_address", "text", "html")[:count])
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for address, text, html in mails:
            mail = EmailMessage()
            mail["From"], mail["To"] = "post@muster.example", address
            mail["Subject"] = "Hello"
            mail.set_content(text)
            mail.add_alternative(html, subtype="html")
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
