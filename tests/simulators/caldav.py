"""A real CalDAV server (Radicale) on a socket of its own, which can be told to fail."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from radicale import Application, config

USER, PASSWORD = "rita", "geheim"
# What a person who makes a calendar in a program has it sent.
MAKE = (
    '<?xml version="1.0"?><c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:set><d:prop><d:displayname>{name}</d:displayname></d:prop></d:set></c:mkcalendar>"
)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@dataclass
class CalDav:
    """The server: its address, what it was asked, and with which status it refuses everything."""

    url: str
    folder: Path
    asked: list[tuple[str, str]] = field(default_factory=list)
    status: str = ""
    # Called when a request was carried out, before its answer goes out.
    after: Callable[[str], None] | None = None

    def files(self) -> dict[str, str]:
        """Return the appointments that are stored, by the name of their file."""
        found = self.folder.glob("collection-root/**/*.ics")
        return {path.name: path.read_text() for path in found if ".Radicale" not in str(path)}


@contextmanager
def caldav_server(folder: Path) -> Iterator[CalDav]:
    """Run a server that keeps its calendars in ``folder``."""
    users = folder / "users"
    users.write_text(f"{USER}:{PASSWORD}\n")
    settings = config.load()
    settings.update(
        {
            "auth": {"type": "htpasswd", "htpasswd_filename": str(users), "delay": "0",
                     "htpasswd_encryption": "plain"},
            "storage": {"filesystem_folder": str(folder), "_filesystem_fsync": "False"},
            "logging": {"level": "critical"},
        },
        "tests",
        privileged=True,
    )  # fmt: skip
    radicale = Application(settings)
    server: CalDav

    def application(environ: dict[str, Any], start: Any) -> Any:
        method = environ["REQUEST_METHOD"]
        server.asked.append((method, environ["PATH_INFO"]))
        if server.status:
            start(server.status, [("Content-Length", "0")])
            return [b""]
        body = list(radicale(environ, start))
        if server.after is not None:
            server.after(method)
        return body

    with make_server(
        "127.0.0.1", 0, application, server_class=WSGIServer, handler_class=_Quiet
    ) as httpd:
        server = CalDav(f"http://127.0.0.1:{httpd.server_port}", folder)
        thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            httpd.shutdown()
            thread.join()
