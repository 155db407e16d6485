"""A whole installation for tests: `manage.py up` on free ports, with data of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leadcrm.embedded.postgres import Postgres

PROJECT = Path(__file__).parent.parent.parent


def wait_until(done: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait until ``done`` says so; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Tell whether the process lives; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return not stat.parent.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes_with(text: str) -> list[int]:
    """Return the living processes, other than this one, whose command line has ``text`` in it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = os.fsdecode((folder / "cmdline").read_bytes())
        except OSError:
            continue
        if text in line and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def _own_environment(var: Path) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("LEADCRM_") and key not in ("DATABASE_URL", "REDIS_URL")
    }
    return kept | {"LEADCRM_VAR_DIR": str(var)}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """The home of a PostgreSQL with all tables, to be copied: migrating takes a while."""
    folder = Path(tempfile.mkdtemp(prefix="lc-"))
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=PROJECT,
        env=_own_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    wait_until(lambda: not processes_with(str(folder)))
    yield Postgres(folder).home
    shutil.rmtree(folder)


@pytest.fixture
def var(cluster: Path) -> Iterator[Path]:
    """A data folder of its own with a short path, closed to everybody else."""
    folder = Path(tempfile.mkdtemp(prefix="lc-"))
    (folder / "var").mkdir()
    subprocess.run(["cp", "-a", str(cluster), str(folder / "var/postgres")], check=True)
    yield folder / "var"
    wait_until(lambda: not processes_with(str(folder)))
    shutil.rmtree(folder)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Up:
    """`manage.py up` with data of its own, in a session of its own as in a terminal."""

    def __init__(self, var: Path, port: int, *, option: str = "--no-demo", **extra: str) -> None:
        self.var = var
        self.port = port
        self.log = var.parent / "up.log"
        self.environment = _own_environment(var) | extra
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", option, f"--port={port}"],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, *, seconds: float = 240) -> None:
        wait_until(self._is_ready, seconds=seconds)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            address = f"http://127.0.0.1:{self.port}/healthz/ready"
            with urllib.request.urlopen(address, timeout=5) as answer:
                return all(json.load(answer).values())
        except urllib.error.HTTPError as answer:
            answer.close()
            return False
        except OSError:
            return False

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
