"""A whole installation on servers of the test's own, which it may stop, freeze and start again."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2

from leadcrm.embedded.addresses import embedded_database_url, embedded_redis_url, redis_socket
from leadcrm.embedded.postgres import Postgres
from leadcrm.embedded.redis_server import RedisServer
from leadcrm.embedded.service import Service
from tests.services.running import Up, free_port, wait_until

SECRET_KEY = "the-key-of-an-installation-that-is-hurt-0123456789"
# Sets the installation up as the first visitor would, and prints the public id of its contact form.
_SET_UP = """
from django.utils import timezone
from accounts.setup import setup_address
from capture.models import Form
from leadcrm.setup.steps import begin
token = setup_address().rstrip("/").rpartition("/")[2]
begin(token, {"organisation": "Ledger", "email": "a@example.org", "password": "Zufall-47-Blau",
    "language": "en", "time_zone": "Europe/Berlin", "with_samples": False}, as_of=timezone.now())
print("form", Form.objects.get(kind="contact").public_id)
"""


class Server:
    """PostgreSQL or Redis as a process of the test."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: subprocess.Popen[bytes] | None = None
        self.stopped_at = 0.0
        service.home.mkdir(parents=True, exist_ok=True)
        service.prepare()

    def start(self) -> None:
        self.service.end_orphan()
        self.process = self.service.start()
        wait_until(self.service.is_ready, seconds=60)
        self.service.complete()

    def stop(self, how: signal.Signals | None = None) -> None:
        """End the server: by its own signal, or by ``how``."""
        if self.process is not None:
            self.process.send_signal(how or self.service.stop_signal)
            self.process.wait(60)
            self.process = None
            self.stopped_at = time.monotonic()

    def wait_until_away_for(self, seconds: float) -> None:
        """Wait until the server has been stopped for so many seconds."""
        wait_until(lambda: time.monotonic() >= self.stopped_at + seconds, seconds=seconds + 1)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let every process of the server hang: connections are taken and nobody answers."""
        assert self.process is not None
        pids = [self.process.pid, *children(self.process.pid)]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


class Installation:
    """`manage.py up` that uses a PostgreSQL and a Redis which are the test's to hurt."""

    def __init__(self, var: Path, **extra: str) -> None:
        self.var = var
        self.postgres = Server(Postgres(var))
        self.redis = Server(RedisServer(var))
        self.port = free_port()
        self.settings = {
            "DATABASE_URL": embedded_database_url(var),
            "REDIS_URL": embedded_redis_url(var),
            "LEADCRM_SECRET_KEY": SECRET_KEY,
            # The client stands in for our own proxy and says for whom it asks.
            "LEADCRM_TRUSTED_PROXIES": "1",
            # What was committed must survive a crash of the server.
            "PGOPTIONS": "",
            **extra,
        }
        self.up: Up | None = None
        self.form = ""

    def start(self) -> None:
        """Start everything and set it up; afterwards ``form`` is a published form."""
        self.postgres.start()
        self.redis.start()
        self.up = Up(self.var, self.port, **self.settings)
        self.up.wait_until_ready(seconds=300)
        printed = self.up.manage("shell", "-v", "0", "-c", _SET_UP)
        assert printed.returncode == 0, printed.stderr
        self.form = printed.stdout.split()[-1]

    def mend(self) -> None:
        """Start what a failed test left stopped."""
        for server in (self.postgres, self.redis):
            if server.process is None:
                server.start()

    def stop(self) -> None:
        """Stop everything that still runs."""
        with suppress(ProcessLookupError):
            if self.up is not None:
                self.up.stop()
        for server in (self.redis, self.postgres):
            server.stop()

    @property
    def spool(self) -> Path:
        return self.var / "spool/submissions"

    def web_workers(self) -> list[int]:
        """Return the processes that answer requests."""
        assert self.up is not None
        masters = [pid for pid in children(self.up.process.pid) if b"gunicorn" in command(pid)]
        return [worker for master in masters for worker in children(master)]

    def celery(self) -> list[int]:
        """Return the worker and the processes of its pool."""
        assert self.up is not None
        mains = [pid for pid in children(self.up.process.pid) if b"\0worker\0" in command(pid)]
        return [*mains, *(child for main in mains for child in children(main))]

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query, on a connection of its own."""
        connection = psycopg2.connect(self.settings["DATABASE_URL"], connect_timeout=10)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def flush_redis(self) -> None:
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(10)
            door.connect(str(redis_socket(self.var)))
            door.sendall(b"FLUSHALL\r\n")
            assert door.recv(16) == b"+OK\r\n"

    def wait_until_taken_in(self, *, seconds: float) -> None:
        """Wait until nothing is on its way any more: no spool file, no submission that waits."""
        end = time.monotonic() + seconds
        while self.waiting() != (0, 0):
            assert time.monotonic() < end, f"Still on the way: {self.waiting()}"
            time.sleep(0.5)

    def waiting(self) -> tuple[int, int]:
        """Return how many files are in the spool and how many rows are not yet judged."""
        files = len(list(self.spool.glob("*.submission")))
        ((rows,),) = self.ask("SELECT count(*) FROM capture_submission WHERE state = 'received'")
        return files, rows


def children(pid: int) -> list[int]:
    """Return the living children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return sorted(found)


def command(pid: int) -> bytes:
    """Return the command line of a process, b"" for one that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def kill(pid: int) -> None:
    """Kill a process as the kernel does when memory runs out."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
