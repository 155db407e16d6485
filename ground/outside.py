"""The way out: requests to other servers, to public addresses only.

SECURITY: an address may come from a setting or from what somebody sent. The name is looked up once
and the very address that was checked is connected to, so that a second answer of the name server
changes nothing. Redirects are not followed.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from ground.errors import PermanentError, RetryableError

PATIENCE_SECONDS = 10.0
LARGEST_ANSWER = 1024 * 1024
_CHUNK = 64 * 1024
# Addresses of version 6 that only carry one of version 4.
_CARRIERS = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What another server answered, whatever its status."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    patience: float = PATIENCE_SECONDS,
    limit: int = LARGEST_ANSWER,
) -> Answer:
    """Return the answer of a server, all of it within ``patience`` seconds and ``limit`` bytes.

    Raises ``PermanentError`` for an address that may not be asked, a redirect or an answer that is
    too large, ``RetryableError`` when the server cannot be reached or is too slow.
    """
    parts, is_allowed = _check(url)
    hosts = _look_up(parts, is_allowed)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _connection(parts, hosts, patience) as link:
            link.request(method, target, body=body, headers=dict(headers or {}))
            return _read(link.getresponse(), limit)
    except (OSError, http.client.HTTPException) as error:
        raise RetryableError(f"{parts.hostname}: {type(error).__name__}") from error


def origin_of(url: str) -> str:
    """Return scheme, host and port of ``url``, or "" for what is no address of a server."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def _check(url: str) -> tuple[SplitResult, bool]:
    origin = origin_of(url)
    is_allowed = bool(origin) and origin in {origin_of(it) for it in settings.ALLOWED_SERVERS}
    if not origin or (not is_allowed and not origin.startswith("https://")):
        raise PermanentError("Only addresses that begin with https:// are asked.")
    if any(ord(sign) < 33 or ord(sign) > 126 for sign in url):
        raise PermanentError("The address holds signs that no address has.")
    return urlsplit(url), is_allowed


def _look_up(parts: SplitResult, is_allowed: bool) -> list[str]:
    """Return the network addresses of a host; refuses it when one of them is not public."""
    assert parts.hostname is not None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RetryableError(f"{parts.hostname}: the name was not found") from error
    addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    if not is_allowed and not all(is_public(address) for address in addresses):
        raise PermanentError(f"{parts.hostname} stands in a network that is not public.")
    return addresses


def is_public(address: str) -> bool:
    """Say whether everybody on the internet reaches ``address``."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return is_public(str(found.ipv4_mapped))
        if any(found in carrier for carrier in _CARRIERS):
            return False
    return found.is_global and not found.is_multicast


class _Connection(http.client.HTTPConnection):
    """A connection to a network address that was checked, under the name that was asked for."""

    def __init__(self, parts: SplitResult, hosts: list[str], patience: float) -> None:
        assert parts.hostname is not None
        port = parts.port or (443 if parts.scheme == "https" else 80)
        super().__init__(parts.hostname, port, timeout=patience)
        self.is_secure = parts.scheme == "https"
        self.default_port = 443 if self.is_secure else 80
        self.hosts = hosts
        # Kept beside ``sock``, which the library lets go of while the answer is still being read.
        self.wire: socket.socket | None = None

    def connect(self) -> None:
        """Connect to the first of the checked addresses that answers."""
        failure: OSError = OSError("no address")
        for host in self.hosts:
            try:
                raw = socket.create_connection((host, self.port), self.timeout)
            except OSError as error:
                failure = error
                continue
            self.sock = self.wire = raw
            if self.is_secure:
                self._secure(raw)
            return
        raise failure

    def _secure(self, raw: socket.socket) -> None:
        """Agree on keys, in a way that can be cut off as well."""
        wrapped = ssl.create_default_context().wrap_socket(
            raw, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock = self.wire = wrapped
        wrapped.do_handshake()


@contextmanager
def _connection(parts: SplitResult, hosts: list[str], patience: float) -> Iterator[_Connection]:
    """Yield a connection that is cut off after ``patience``, however slowly the server sends."""
    link = _Connection(parts, hosts, patience)

    is_late = threading.Event()

    def cut_off() -> None:
        is_late.set()
        if link.wire is not None:
            with suppress(OSError):
                link.wire.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(patience, cut_off)
    watch.daemon = True
    watch.start()
    try:
        yield link
        # Without a length the answer seems to be over where it was cut off.
        if is_late.is_set():
            raise TimeoutError
    finally:
        watch.cancel()
        link.close()


def _read(response: http.client.HTTPResponse, limit: int) -> Answer:
    if 300 <= response.status < 400:
        raise PermanentError("The server sends us elsewhere, which is not followed.")
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > limit:
            raise PermanentError(f"The answer is larger than {limit} bytes.")
    if response.length:
        raise http.client.IncompleteRead(bytes(body), response.length)
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, bytes(body), headers)


def open_stream(host: str, port: int, *, patience: float = PATIENCE_SECONDS) -> ssl.SSLSocket:
    """Return an encrypted connection to a server that speaks another protocol than HTTP.

    Its certificate was checked. A server that is not public must stand in
    ``LEADCRM_ALLOWED_SERVERS`` as ``https://host:port``. Raises ``PermanentError`` and
    ``RetryableError`` as ``fetch`` does.
    """
    bare = host.strip().strip("[]")
    parts, is_allowed = _check(
        f"https://[{bare}]:{port}" if ":" in bare else f"https://{bare}:{port}"
    )
    failure: OSError = OSError("no address")
    for address in _look_up(parts, is_allowed):
        try:
            raw = socket.create_connection((address, port), patience)
        except OSError as error:
            failure = error
            continue
        try:
            return ssl.create_default_context().wrap_socket(raw, server_hostname=bare)
        except ssl.SSLCertVerificationError as error:
            raw.close()
            raise PermanentError(f"{bare}: {error.verify_message}") from error
        except OSError as error:
            raw.close()
            failure = error
    raise RetryableError(f"{bare}: {type(failure).__name__}") from failure
