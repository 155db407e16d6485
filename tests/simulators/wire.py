"""A client and a server over real sockets, for senders that are not here."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str, *, method: str = "GET", body: bytes = b"", headers: dict[str, str] | None = None
) -> Answered:
    """Send one request and return the answer, whatever its status; nothing is followed."""
    parts = urlsplit(url)
    link = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        link.request(method, target, body=body or None, headers=headers or {})
        answer = link.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Answered(answer.status, answer.read(), names)
    finally:
        link.close()


@dataclass(frozen=True)
class Asked:
    """A request that a server of ours got."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Server:
    """Answers on a socket of its own: ``answer(asked)`` returns status and JSON or bytes."""

    answer: Callable[[Asked], tuple[int, Any]]
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> "Server":
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(parts.path, query, headers)
                server.asked.append(asked)
                status, value = server.answer(asked)
                body = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", value.decode())
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"
