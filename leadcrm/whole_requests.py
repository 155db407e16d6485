"""A worker of gunicorn that gives a thread to whole requests only.

As gunicorn has it, a thread waits for the rest of a request for as long as the visitor likes: a few
connections that send one byte now and then hold every thread, and nobody else is answered. A proxy
that keeps requests until they are whole stands in the way of that, but not all do, and not
everybody has one. Here the loop of the worker collects them; threads only work. TLS ends
in front of it.
"""

import re
import socket
import struct
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

# As much as a form may send and some more. Only uploads are larger, of people who are signed in.
LARGEST_KEPT = 512 * 1024
LARGEST_HEAD = 64 * 1024
# What a process keeps of all requests together that are not whole.
MOST_KEPT = 64 * 1024 * 1024
# Seconds for a request that is kept until it is whole, from its first byte on.
PATIENCE = 30
# Seconds without any progress, of an upload or of an answer that nobody fetches.
STALLED = 15
_READ = 64 * 1024
_REFUSAL = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d{1,15})[ \t]*\r\n")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding[ \t]*:[^\r\n]*chunked")
_EXPECTS = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue")
_CHUNK = re.compile(rb"([0-9a-f]{1,8})[^\r\n]{0,200}\r\n", re.IGNORECASE)


class Incoming:
    """What has come in of one request, and whether it is all."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)
        # Where its body ends, as far as that is known; for chunks, where the next one begins.
        self._end = 0
        self._is_chunked = False
        # No head that anybody sends, or chunks that are none.
        self.is_hopeless = False

    @property
    def is_read(self) -> bool:
        """Whether the head is there."""
        return self._end > 0

    def read_head(self) -> bool:
        """Read the head when it is there; returns whether the visitor waits to send the body."""
        end = -1 if self.is_read else self.data.find(b"\r\n\r\n")
        if end < 0:
            self.is_hopeless = not self.is_read and len(self.data) > LARGEST_HEAD
            return False
        head = bytes(self.data[: end + 2]).lower()
        self._end = end + 4
        self._is_chunked = bool(_CHUNKED.search(head))
        if not self._is_chunked and (length := _LENGTH.search(head)):
            self._end += int(length[1])
        return bool(_EXPECTS.search(head))

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing, so that reading it never waits."""
        if not self.is_read:
            return False
        return self._has_last_chunk() if self._is_chunked else len(self.data) >= self._end

    @property
    def is_large(self) -> bool:
        """Whether it is more than is kept here."""
        return self.is_read and max(len(self.data), self._end) > LARGEST_KEPT

    def _has_last_chunk(self) -> bool:
        """Go on from chunk to chunk, from where the last look ended."""
        while found := _CHUNK.match(self.data, self._end):
            size = int(found[1], 16)
            if size == 0:
                return self.data.find(b"\r\n\r\n", found.end() - 2) >= 0
            if len(self.data) < found.end() + size + 2:
                return False
            self._end = found.end() + size + 2
        self.is_hopeless = b"\r\n" in self.data[self._end :]
        return False


class WholeRequestWorker(ThreadWorker):
    """Collects requests and hands them to its threads.

    Half of the threads at most are with requests that are too large to be collected.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incoming: dict[TConn, Incoming] = {}
        self.kept = 0
        self.large: set[TConn] = set()
        self.large_waiting: list[TConn] = []

    def accept(self, listener: socket.socket) -> None:
        """Take a connection and wait for its request."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        # The system keeps these where the library makes the socket wait for ever.
        limit = struct.pack("ll", STALLED, 0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._collect(TConn(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Collect the next request of a connection that was kept open."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._collect(conn)

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Take what came in, and hand the request on once it is whole."""
        try:
            data = client.recv(_READ)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            self._keep(conn, data)
            self._look_at(conn)
            self._make_room()
        else:
            self._leave_poller(conn)
            self._close(conn)

    def murder_pending(self) -> None:
        """Close what was not whole in time; a worker that stops waits for nobody who is silent."""
        now = time.monotonic()
        late = [conn for conn in self.pending_conns if conn.timeout <= now]
        if not self.alive:
            late += [conn for conn in self.pending_conns if not self.incoming[conn].data]
        for conn in dict.fromkeys(late):
            self._leave_poller(conn)
            self._close(conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Close or keep the connection; what was sent ahead on it is collected like the first."""
        self.large.discard(conn)
        self._start_large()
        is_kept = not fs.cancelled() and fs.exception() is None and fs.result() is True
        if is_kept and (ahead := conn.parser.unreader.take_buffered()):
            conn.sock.setblocking(False)
            self._collect(conn, ahead)
        else:
            super().finish_request(conn, fs)

    def _collect(self, conn: TConn, data: bytes = b"") -> None:
        self.incoming[conn] = Incoming()
        self._keep(conn, data)
        conn.timeout = time.monotonic() + PATIENCE
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, readable)
        if data:
            self._look_at(conn)

    def _keep(self, conn: TConn, data: bytes) -> None:
        self.incoming[conn].data += data
        self.kept += len(data)

    def _forget(self, conn: TConn) -> bytes:
        """Return what was kept of a connection, and keep it no longer."""
        incoming = self.incoming.pop(conn, None)
        data = bytes(incoming.data) if incoming else b""
        self.kept -= len(data)
        return data

    def _make_room(self) -> None:
        """Close those who sent most without an end, while more is kept than there is room for."""
        while self.kept > MOST_KEPT:
            conn = max(self.incoming, key=lambda other: len(self.incoming[other].data))
            if conn in self.large_waiting:
                self.large_waiting.remove(conn)
            else:
                self._leave_poller(conn)
            self._close(conn)

    def _look_at(self, conn: TConn) -> None:
        incoming = self.incoming[conn]
        if incoming.read_head():
            self._say(conn, b"HTTP/1.1 100 Continue\r\n\r\n")
        if incoming.is_whole:
            self._leave_poller(conn)
            self._start(conn)
        elif incoming.is_large:
            self._leave_poller(conn)
            self.large_waiting.append(conn)
            self._start_large()
        elif incoming.is_hopeless:
            self._leave_poller(conn)
            self._say(conn, _REFUSAL)
            self._close(conn)

    def _start_large(self) -> None:
        while self.large_waiting and len(self.large) < max(1, self.cfg.threads // 2):
            conn = self.large_waiting.pop(0)
            self.large.add(conn)
            self._start(conn)

    def _start(self, conn: TConn) -> None:
        if conn.parser is None:
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
        conn.parser.unreader.unread(self._forget(conn))
        conn.data_ready = True
        self.enqueue_req(conn)

    def _say(self, conn: TConn, line: bytes) -> None:
        with suppress(OSError):
            conn.sock.send(line)

    def _leave_poller(self, conn: TConn) -> None:
        self.pending_conns.remove(conn)
        self.poller.unregister(conn.sock)

    def _close(self, conn: TConn) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()
