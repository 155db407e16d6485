"""The process that keeps one server running while somebody holds it.

``python -m leadcrm.embedded.keeper postgres VAR`` ends when the server answers, with 1 when it
cannot run; the keeper goes on behind it. It ends by itself, with the server, as soon as nobody
holds ``users.lock`` any more. A server that dies is started again; one that dies again and again
ends the keeper, and whoever holds it is told.
"""

import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from leadcrm.embedded.postgres import Postgres
from leadcrm.embedded.redis_server import RedisServer
from leadcrm.embedded.service import Service, ServiceError

SERVICES: dict[str, type[Service]] = {kind.name: kind for kind in (Postgres, RedisServer)}

_LOOK_EVERY = 0.5
# Long: after a power failure PostgreSQL first reads its log again. One that ends is seen at once.
_START_LIMIT = 300.0
# Half of what `up` promises for stopping everything.
_STOP_LIMIT = 5.0
_RESTARTS = 5
_RESTARTS_WITHIN = 60.0


class StopAskedError(Exception):
    """Somebody sent SIGTERM."""


class Keeper:
    """Keeps ``service``; only one lives for each folder.

    ``tell_ready`` is called when the server answers for the first time. ``stop`` is a file that can
    be read as soon as the keeper is to end (see ``listen``).
    """

    def __init__(self, service: Service, tell_ready: Callable[[], None], stop: int) -> None:
        self.service = service
        self.tell_ready = tell_ready
        self.stop = stop
        self.ready_path = service.home / "ready"
        self.server: subprocess.Popen[bytes] | None = None
        self.starts: list[float] = []
        # Both are held until the process ends: nobody comes in while the server stops.
        self.lock: IO[str] | None = None
        self.users: IO[str] | None = None

    def run(self) -> int:
        """Keep the server until nobody holds it; return the exit code."""
        self.service.home.mkdir(parents=True, exist_ok=True)
        self.lock = _try_lock(self.service.home / "keeper.lock")
        if self.lock is None:
            print("There is a keeper already.", file=sys.stderr, flush=True)  # noqa: T201
            return 1
        self.ready_path.unlink(missing_ok=True)
        try:
            self.service.prepare()
            self.service.end_orphan()
            self._start()
            self.tell_ready()
            while self.users is None:
                self._pause(_LOOK_EVERY)
                self._mend()
                self.users = _try_lock(self.service.home / "users.lock")
        except StopAskedError:
            pass
        except (ServiceError, LookupError, OSError) as error:
            print(error, file=sys.stderr, flush=True)  # noqa: T201 - read by whoever waits
            return 1
        finally:
            self._stop()
        return 0

    def _start(self) -> None:
        self.starts.append(time.monotonic())
        self.server = self.service.start()
        end = time.monotonic() + _START_LIMIT
        while not self.service.is_ready():
            if self.server.poll() is not None:
                raise ServiceError(f"{self.service.name} did not start:\n{self._last_words()}")
            if time.monotonic() > end:
                raise ServiceError(f"{self.service.name} is not ready after {_START_LIMIT:.0f} s.")
            self._pause(0.03)
        self.service.complete()
        draft = self.ready_path.with_suffix(".draft")
        draft.write_text(str(os.getpid()))
        draft.replace(self.ready_path)

    def _pause(self, seconds: float) -> None:
        """Wait; raise when the keeper is to end."""
        if select.select([self.stop], [], [], seconds)[0]:
            raise StopAskedError

    def _mend(self) -> None:
        if self.server is None or self.server.poll() is None:
            return
        self.ready_path.unlink(missing_ok=True)
        recent = [start for start in self.starts if start > time.monotonic() - _RESTARTS_WITHIN]
        if len(recent) >= _RESTARTS:
            raise ServiceError(f"{self.service.name} dies again and again:\n{self._last_words()}")
        self.service.end_orphan()
        self._start()

    def _stop(self) -> None:
        self.ready_path.unlink(missing_ok=True)
        if self.server is None or self.server.poll() is not None:
            return
        self.server.send_signal(self.service.stop_signal)
        try:
            self.server.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()

    def _last_words(self) -> str:
        if not self.service.log_path.exists():
            return ""
        with self.service.log_path.open("rb") as log:
            log.seek(max(0, self.service.log_path.stat().st_size - 2000))
            return log.read().decode(errors="replace").strip()


def _try_lock(path: Path) -> IO[str] | None:
    """Return the open, exclusively locked file; None when somebody else has a lock on it."""
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _say_ready(pipe: int) -> None:
    # The starter may have been killed meanwhile.
    with suppress(BrokenPipeError):
        os.write(pipe, b"1")
    os.close(pipe)


def listen() -> int:
    """Return a file that can be read once SIGTERM has come.

    The signal raises nothing: an exception out of the middle of a call of ``subprocess`` leaves the
    lock of that process taken, and whoever waits for it then waits for ever.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    signal.set_wakeup_fd(writing)
    return reading


def main(name: str, var: str) -> int:
    """Start the keeper of the service ``name`` and wait until the server answers or cannot."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return 0 if os.read(reading, 1) else 1
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    keeper = Keeper(SERVICES[name](Path(var)), lambda: _say_ready(writing), listen())
    # The end of the process gives its locks back, not the end of this function.
    os._exit(keeper.run())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
