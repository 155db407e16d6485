"""Real workers, beats and a Redis of their own, to be killed; they work on the test's database."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from celery import Celery
from django.conf import settings
from django.db import connection
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from leadcrm.embedded.redis_server import program as redis_program
from leadcrm.embedded.rights import starter
from nurturing.models import Message
from tests.nurturing.mail_server import free_port
from tests.services.running import PROJECT, wait_until


def process_behind(port: int) -> int | None:
    """Return the process on this machine whose TCP connection comes from ``port``.

    None when it has hung up or has ended.
    """
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = [f"socket:[{row[9]}]" for row in rows if int(row[1].split(":")[1], 16) == port]
    for file in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(file) in sockets:
                return int(file.parts[2])
        except OSError:
            continue
    return None


def kill(pid: int) -> None:
    """End a process without a word, if it has not ended yet."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def database_url() -> str:
    """Return the address of the database of the tests."""
    place = connection.settings_dict
    user, password = quote(place["USER"] or ""), quote(str(place["PASSWORD"] or ""), safe="")
    host, port, name = str(place["HOST"] or ""), place["PORT"] or 5432, place["NAME"]
    login = f"{user}:{password}" if password else user
    if host.startswith("/"):
        return f"postgresql://{login}@/{name}?host={quote(host)}"
    return f"postgresql://{login}@{host}:{port}/{name}"


class Site:
    """Workers and beats of one installation; at the end of the block none of them is left."""

    def __init__(self, folder: Path, **extra: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.redis_url = f"redis://127.0.0.1:{self.port}/0"
        self.environment = os.environ | {
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.redis_url,
            **extra,
        }
        self.redis = Redis(port=self.port)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._bell = Celery(broker=self.redis_url, set_as_current=False)
        self._bell.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        self._bell.conf.task_ignore_result = True

    def __enter__(self) -> "Site":
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.queue = self._start("redis", [redis_program(), *options, "--dir", str(self.folder)])
        wait_until(self._has_redis)
        return self

    def __exit__(self, *details: object) -> None:
        for process in self._processes:
            kill_all_of(process)
        self.redis.close()
        self._bell.close()

    def worker(self, processes: int = 4) -> "subprocess.Popen[bytes]":
        """Start a worker of so many processes and return it."""
        options = ["--without-gossip", "--without-mingle", "--loglevel=WARNING"]
        return self._start("worker", [*_CELERY, "worker", f"--concurrency={processes}", *options])

    def beat(self) -> "subprocess.Popen[bytes]":
        """Start a beat and return it."""
        plan = self.folder / f"beat{len(self._processes)}"
        return self._start("beat", [*_CELERY, "beat", "--pidfile=", f"--schedule={plan}"])

    def ring(self, *ticks: str) -> None:
        """Fire ticks early, as a change does."""
        for name in ticks:
            self._bell.send_task("ground.tick", (name,), retry=False, expires=60)

    def send(self, content: bytes) -> None:
        """Put raw ``content`` into the queue of the workers."""
        self.redis.lpush("leadcrm:celery", content)

    def log(self) -> str:
        """Return what all processes have written, for the message of a failure."""
        return "\n".join(path.read_text()[-3000:] for path in self.folder.glob("*.log"))

    def _start(self, name: str, command: list[str]) -> "subprocess.Popen[bytes]":
        path = self.folder / f"{name}{len(self._processes)}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=starter(None, when_orphaned=signal.SIGKILL),
            )
        self._processes.append(process)
        return process

    def _has_redis(self) -> bool:
        try:
            return bool(self.redis.ping())
        except RedisError:
            return False


_CELERY = [sys.executable, "-m", "celery", "-A", "leadcrm"]


def kill_all_of(process: "subprocess.Popen[bytes]") -> None:
    """``kill -9`` a process with its children, and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ring_until(site: Site, done, *ticks: str, seconds: float = 480, every: float = 0.3) -> None:
    """Fire ``ticks`` more often than beat does, until ``done`` says so.

    What stood still is told with the mails that are not sent.
    """
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"{unsent_mails()}\n{site.log()}"
        site.ring(*ticks)
        time.sleep(every)


def unsent_mails() -> str:
    """Return what is known of mails that are not sent, one a line, and when that was."""
    names = ("pk", "state", "reason", "detail", "attempts", "claims", "resends")
    times = ("due_at", "lease_until", "claimed_at", "handed_at")
    rows = Message.objects.exclude(state="sent").values_list(*names, *times)
    told = [" ".join(str(value) for value in row) for row in rows[:20]]
    return "\n".join([str(timezone.now()), *told])
