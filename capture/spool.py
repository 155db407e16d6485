"""A folder that takes submissions while the database is away.

One file a submission, written, synced and renamed before the answer is given. The name is the
idempotency key, so that storing and draining twice changes nothing.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import structlog
from django.conf import settings

from capture.raw import RawSubmission

log = structlog.get_logger(__name__)

MAX_BYTES = 500 * 1024 * 1024
SUFFIX = ".submission"
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

    The same submission again is stored once; another body under the same key is kept beside it.
    Raises ``SpoolFullError``.
    """
    content = raw.to_bytes()
    try:
        folder().mkdir(parents=True, exist_ok=True)
        target = folder() / f"{raw.key}{SUFFIX}"
        if target.exists():
            if RawSubmission.from_bytes(target.read_bytes()).body == raw.body:
                return
            target = folder() / f"{raw.key}.{raw.body_hash[:16]}{SUFFIX}"
        if size() + len(content) > MAX_BYTES:
            raise SpoolFullError("The spool is full.")
        _write(target, content)
    except (OSError, ValueError) as error:
        log.error("spool_failed", error=type(error).__name__)
        raise SpoolFullError("The spool cannot be written.") from error


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
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def size() -> int:
    """Return how many bytes wait; 0 while there is no folder."""
    try:
        with os.scandir(folder()) as entries:
            return sum(entry.stat().st_size for entry in entries)
    except FileNotFoundError:
        return 0


def waiting() -> list[Path]:
    """Return the files that wait, the oldest first."""
    try:
        found = [path for path in folder().iterdir() if path.name.endswith(SUFFIX)]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
    except FileNotFoundError:
        return []


def read(paths: list[Path]) -> Iterator[tuple[Path, RawSubmission]]:
    """Yield the submissions in ``paths``; a file that cannot be read is put aside."""
    for path in paths:
        try:
            yield path, RawSubmission.from_bytes(path.read_bytes())
        except ValueError:
            log.error("spool_file_unreadable", file=path.name)
            refused_folder().mkdir(parents=True, exist_ok=True)
            path.rename(refused_folder() / path.name)
        except FileNotFoundError:
            continue


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
