"""A client that writes down which submissions it was told are taken."""

import base64
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from altcha import v1 as altcha
from django.test import override_settings
from django.utils import timezone

from capture.guard import proof
from tests.capture.scene import letter
from tests.faults.servers import SECRET_KEY

# What the embed waits before its second, third and fourth try.
RETRIES = (2.0, 8.0, 20.0)


@dataclass(frozen=True, slots=True)
class Filled:
    """One filled-in form, ready to be sent as often as it takes."""

    key: str
    email: str
    ip: str
    body: bytes


def fill_in(form: str, number: int, *, shown_at: datetime, **values: str) -> Filled:
    """Return the form as visitor ``number`` fills it in, with a solved proof of work.

    The number in the proof is known beforehand, which spares the solving and nothing else.
    """
    key = str(uuid4())
    data = {
        "last_name": f"Muster {number}",
        "email": f"visitor{number}@example.org",
        "message": letter(number),
        "altcha": _solved(form, shown_at),
        "started": proof.new_started(form, as_of=shown_at),
        "submission_id": key,
        "page_url": "https://www.example.org/contact",
        **values,
    }
    # Each from a network of their own: many of one network are a crowd.
    ip = f"{11 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.7"
    return Filled(key, data["email"], ip, json.dumps(data).encode())


def _solved(form: str, as_of: datetime) -> str:
    made = altcha.create_challenge(
        altcha.ChallengeOptions(
            algorithm="SHA-256",
            number=7,
            hmac_key=proof._key("challenge"),
            expires=as_of + proof.LIFE,
            params={"form": form},
        )
    ).to_dict()
    payload = {name: made[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps({**payload, "number": 7}).encode()).decode()


def fill_in_many(form: str, count: int, *, first: int = 0) -> list[Filled]:
    """Return ``count`` forms that as many visitors filled in a minute ago."""
    shown_at = timezone.now() - timedelta(minutes=1)
    with override_settings(SECRET_KEY=SECRET_KEY):
        return [fill_in(form, number, shown_at=shown_at) for number in range(first, first + count)]


@dataclass(slots=True)
class Answer:
    """What the server said: the status, the header Retry-After, the body."""

    status: int
    retry_after: str
    body: bytes


class Line:
    """One connection to the web server, opened anew when it breaks.

    Speaks the little HTTP that is needed by itself: the library takes a millisecond for each form.
    """

    def __init__(self, port: int, form: str) -> None:
        self.address = ("127.0.0.1", port)
        self.head = (
            f"POST /f/{form}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n"
            "Content-Type: text/plain;charset=UTF-8\r\n"
        )
        self.socket: socket.socket | None = None

    def post(self, filled: Filled) -> Answer:
        """Send the form as the embed does. Raises ``OSError``."""
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=30)
        head = f"X-Forwarded-For: {filled.ip}\r\nContent-Length: {len(filled.body)}\r\n\r\n"
        try:
            self.socket.sendall((self.head + head).encode() + filled.body)
            return self._answer()
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def _answer(self) -> Answer:
        data, end = b"", -1
        while end < 0:
            data += self._more()
            end = data.find(b"\r\n\r\n")
        status, *lines = data[:end].decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        body = data[end + 4 :]
        while len(body) < int(headers["content-length"]):
            body += self._more()
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(status.split()[1]), headers.get("retry-after", ""), body)

    def _more(self) -> bytes:
        assert self.socket is not None
        data = self.socket.recv(65_536)
        if not data:
            raise ConnectionResetError("The server hung up in the middle.")
        return data


@dataclass
class Ledger:
    """Sends forms on several connections and keeps what came of each.

    ``accepted`` says when a form was answered with success, ``given_up`` what the last try of the
    others came to, ``answers`` counts the tries by status or error.
    """

    port: int
    form: str
    forms: list[Filled]
    accepted: dict[str, datetime] = field(default_factory=dict)
    given_up: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._next: Iterator[Filled] = iter(self.forms)

    @property
    def done(self) -> int:
        """How many forms have come to their end."""
        return len(self.accepted) + len(self.given_up)

    def start(self, connections: int) -> None:
        """Begin to send."""
        for _number in range(connections):
            threading.Thread(target=self._run, daemon=True).start()

    def wait_for(self, count: int) -> None:
        """Wait until ``count`` forms, or all, have come to their end; fail when nothing moves."""
        count, seen, moved_at = min(count, len(self.forms)), -1, time.monotonic()
        while self.done < count:
            if self.done != seen:
                seen, moved_at = self.done, time.monotonic()
            assert time.monotonic() - moved_at < 120, f"{self.done} of {count}: {self.answers}"
            time.sleep(0.05)

    def _run(self) -> None:
        line = Line(self.port, self.form)
        while (filled := self._take()) is not None:
            self._send(line, filled)
        line.close()

    def _take(self) -> Filled | None:
        with self._lock:
            return next(self._next, None)

    def _send(self, line: Line, filled: Filled) -> None:
        outcome = ""
        for pause in (0.0, *RETRIES):
            time.sleep(pause)
            try:
                outcome = str(line.post(filled).status)
            except OSError as error:
                outcome = type(error).__name__
            with self._lock:
                self.answers[outcome] += 1
            if outcome in {"200", "202"}:
                self.accepted[filled.key] = timezone.now()
                return
        self.given_up[filled.key] = outcome
