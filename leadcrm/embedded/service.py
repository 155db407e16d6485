"""What a keeper must know of the server that it keeps."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

# Past this size a log starts anew; the last one is kept beside it.
_LOG_LIMIT = 5_000_000


class ServiceError(Exception):
    """A server did not start or stop; the message says why and where its log stands."""


class Service(ABC):
    """A server whose data, logs and locks stand in ``var/<name>``."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, var: Path) -> None:
        self.var = var
        self.home = var / self.name
        self.data = self.home / "data"
        self.log_path = self.home / "server.log"

    @abstractmethod
    def prepare(self) -> None:
        """Make what must be there before the first start; repeating it changes nothing."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command of the server in the foreground."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Tell whether the server answers."""

    @abstractmethod
    def complete(self) -> None:
        """Make what must be there after the start; repeating it changes nothing."""

    @abstractmethod
    def pid_file(self) -> Path:
        """Return the file in which the server leaves its process id on the first line."""

    @abstractmethod
    def preexec(self) -> Callable[[], None]:
        """Return what the child does before it becomes the server."""

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server, its output in its log."""
        if self.log_path.exists() and self.log_path.stat().st_size > _LOG_LIMIT:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with self.log_path.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own command
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.var,
                start_new_session=True,
                preexec_fn=self.preexec(),
            )

    def end_orphan(self) -> None:
        """End a server that outlived its keeper, and forget the process id that it left.

        A process id that another program has got since is left alone.
        """
        path = self.pid_file()
        try:
            pid = int(path.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            path.unlink(missing_ok=True)
            return
        for wanted in (self.stop_signal, signal.SIGQUIT, signal.SIGKILL):
            if not self._is_ours(pid):
                break
            os.kill(pid, wanted)
            _wait(lambda: not self._is_ours(pid), seconds=5)
        path.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        return self.mark() in _command_line(pid)

    def mark(self) -> str:
        """Return what tells the command line of this server from every other."""
        return str(self.var)


def _command_line(pid: int) -> str:
    """Return the command line of a living process, "" for a dead one."""
    if Path("/proc/self/cmdline").exists():
        try:
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "))
        except OSError:
            return ""
    found = subprocess.run(  # noqa: S603
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout


def _wait(done: Callable[[], bool], *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
