"""The program that reads a spreadsheet in a process of its own, see ``capture.imports.sandbox``.

SECURITY: the file is hostile until it is read. This runs without our settings, secrets and
database, under limits that it sets itself, and imports nothing of ours: starting takes 50 ms of
processor time.
In: the bytes of the file. Out: lines of JSON, each a row as ``[number, cells]``, a day or time as
``{"day": "2026-09-14"}``; the last line is ``"end"``. A refusal is told by the exit status; any
other end than 0 means that the file cannot be read.
"""

import errno
import io
import json
import math
import os
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

TOO_LARGE, UNSAFE, NO_ROOM = 3, 4, 5
END = b'"end"\n'

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 30
MAX_ENTRIES = 2_000
MAX_UNPACKED = 50 * 1024 * 1024
MAX_RATIO = 100
# All text together: one long text that a million cells share is small in the file.
MAX_CHARACTERS = 100_000_000
_BLOCK = 64 * 1024
_ENTRY = b"PK\x01\x02"
_ARCHIVES = (".zip", ".xlsx", ".xlsm", ".xlsb", ".ods", ".docx", ".pptx", ".jar", ".7z", ".gz")
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\r"}


class RefusedError(Exception):
    """Ends the program with the status that says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def repack(content: bytes) -> bytes:
    """Return the archive anew, unpacked: what is parsed is what was checked, byte by byte."""
    # Counted first: the library makes an object of 500 bytes of each.
    if content.count(_ENTRY) > MAX_ENTRIES:
        raise RefusedError(TOO_LARGE)
    packed, unpacked = io.BytesIO(content), io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(unpacked, "w") as target:
        entries = source.infolist()
        _check_directory(entries)
        left = MAX_UNPACKED
        for entry in entries:
            if not entry.is_dir():
                data = _read(source, entry, left)
                left -= len(data)
                target.writestr(entry.filename, data)
    return unpacked.getvalue()


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > MAX_UNPACKED or unpacked > packed * MAX_RATIO:
        raise RefusedError(TOO_LARGE)
    names = [entry.filename.replace("\\", "/") for entry in entries]
    if len(set(names)) < len(names):
        raise RefusedError(UNSAFE)
    for name, entry in zip(names, entries, strict=True):
        is_outside = name.startswith("/") or ".." in name.split("/") or ":" in name
        is_packed_otherwise = entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        if is_outside or is_packed_otherwise or name.lower().endswith(_ARCHIVES):
            raise RefusedError(UNSAFE)


def _read(source: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """Return the bytes of an entry, however many the directory says there are."""
    declared = entry.file_size
    # The library stops at this number; we want to see what lies behind the declared one.
    entry.file_size = limit + 1
    found = bytearray()
    with source.open(entry) as file:
        while block := file.read(_BLOCK):
            found += block
            if len(found) > min(declared, limit):
                raise RefusedError(TOO_LARGE)
    is_xml = entry.filename.lower().endswith((".xml", ".rels"))
    if found.startswith(b"PK\x03\x04") or (is_xml and b"<!DOCTYPE" in found):
        raise RefusedError(UNSAFE)
    return bytes(found)


def rows(content: bytes, max_rows: int, max_columns: int) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows of the first sheet that are not blank, each with its number from 1."""
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    count = characters = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_clean(cell) for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        if not cells:
            continue
        count += 1
        characters += sum(len(cell) for cell in cells if isinstance(cell, str))
        if count > max_rows or len(cells) > max_columns or characters > MAX_CHARACTERS:
            raise RefusedError(TOO_LARGE)
        yield number, cells


def _clean(cell: Any) -> Any:
    """Return a cell as JSON and the database take it: no NUL, no number that is none."""
    if isinstance(cell, str):
        return cell if cell.isprintable() else cell.translate(_CONTROLS)
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else ""
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    return cell if isinstance(cell, bool | int) else str(cell)


def main() -> None:
    """Read standard input, write the rows."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    if content.startswith(b"PK"):
        content = repack(content)
    out = sys.stdout.buffer
    for row in rows(content, int(sys.argv[1]), int(sys.argv[2])):
        # Escaped, a smiley would take twelve bytes in place of four.
        out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    out.write(END)
    out.flush()


if __name__ == "__main__":
    try:
        main()
    except RefusedError as error:
        sys.exit(error.status)
    except MemoryError:
        sys.exit(TOO_LARGE)
    except OSError as error:
        # What is still buffered would be tried once more at the end, and change the status.
        os._exit(NO_ROOM if error.errno in {errno.ENOSPC, errno.EDQUOT} else 1)
