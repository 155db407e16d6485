"""A mailbox as its IMAP server tells it (RFC 3501), with MOVE (RFC 6851) where there is one."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from capture.connectors.mail.letter import CONTENT_TYPE, CUT, LARGEST
from capture.connectors.told import HookError, Keys
from ground.errors import PermanentError, RetryableError
from ground.outside import open_stream

PATIENCE_SECONDS = 15.0
# Of a mail that is too large: its head and the beginning of what it says.
_HEAD, _BEGINNING = 128 * 1024, 128 * 1024
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder: how its mails are numbered, and the number of the next one."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail; ``content_type`` says whether it is whole."""

    uid: int
    raw: bytes
    content_type: str


class _Stream(imaplib.IMAP4):
    """The client of the standard library over a connection that was checked."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return open_stream(self.host, self.port, patience=timeout or PATIENCE_SECONDS)


class Box:
    """A mailbox that somebody is signed in to, with one folder open."""

    def __init__(self, client: imaplib.IMAP4, folder: Folder) -> None:
        self._client = client
        self.folder = folder

    def uids(self, first: int) -> list[int]:
        """Return the numbers of the mails from ``first`` on, in their order."""
        found = _asked(self._client.uid("SEARCH", f"UID {first}:*"))
        words = b" ".join(line for line in found if isinstance(line, bytes)).split()
        # ``n:*`` names the last mail even where its number is lower.
        return sorted(uid for word in words if (uid := _number(word)) >= first)

    def fetch(self, uid: int) -> Fetched | None:
        """Return one mail and leave it unread; None for one that is gone."""
        told = _asked(self._client.uid("FETCH", str(uid), "(RFC822.SIZE)"))
        sizes = [
            found for line in told if isinstance(line, bytes) and (found := _SIZE.search(line))
        ]
        if not sizes:
            return None
        if int(sizes[0][1]) <= LARGEST:
            whole = self._part(uid, "BODY.PEEK[]")
            return Fetched(uid, whole, CONTENT_TYPE) if whole is not None else None
        head = self._part(uid, f"BODY.PEEK[HEADER]<0.{_HEAD}>")
        text = self._part(uid, f"BODY.PEEK[TEXT]<0.{_BEGINNING}>")
        return Fetched(uid, head + (text or b""), CUT) if head is not None else None

    def _part(self, uid: int, what: str) -> bytes | None:
        told = _asked(self._client.uid("FETCH", str(uid), f"({what})"))
        return next((bytes(item[1]) for item in told if isinstance(item, tuple)), None)

    def move(self, uids: Sequence[int], target: str) -> None:
        """Move mails to another folder; those that are gone are left out."""
        if not uids:
            return
        named = ",".join(map(str, uids))
        if "MOVE" in self._client.capabilities:
            _asked(self._client.uid("MOVE", named, _quoted(target)))
            return
        _asked(self._client.uid("COPY", named, _quoted(target)))
        _asked(self._client.uid("STORE", named, "+FLAGS.SILENT", r"(\Deleted)"))
        _asked(self._client.expunge())


@contextmanager
def opened(keys: Keys) -> Iterator[Box]:
    """Sign in and open the folder; raises ``HookError`` and ``RetryableError``.

    The folder is opened for reading alone unless mails are moved.
    """
    port = _number(keys.setting("port").encode()) or 993
    if not keys.setting("host") or not keys.secret("password"):
        raise HookError("no_mailbox")
    try:
        client = _Stream(keys.setting("host"), port, timeout=PATIENCE_SECONDS)
        try:
            _sign_in(client, keys)
            yield Box(client, _open(client, keys))
        finally:
            _leave(client)
    except PermanentError as error:
        raise HookError("server_refused", text=str(error)) from error
    except (imaplib.IMAP4.error, OSError, ssl.SSLError, ValueError) as error:
        raise RetryableError(f"{keys.setting('host')}: {type(error).__name__}") from error


def _sign_in(client: imaplib.IMAP4, keys: Keys) -> None:
    try:
        client.login(keys.setting("user"), keys.secret("password"))
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise HookError("login_refused", text=_said(error)) from error


def _leave(client: imaplib.IMAP4) -> None:
    """Sign out; where the connection broke, close our end of it."""
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError):
        with suppress(OSError):
            client.shutdown()


def _open(client: imaplib.IMAP4, keys: Keys) -> Folder:
    name = keys.setting("folder") or "INBOX"
    status, _told = client.select(_quoted(name), readonly=not keys.setting("move_to"))
    if status != "OK":
        raise HookError("folder_missing", text=name)
    return Folder(_untagged(client, "UIDVALIDITY"), _untagged(client, "UIDNEXT"))


def _untagged(client: imaplib.IMAP4, name: str) -> int:
    _name, told = client.response(name)
    return _number(told[0]) if told and isinstance(told[0], bytes) else 0


def _asked(answer: tuple[str, Any]) -> list[Any]:
    status, told = answer
    if status != "OK":
        raise HookError("server_refused", text=_said(*told))
    return [item for item in told if item is not None]


def _said(*words: Any) -> str:
    texts = (
        word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in words
    )
    return " ".join(texts).removeprefix("b'").removesuffix("'")[:200]


def _number(word: bytes) -> int:
    return int(word) if word.isdigit() and len(word) < 20 else 0


def _quoted(name: str) -> str:
    """Return a name as IMAP quotes it; SECURITY: no line of its own can stand in it."""
    bare = "".join(char for char in name if char.isprintable())
    return '"' + bare.replace("\\", "\\\\").replace('"', '\\"') + '"'
