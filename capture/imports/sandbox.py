"""Reading a spreadsheet in a process of its own, so that a hostile one harms nobody else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import structlog
from django.utils.translation import gettext_lazy as _

from capture.imports.sheet_program import END, NO_ROOM, TOO_LARGE, UNSAFE
from ground.errors import DomainError

log = structlog.get_logger(__name__)

_PROGRAM = Path(__file__).with_name("sheet_program.py")
# Below the 60 seconds after which the web server gives a worker up.
_SECONDS = 40


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The rows of a sheet that are not blank, in a file without a name; read anew each time.

    One text of 17 kB that a sheet repeats took 2.7 GB as objects.
    """

    file: BinaryIO

    def __del__(self) -> None:
        self.file.close()

    def __call__(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield each row with its number from 1."""
        position = 0
        while True:
            # Another reader of the same file may stand elsewhere.
            self.file.seek(position)
            line = self.file.readline()
            if line == END:
                return
            position += len(line)
            number, cells = json.loads(line)
            yield number, [_cell(cell) for cell in cells]

    def is_whole(self) -> bool:
        """Say whether the program came to the end of the sheet."""
        if self.file.seek(0, os.SEEK_END) < len(END):
            return False
        self.file.seek(-len(END), os.SEEK_END)
        return self.file.read() == END


def read_sheet(content: bytes, *, max_rows: int, max_columns: int) -> SheetRows:
    """Return the rows of the first sheet.

    Raises ``DomainError`` (``file_unreadable``, ``file_too_large``, ``file_unsafe``, ``no_room``).
    Limits of memory, time, unpacked size and parts stand in ``capture.imports.sheet_program``.
    """
    rows = SheetRows(TemporaryFile())  # noqa: SIM115 - open as long as the rows are there
    try:
        status = _run(content, rows.file, max_rows, max_columns)
        if status or not rows.is_whole():
            log.warning("sheet_refused", status=status, size=len(content))
            raise _refusal(status)
    except BaseException:
        rows.file.close()
        raise
    return rows


def _run(content: bytes, file: BinaryIO, max_rows: int, max_columns: int) -> int:
    """Let the program write the rows to ``file``; returns its exit status."""
    command = [sys.executable, "-I", str(_PROGRAM), str(max_rows), str(max_columns)]
    try:
        # SECURITY: an empty environment, so that no secret of ours is within its reach.
        done = subprocess.run(  # noqa: S603 - our own program, the file is its input
            command,
            input=content,
            stdout=file,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TOO_LARGE
    return done.returncode


def _refusal(status: int) -> DomainError:
    # Killed by a signal: it asked for more memory or time than it may have.
    if status == TOO_LARGE or status < 0:
        return DomainError(
            "file_too_large",
            _("This file is or unpacks too large. Save it as CSV, or split it."),
            "file",
        )
    if status == UNSAFE:
        return DomainError(
            "file_unsafe",
            _("This file holds parts that do not belong into a spreadsheet. Save it as CSV."),
            "file",
        )
    if status == NO_ROOM:
        return DomainError(
            "no_room",
            _("The disk of the server is full. Nothing was saved; tell your administrator."),
            "file",
        )
    return DomainError("file_unreadable", _("This file is not a readable spreadsheet."), "file")


def _cell(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    day: str = cell["day"]
    return datetime.fromisoformat(day) if "T" in day else date.fromisoformat(day)
