"""Holding an embedded service: it runs at least as long as somebody holds it."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from leadcrm.embedded.service import ServiceError

_PROJECT = Path(__file__).resolve().parent.parent.parent
# A little longer than a keeper gives its service.
_START_LIMIT = 330.0
_STOP_LIMIT = 15.0


@contextmanager
def hold(names: Iterable[str], var: Path) -> Iterator[list["Hold"]]:
    """Have the services ``names`` with their data in ``var`` running inside this block.

    Starts those that nobody runs yet. At the end those that nobody else holds are stopped. Raises
    ``ServiceError`` when one does not start.
    """
    with ExitStack() as stack:
        yield [stack.enter_context(Hold(name, var)) for name in names]


class Hold:
    """One process' share in one service, for the length of a ``with`` block."""

    def __init__(self, name: str, var: Path) -> None:
        self.name = name
        self.var = var
        self.home = var / name
        self._users: IO[str] | None = None

    def __enter__(self) -> "Hold":
        self.home.mkdir(parents=True, exist_ok=True)
        self._users = (self.home / "users.lock").open("a")
        try:
            # Waits while a keeper that nobody held is still stopping.
            _lock(self._users, fcntl.LOCK_SH, seconds=_STOP_LIMIT)
            with (self.home / "start.lock").open("a") as starting:
                _lock(starting, fcntl.LOCK_EX, seconds=_START_LIMIT)
                self._ensure_running()
        except BaseException:
            self._users.close()
            raise
        return self

    def __exit__(self, *details: object) -> None:
        if self._users is None:
            return
        # The last one out stops the keeper; where that fails the keeper sees it by itself.
        with self._users as users, suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._stop_keeper()

    def has_keeper(self) -> bool:
        """Tell whether somebody keeps the service, be it starting, running or stopping."""
        with (self.home / "keeper.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _ensure_running(self) -> None:
        if not self.has_keeper():
            (self.home / "ready").unlink(missing_ok=True)
            self._start_keeper()
            return
        end = time.monotonic() + _START_LIMIT
        while self._keeper() is None:
            if not self.has_keeper() or time.monotonic() > end:
                raise ServiceError(f"{self.name} did not start; see {self.home}.")
            time.sleep(0.05)

    def _start_keeper(self) -> None:
        log_path = self.home / "keeper.log"
        with log_path.open("wb") as log:
            started = subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-m", "leadcrm.embedded.keeper", self.name, str(self.var)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=_PROJECT,
                timeout=_START_LIMIT,
                check=False,
            )
        if started.returncode:
            raise ServiceError(log_path.read_text(errors="replace").strip())

    def _keeper(self) -> int | None:
        """Return the process id of the keeper of a ready service."""
        try:
            return int((self.home / "ready").read_text())
        except (OSError, ValueError):
            return None

    def _stop_keeper(self) -> None:
        pid = self._keeper()
        if pid is None or not self.has_keeper():
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + _STOP_LIMIT
        while self.has_keeper() and time.monotonic() < end:
            time.sleep(0.03)


def _lock(file: IO[str], kind: int, *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise ServiceError(f"{file.name} is not given free.") from None
            time.sleep(0.05)
        else:
            return
