"""From the bytes of a spreadsheet to a header and rows, whatever wrote it.

Understands CSV in any usual encoding and delimiter and XLSX/XLS/ODS. Title rows above the header
are passed over, a sheet without a header gets one, and rows of totals are marked.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any

from charset_normalizer import from_bytes
from django.utils.translation import gettext_lazy as _

from capture.imports.sandbox import read_sheet
from ground.errors import DomainError

MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
_HEADER_SEARCH = 20
# So many rows tell what a column holds, so many letters what stands between the cells.
_JUDGED = 50
_SAMPLE = 50_000
_BLOCK = 1024 * 1024
_TOTALS = re.compile(r"(summe|gesamt(summe)?|total|grand total|sum|anzahl|count)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"^\S+@\S+\.\S+$")
# The order matters where two fit equally well: German Excel writes semicolons.
_DELIMITERS = ";\t,|"
_SPREADSHEET = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

Cell = str | int | float | bool | date | datetime | None
# The number of a row in the file, from 1, and its cells.
_Row = tuple[int, list[Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """One row below the header: its number in the file, from 1, and its cells by column."""

    number: int
    cells: tuple[Cell, ...]
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows below the header that are not blank, read anew each time.

    As objects the rows of a large file would take 1.2 GB.
    """

    _filled: Callable[[], Iterator[_Row]]
    _skipped: int
    _width: int
    _count: int

    def __len__(self) -> int:
        return self._count - self._skipped

    def __iter__(self) -> Iterator[Line]:
        for number, row in islice(self._filled(), self._skipped, None):
            yield Line(number, (*row, *[""] * (self._width - len(row))), _is_total(row))


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: the header, the rows below it that are not blank, how it was read.

    ``has_header`` is False where the file had none and the columns were named by their content.
    """

    header: tuple[str, ...]
    lines: Lines
    encoding: str
    delimiter: str
    has_header: bool


def read_table(content: bytes) -> Table:
    """Read the first sheet or the whole CSV.

    Raises ``DomainError`` (``file_empty``, ``file_unreadable``, ``file_too_large``,
    ``file_unsafe``, ``no_room``).
    """
    encoding = delimiter = ""
    if content.startswith(_SPREADSHEET):
        rows = read_sheet(content, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
        return _with_header(partial(_filled, rows), encoding, delimiter)
    encoding = encoding_of(content)
    delimiter = guess_delimiter(_open(content, encoding).read(_SAMPLE).replace("\x00", ""))
    read = partial(_csv_rows, content, encoding, delimiter)
    return _with_header(partial(_filled, read), encoding, delimiter)


def _filled(rows: Callable[[], Iterable[_Row]]) -> Iterator[_Row]:
    return (row for row in rows() if any(cell not in ("", None) for cell in row[1]))


def _trim(row: Sequence[Any]) -> list[Any]:
    cells = list(row)
    while cells and cells[-1] in ("", None):
        cells.pop()
    return cells


def _csv_rows(content: bytes, encoding: str, delimiter: str) -> Iterator[_Row]:
    csv.field_size_limit(1_000_000)
    lines = (line.replace("\x00", "") for line in _open(content, encoding))
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=delimiter), start=1):
            yield number, _trim(row)
    except csv.Error as error:
        raise DomainError("file_unreadable", _("This file is not readable."), "file") from error


def _open(content: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding, "replace", newline="")


def encoding_of(content: bytes) -> str:
    """Return the name of the encoding of a text.

    A byte order mark decides; then UTF-8 if it fits; then what Excel writes in western Europe
    unless bytes occur that it never writes; then the best guess.
    """
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            return name
    if content[:4000].count(b"\x00") > len(content[:4000]) // 4:
        return "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"
    for name in ("utf-8", "cp1252"):
        if _fits(content, name):
            return name
    guess = from_bytes(content[:200_000]).best()
    return guess.encoding if guess else "latin-1"


def _fits(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(content), _BLOCK):
            decoder.decode(content[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def guess_delimiter(text: str) -> str:
    """Return the delimiter that splits the first rows most evenly into most columns."""
    sample = text[:_SAMPLE]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row][:50]
        except csv.Error:
            continue
        widths = [len(row) for row in rows[:-1] or rows]
        common = max(set(widths), key=widths.count, default=1)
        score = (common - 1) * widths.count(common) / max(len(widths), 1)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _with_header(filled: Callable[[], Iterator[_Row]], encoding: str, delimiter: str) -> Table:
    first, count, width = _measure(filled())
    start = _header_position(first, width)
    if start is None:
        names = tuple(_name_by_content(first, column) for column in range(width))
    else:
        names = _header_names(first[start][1], width)
    lines = Lines(filled, 0 if start is None else start + 1, width, count)
    return Table(names, lines, encoding, delimiter, has_header=start is not None)


def _measure(rows: Iterator[_Row]) -> tuple[list[_Row], int, int]:
    """Return the first rows, how many there are, and the cells of the widest."""
    first: list[_Row] = []
    count = width = 0
    for count, row in enumerate(rows, start=1):
        width = max(width, len(row[1]))
        if count <= _JUDGED:
            first.append(row)
        if count > MAX_ROWS or width > MAX_COLUMNS:
            raise DomainError(
                "file_too_large", _("This file has too many rows or columns."), "file"
            )
    if not first:
        raise DomainError("file_empty", _("This file has no rows."), field="file")
    return first, count, width


def _header_position(filled: list[_Row], width: int) -> int | None:
    """Return where the header is: the first row about as wide as the table, of words only.

    None when the data starts at once, as in a bare list of addresses.
    """
    for position, (_number, row) in enumerate(filled[:_HEADER_SEARCH]):
        cells = [cell for cell in row if cell not in ("", None)]
        if any(isinstance(cell, str) and _ADDRESS.match(cell.strip()) for cell in cells):
            return None
        is_wide = len(cells) >= max(1, width * 0.6) if width > 1 else True
        is_words = all(isinstance(cell, str) and len(cell) <= 120 for cell in cells)
        if is_wide and is_words:
            return position
    return None


def _header_names(row: Sequence[Any], width: int) -> tuple[str, ...]:
    names: list[str] = []
    for column in range(width):
        cell = row[column] if column < len(row) else ""
        name = re.sub(r"\s+", " ", str(cell or "")).strip() or f"#{column + 1}"
        while name in names:
            name += " *"
        names.append(name)
    return tuple(names)


def _name_by_content(filled: list[_Row], column: int) -> str:
    cells = [str(row[column]) for _number, row in filled if len(row) > column]
    addresses = sum(bool(_ADDRESS.match(cell.strip())) for cell in cells)
    return "E-Mail" if cells and addresses * 2 > len(cells) else f"#{column + 1}"


def _is_total(row: Sequence[Any]) -> bool:
    """Say whether this is a row of totals: it starts with a word for it and names nobody."""
    first = next((cell for cell in row if cell not in ("", None)), "")
    named = any(isinstance(cell, str) and "@" in cell for cell in row)
    return isinstance(first, str) and bool(_TOTALS.match(first.strip())) and not named


def text_of(cell: Cell) -> str:
    """Return a cell as text: whole floats without ``.0``, dates as ISO, booleans as yes/no."""
    if type(cell) is str:
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()
