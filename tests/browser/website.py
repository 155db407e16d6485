"""A website of somebody else, on an origin of its own."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Website:
    """Serves ``pages`` (path to HTML) at ``url``, with ``policy`` as their content policy."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.policy = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, website: Website, *args: Any) -> None:
        self.website = website
        super().__init__(*args)

    def do_GET(self) -> None:
        body = self.website.pages.get(self.path.split("?")[0])
        self.send_response(200 if body else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if self.website.policy:
            self.send_header("Content-Security-Policy", self.website.policy)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def website() -> Iterator[Website]:
    site = Website()
    yield site
    site.stop()
