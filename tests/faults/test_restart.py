"""A deployment under load: processes end and begin, the schema changes, and nothing is lost."""

import base64
import json
import os
import signal
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from altcha import v1 as altcha
from django.utils import timezone

from capture.guard import proof
from tests.services.running import Up, free_port, is_alive, wait_until

KEY = "a key of this test, long enough and used nowhere else in the world"
MAKE_FORM = """
from tests.capture.scene import make_form
print(make_form(key="contact").public_id)
"""
# Waits until everything that came in was looked at.
COUNT = """
import json, time
from capture.models import DueSubmission, Submission
from leads.models import Lead
end = time.monotonic() + 120
while DueSubmission.objects.exists() and time.monotonic() < end:
    time.sleep(0.2)
rows = list(Submission.objects.values_list("id", "state", "lead__email"))
print(json.dumps({
    "due": DueSubmission.objects.count(),
    "stored": sorted(str(key) for key, _state, _email in rows),
    "states": sorted({state for _key, state, _email in rows}),
    "emails": sorted(email for _key, state, email in rows if state == "processed"),
    "leads": sorted(Lead.objects.values_list("email", flat=True)),
}))
"""


def solved(form: str, as_of: datetime) -> str:
    """Return a solved proof of work; its number is known beforehand, which spares the search."""
    options = altcha.ChallengeOptions(
        algorithm="SHA-256",
        number=7,
        hmac_key=proof._key("challenge"),
        expires=as_of + proof.LIFE,
        params={"form": form},
    )
    made = altcha.create_challenge(options).to_dict()
    payload = {name: made[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps({**payload, "number": 7}).encode()).decode()


class Visitors:
    """People who fill in a form all the time, and write down what was accepted.

    Whoever gets no answer sends the same again, as the embedded form does.
    """

    def __init__(self, port: int, path: str, number: int = 2) -> None:
        self.port, self.path = port, path
        self.accepted: list[str] = []
        self.refused: list[int] = []
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._visit) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def go_home(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Wait until so many more were accepted."""
        target = len(self.accepted) + more
        wait_until(lambda: self.refused or len(self.accepted) >= target, seconds=120)
        assert self.refused == []

    def _visit(self) -> None:
        while not self._is_over.is_set():
            key = str(uuid4())
            while not self._send(key) and not self._is_over.is_set():
                time.sleep(0.1)
            time.sleep(0.1)

    def _send(self, key: str) -> bool:
        """Send the form as a browser without JavaScript does; return whether it was accepted."""
        form = self.path.split("/")[2]
        now = timezone.now()
        data = {
            "submission_id": key,
            "last_name": "Muster",
            "email": f"{key}@example.org",
            "message": f"Bitte rufen Sie mich an: {key}",
            "altcha": solved(form, now),
            "started": proof.new_started(form, as_of=now - timedelta(minutes=1)),
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": ".".join(["10", *(str(part) for part in os.urandom(3))]),
        }
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
                connection.request("POST", self.path, urlencode(data), headers)
                status = connection.getresponse().status
        except (OSError, HTTPException):
            return False
        if status in {200, 202, 303}:
            self.accepted.append(key)
        elif status < 500:
            self.refused.append(status)
        return status in {200, 202, 303}


def programs_of(up: Up) -> dict[str, int]:
    """Return the processes that `up` runs, by name."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        for name in ("gunicorn", "worker", "beat"):
            if parent == up.process.pid and any(word.endswith(name) for word in words):
                found[name] = int(folder.name)
    return found


def manage(up: Up, *words: str) -> str:
    done = up.manage(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def end_each_program(up: Up) -> None:
    """Send SIGTERM to web, worker and beat at once, and wait until others run in their place."""
    before = programs_of(up)
    assert before.keys() == {"gunicorn", "worker", "beat"}
    for pid in before.values():
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not any(is_alive(pid) for pid in before.values()), seconds=120)
    wait_until(lambda: programs_of(up).keys() == before.keys(), seconds=120)


def change_the_schema(up: Up) -> None:
    """Take the newest migration of a table back that every tick needs, and apply it again."""
    manage(up, "migrate", "ground", "0001", "--verbosity=0")
    manage(up, "prepare", "--demo=no")


@pytest.mark.case("F12")
@pytest.mark.case("P1")
def test_a_restart_and_a_migration_under_load_lose_and_double_nothing(var, settings):
    port, told = free_port(), {"LEADCRM_TRUSTED_PROXIES": "1", "LEADCRM_SECRET_KEY": KEY}
    settings.SECRET_KEY = KEY  # by which the visitors' proofs are signed
    up = Up(var, port, **told)
    up.wait_until_ready(seconds=180)
    form = manage(up, "shell", "-c", MAKE_FORM).split()[-1]
    visitors = Visitors(port, f"/f/{form}/")

    try:
        visitors.wait_for(20)
        end_each_program(up)
        visitors.wait_for(20)
        change_the_schema(up)
        visitors.wait_for(20)
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(120) == 0
        up = Up(var, port, **told)
        visitors.wait_for(20)
        visitors.go_home()
        up.wait_until_ready(seconds=180)
        found = json.loads(manage(up, "shell", "-c", COUNT).splitlines()[-1])
    finally:
        visitors.go_home()
        up.stop()

    assert found["due"] == 0
    assert found["states"] == ["processed"]
    assert set(visitors.accepted) <= set(found["stored"])
    assert len(visitors.accepted) == len(set(visitors.accepted)) >= 80
    # Whatever became a lead became one lead.
    assert found["emails"] == found["leads"]
