"""A folder that takes submissions while the database is away.

One file a submission, written, synced and renamed before the answer is given. The name is the
idempotency key, so that storing and draining twice changes nothing.
"""

import heapq
import math
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic, time

import structlog
from django.conf import settings

from capture.raw import RawSubmission

log = structlog.get_logger(__name__)

# Past either, visitors are told to come back or to write: nobody has looked after us for a day.
MAX_BYTES = 500 * 1024 * 1024
MAX_AGE = timedelta(hours=24)
# How many files are moved in one go: a minute's work on a slow machine.
MAX_AT_ONCE = 5_000
SUFFIX = ".submission"
# What the largest submission takes.
_LARGEST = 512 * 1024
# A temporary file this old belongs to a process that was killed in between.
STALE_SECONDS = 3600


class SpoolFullError(Exception):
    """The folder has no room or cannot be written."""


def folder() -> Path:
    """Return the folder of waiting submissions."""
    return Path(settings.SPOOL_DIR) / "submissions"


def refused_folder() -> Path:
    """Return the folder of files that cannot be read; nobody deletes them."""
    return Path(settings.SPOOL_DIR) / "unreadable"


def put(raw: RawSubmission) -> None:
    """Store ``raw`` so that it survives a crash of the machine.

    The name holds key and body, so that the same submission again is stored once and another body
    under the same key is kept beside it, however many processes write at once. Raises
    ``SpoolFullError``.
    """
    put_bytes(f"{raw.key}.{raw.body_hash[:16]}{SUFFIX}", raw.to_bytes())


def put_bytes(name: str, content: bytes) -> None:
    """Store ``content`` under ``name`` as ``put`` does; a name says what is in it."""
    target = folder() / name
    try:
        _make(folder())
        if target.exists():
            return
        if not _fill.has_room_for(len(content)):
            raise SpoolFullError("The spool is full.")
        _write(target, content)
    except OSError as error:
        log.error("spool_failed", error=type(error).__name__, number=error.errno)
        raise SpoolFullError("The spool cannot be written.") from error


class _Fill:
    """How full the folder is, as this process knows it.

    Counting looks at every file, which takes a second for the 300,000 that fit in: too long to do
    for each of them. What other processes write until the next count is not seen.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Count anew at the next use."""
        self._folder = Path()
        self._bytes = 0
        self._oldest = math.inf
        self._holds_until = 0.0

    def has_room_for(self, length: int) -> bool:
        """Say whether ``length`` bytes fit in, and count them."""
        with self._lock:
            if monotonic() >= self._holds_until or self._folder != folder():
                self._count()
            if self._bytes + length > MAX_BYTES or time() - self._oldest > MAX_AGE.total_seconds():
                return False
            self._bytes += length
            return True

    def _count(self) -> None:
        began = monotonic()
        self._folder = folder()
        stats = list(_stats())
        self._bytes = sum(stat.st_size for stat in stats)
        self._oldest = min((stat.st_mtime for stat in stats), default=math.inf)
        # A twentieth of the time at most goes into counting.
        self._holds_until = monotonic() + max(1.0, 20 * (monotonic() - began))


_fill = _Fill()


def forget() -> None:
    """Count what is in the folder anew at the next use."""
    _fill.forget()


def is_writable() -> bool:
    """Say whether a submission could be kept here just now; keeps nothing."""
    try:
        _make(folder())
        with TemporaryFile(dir=folder()) as file:
            # A full disk still takes files in which nothing stands.
            file.write(bytes(_LARGEST))
            file.flush()
            return True
    except OSError:
        return False


def _make(target: Path) -> None:
    """Make a folder that is there after a crash of the machine too."""
    if target.is_dir():
        return
    _make(target.parent)
    target.mkdir(exist_ok=True)
    _sync(target.parent)


def _sync(target: Path) -> None:
    directory = os.open(target, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _write(target: Path, content: bytes) -> None:
    temporary = target.with_name(f"{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(target.parent)


def _stats() -> Iterator[os.stat_result]:
    """Yield the size and the time of every file; nothing while there is no folder."""
    try:
        with os.scandir(folder()) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    yield entry.stat()
    except FileNotFoundError:
        return


def waiting(limit: int | None = None, *, suffix: str = SUFFIX) -> list[Path]:
    """Return the files that wait, the oldest first: all, or the first ``limit``."""
    found: list[tuple[int, str]] = []
    try:
        with os.scandir(folder()) as entries:
            for entry in entries:
                if entry.name.endswith(suffix):
                    with suppress(FileNotFoundError):
                        found.append((entry.stat().st_mtime_ns, entry.name))
    except FileNotFoundError:
        return []
    first = sorted(found) if limit is None else heapq.nsmallest(limit, found)
    return [folder() / name for _time, name in first]


def read(paths: list[Path]) -> Iterator[tuple[Path, RawSubmission]]:
    """Yield the submissions in ``paths``.

    A file that is no submission is put aside; one that may not be read stays, and the others go on.
    """
    for path in paths:
        try:
            yield path, RawSubmission.from_bytes(path.read_bytes())
        except ValueError:
            put_aside(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.error("spool_file_not_read", file=path.name, error=type(error).__name__)


def put_aside(path: Path) -> None:
    """Move a file that cannot become a row to where nobody deletes it."""
    log.error("spool_file_unreadable", file=path.name)
    try:
        _make(refused_folder())
        path.rename(refused_folder() / path.name)
    except OSError as error:
        log.error("spool_file_not_moved", file=path.name, error=type(error).__name__)


def sweep(*, now: float) -> int:
    """Remove temporary files that a killed process left behind; returns how many."""
    removed = 0
    if folder().is_dir():
        for path in folder().glob("*.tmp"):
            try:
                if now - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:
                continue
    return removed
