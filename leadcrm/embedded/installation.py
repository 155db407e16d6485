"""What one running installation consists of, and where its parts listen."""

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leadcrm.embedded.runner import Program

DEFAULT_PORT = 8000
HOST = "127.0.0.1"
_PORTS_TRIED = 100


class InstallationError(Exception):
    """The installation cannot start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The choices of one start.

    The ports are 0 where the part does not run.
    """

    var: Path
    port: int
    is_demo: bool
    site_port: int = 0
    mail_port: int = 0

    @property
    def address(self) -> str:
        """The address on this machine."""
        return f"http://{HOST}:{self.port}"

    @property
    def site_address(self) -> str:
        """The other website: another name, so that it is another site for the browser too."""
        return f"http://localhost:{self.site_port}"

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of every process, on top of ``base``; its address stays."""
        chosen = {
            "LEADCRM_BASE_URL": base.get("LEADCRM_BASE_URL", self.address),
            "LEADCRM_DEMO": "yes" if self.is_demo else "no",
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",
        }
        if self.mail_port:
            chosen |= {"LEADCRM_SMTP_HOST": HOST, "LEADCRM_SMTP_PORT": str(self.mail_port)}
        if self.site_port:
            chosen["LEADCRM_DEMO_SITE_PORT"] = str(self.site_port)
        return dict(base) | chosen

    def programs(self) -> list[Program]:
        """Return the processes, in the order of their start."""
        python = [sys.executable, "-m"]
        binds = [f"--bind={HOST}:{port}" for port in (self.port, self.site_port) if port]
        celery = [*python, "celery", "--quiet", "-A", "leadcrm"]
        programs = [
            Program(
                "web",
                [*python, "gunicorn", "-c", "python:leadcrm.web_server", *binds, "leadcrm.wsgi"],
            ),
            Program("worker", [*celery, "worker", *WORKER_OPTIONS]),
            Program("beat", [*celery, "beat", *BEAT_OPTIONS, f"--schedule={self.var}/beat"]),
        ]
        if self.mail_port:
            sink = [*python, "leadcrm.embedded.mail_sink", str(self.mail_port)]
            programs.append(Program("mail", [*sink, str(self.var / "mails")]))
        return programs


WORKER_OPTIONS = ("--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=WARNING")
BEAT_OPTIONS = ("--pidfile=", "--loglevel=WARNING")


def choose(var: Path, *, port: int | None, is_demo: bool) -> Installation:
    """Return the installation with ports that are free now.

    A port that was asked for must be free; otherwise the first free one from 8000 on is taken.
    Raises ``InstallationError``.
    """
    if port is not None and not _is_free(port):
        raise InstallationError(
            f"The port {port} is taken. Choose another: make demo PORT={port + 10}"
        )
    chosen = port or _first_free(DEFAULT_PORT)
    if not is_demo:
        return Installation(var, chosen, is_demo)
    has_mail_server = "LEADCRM_SMTP_HOST" in os.environ
    site = _first_free(chosen + 1)
    mail = 0 if has_mail_server else _first_free(site + 1)
    return Installation(var, chosen, is_demo, site_port=site, mail_port=mail)


def _first_free(start: int) -> int:
    for port in range(start, start + _PORTS_TRIED):
        if _is_free(port):
            return port
    raise InstallationError(f"No port from {start} on is free.")


def _is_free(port: int) -> bool:
    with socket.socket() as door:
        # As gunicorn does: a port that was given back a moment ago counts as free.
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError:
            return False
    return True
