"""Requests to other servers: to public addresses only, once looked up, never for long."""

import socket
import threading
import time

import pytest

from ground import outside
from ground.errors import PermanentError, RetryableError
from ground.outside import fetch, is_public, origin_of
from tests.simulators.wire import Server


@pytest.fixture
def server(settings):
    with Server(lambda asked: (200, {"path": asked.path, "query": asked.query})) as running:
        settings.ALLOWED_SERVERS = [running.url]
        yield running


def test_an_allowed_server_is_asked(server):
    answer = fetch(f"{server.url}/v1/leads?a=b", headers={"X-Test": "1"})

    assert (answer.status, answer.body) == (200, b'{"path": "/v1/leads", "query": {"a": "b"}}')
    assert server.asked[0].headers["x-test"] == "1"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://user:secret@example.org/",
        "https:///path",
        "//example.org",
        "https://exa mple.org/",
        "https://example.org/\r\nX: y",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "",
    ],
)
def test_what_is_no_public_server_is_not_asked(url, settings):
    settings.ALLOWED_SERVERS = []

    with pytest.raises(PermanentError):
        fetch(url)


def test_another_port_of_an_allowed_server_is_not_asked(server, settings):
    settings.ALLOWED_SERVERS = ["http://127.0.0.1:1"]

    with pytest.raises(PermanentError):
        fetch(f"{server.url}/")
    assert server.asked == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("no address", False),
    ],
)
def test_which_addresses_are_public(address, expected):
    assert is_public(address) is expected


def test_a_name_with_one_private_address_is_not_asked(settings, monkeypatch):
    settings.ALLOWED_SERVERS = []
    found = [(2, 1, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(outside.socket, "getaddrinfo", lambda *_a, **_k: found)

    with pytest.raises(PermanentError):
        fetch("https://example.org/")


def test_the_name_is_looked_up_once_and_that_address_is_connected_to(settings, monkeypatch):
    settings.ALLOWED_SERVERS = []
    answers = iter([[(2, 1, 6, "", ("93.184.215.14", 443))], [(2, 1, 6, "", ("127.0.0.1", 443))]])
    asked = []
    monkeypatch.setattr(outside.socket, "getaddrinfo", lambda *_a, **_k: next(answers))

    def connect(address, timeout):
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(outside.socket, "create_connection", connect)
    with pytest.raises(RetryableError):
        fetch("https://example.org/")
    assert asked == [("93.184.215.14", 443)]


def test_a_redirect_is_not_followed(settings):
    with Server(lambda asked: (302, b"http://127.0.0.1:1/")) as running:
        settings.ALLOWED_SERVERS = [running.url]

        with pytest.raises(PermanentError, match="elsewhere"):
            fetch(f"{running.url}/")


def test_an_answer_that_is_too_large_is_given_up(settings):
    with Server(lambda asked: (200, b"x" * 5000)) as running:
        settings.ALLOWED_SERVERS = [running.url]

        with pytest.raises(PermanentError, match="larger"):
            fetch(f"{running.url}/", limit=1000)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
def test_a_server_that_drips_is_cut_off(settings, head):
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        client, _address = listener.accept()
        with client:
            try:
                client.sendall(head)
                for _second in range(100):
                    client.sendall(b"H")
                    time.sleep(0.05)
            except OSError:
                return

    threading.Thread(target=drip, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings.ALLOWED_SERVERS = [url]
    started = time.monotonic()

    with listener, pytest.raises(RetryableError):
        fetch(f"{url}/", patience=0.5)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("port", [1])
def test_a_server_that_is_away_may_be_asked_again(settings, port):
    settings.ALLOWED_SERVERS = [f"http://127.0.0.1:{port}"]

    with pytest.raises(RetryableError):
        fetch(f"http://127.0.0.1:{port}/")


def test_an_answer_that_ends_too_early_is_none(settings):
    listener = socket.create_server(("127.0.0.1", 0))

    def cut() -> None:
        client, _address = listener.accept()
        with client:
            client.recv(1000)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")

    threading.Thread(target=cut, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings.ALLOWED_SERVERS = [url]

    with listener, pytest.raises(RetryableError):
        fetch(f"{url}/")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Example.org/a", "https://example.org:443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://example.org:99999", ""),
        ("example.org", ""),
    ],
)
def test_the_origin_of_an_address(url, expected):
    assert origin_of(url) == expected
