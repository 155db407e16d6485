"""Reading a spreadsheet in a process of its own, so that a hostile one harms nobody else."""

import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _

from capture.imports.sheet_program import TOO_LARGE, UNSAFE
from ground.errors import DomainError

log = structlog.get_logger(__name__)

_PROGRAM = Path(__file__).with_name("sheet_program.py")
# Below the 60 seconds after which the web server gives a worker up.
_SECONDS = 40


def read_sheet(content: bytes, *, max_rows: int, max_columns: int) -> list[tuple[int, list[Any]]]:
    """Return the rows of the first sheet that are not blank, each with its number from 1.

    Raises ``DomainError`` (``file_unreadable``, ``file_too_large``, ``file_unsafe``). Limits of
    memory, time, unpacked size and parts stand in ``capture.imports.sheet_program``.
    """
    command = [sys.executable, "-I", str(_PROGRAM), str(max_rows), str(max_columns)]
    try:
        # SECURITY: an empty environment, so that no secret of ours is within its reach.
        done = subprocess.run(  # noqa: S603 - our own program, the file is its input
            command, input=content, capture_output=True, env={}, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refusal(TOO_LARGE) from None
    *rows, end = done.stdout.splitlines() or [b""]
    if done.returncode or end != b'"end"':
        log.warning("sheet_refused", status=done.returncode, size=len(content))
        raise _refusal(done.returncode)
    return [(number, [_cell(cell) for cell in cells]) for number, cells in map(json.loads, rows)]


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
    return DomainError("file_unreadable", _("This file is not a readable spreadsheet."), "file")


def _cell(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    day: str = cell["day"]
    return datetime.fromisoformat(day) if "T" in day else date.fromisoformat(day)
