"""Visitors who send slowly, or never finish, hold up nobody else."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, suppress
from uuid import uuid4

import pytest

from leadcrm.whole_requests import LARGEST_HEAD, LARGEST_KEPT, MOST_KEPT, Incoming
from tests.services.running import PROJECT, free_port, wait_until

POST = f"POST /f/{uuid4()}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
# More than one process has threads.
MANY = 12


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of one web server process as it runs in production; without a database."""
    number = free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-c", "python:leadcrm.web_server"),
            *(f"--bind=127.0.0.1:{number}", "leadcrm.wsgi"),
        ],
        cwd=PROJECT,
        env=os.environ
        | {"WEB_CONCURRENCY": "1", "LEADCRM_VAR_DIR": str(tmp_path_factory.mktemp("var"))},
    )
    wait_until(lambda: _answers(number))
    yield number
    server.terminate()
    server.wait(timeout=20)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=15) as answer:
            return answer.status == 200
    except OSError:
        return False


def _send(port: int, *parts: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    for part in parts:
        connection.sendall(part.encode())
        time.sleep(0.1)
    return connection


def _statuses(port: int, *parts: str) -> list[str]:
    with _send(port, *parts) as connection, connection.makefile("rb") as answer:
        return re.findall(r"HTTP/1\.1 (\d+) ", answer.read().decode("latin1"))


@pytest.mark.case("C13")
@pytest.mark.parametrize(
    "start",
    [
        "GET /healthz HTTP/1.1\r\nHo",
        f"{POST}Content-Length: 1000\r\n\r\n{{",
        f"{POST}Transfer-Encoding: chunked\r\n\r\n5\r\n{{",
        f"{POST}Content-Length: {LARGEST_KEPT * 2}\r\n\r\n{{",
        f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n{POST}Content-Length: 1000\r\n\r\n{{",
    ],
    ids=["head", "body", "chunks", "upload", "second"],
)
def test_who_sends_slowly_holds_up_nobody_else(port, start):
    with ExitStack() as open_ones:
        for _ in range(MANY):
            open_ones.enter_context(_send(port, start))

        assert [_answers(port) for _ in range(4)] == [True] * 4


@pytest.mark.case("F14")
def test_five_hundred_connections_that_never_finish_hold_up_nobody_else(port):
    with ExitStack() as open_ones:
        for number in range(500):
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
            open_ones.enter_context(connection).sendall(f"{POST}X-Number: {number}".encode())

        assert [_answers(port) for _ in range(4)] == [True] * 4


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.01)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@pytest.mark.case("C13")
def test_of_many_who_send_much_without_an_end_some_are_closed(port):
    start = f"{POST}Content-Length: {LARGEST_KEPT - 1000}\r\n\r\n".encode()
    unfinished = start + b"x" * (LARGEST_KEPT - 2000)
    with ExitStack() as open_ones:
        connections = [
            open_ones.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            for _ in range(MOST_KEPT // len(unfinished) + MANY)
        ]
        for connection in connections:
            with suppress(ConnectionError):
                connection.sendall(unfinished)

        assert _answers(port)
        wait_until(lambda: any(_is_closed(connection) for connection in connections))
        closed = [connection for connection in connections if _is_closed(connection)]

    assert 0 < len(closed) < len(connections)


def test_a_request_in_pieces_is_answered_like_one_at_once(port):
    close = f"{POST}Connection: close\r\n"

    chunks = (
        f"{close}Transfer-Encoding: chunked\r\n\r\n",
        '5\r\n{"a":\r\n',
        "2\r\n1}\r\n0\r\n\r\n",
    )
    asked = (f"{close}Expect: 100-continue\r\nContent-Length: 7\r\n\r\n", '{"a":1}')
    ahead = (
        f'{POST}Content-Length: 7\r\n\r\n{{"a":1}}{close}Content-Length: 7\r\n\r\n{{',
        '"a":1}',
    )
    assert _statuses(port, *chunks) == ["202"]
    assert _statuses(port, *asked)[-1] == "202"
    assert _statuses(port, *ahead) == ["202", "202"]


@pytest.mark.case("C13")
def test_a_body_that_cannot_be_read_is_refused(port):
    chunk = f"{POST}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    upload = f"{POST}Connection: close\r\nContent-Length: {LARGEST_KEPT * 2}\r\n\r\n"

    assert _statuses(port, chunk) == ["400"]
    assert _statuses(port, upload + "x" * LARGEST_KEPT * 2) == ["413"]


def test_a_head_without_end_is_given_up():
    incoming = Incoming(b"GET / HTTP/1.1\r\nX: " + b"x" * LARGEST_HEAD)

    incoming.read_head()

    assert incoming.is_hopeless


def test_the_end_inside_of_a_chunk_is_not_the_end():
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    incoming = Incoming(head + b"ff\r\nx\r\n0\r\n\r\n")

    incoming.read_head()

    assert not incoming.is_whole
