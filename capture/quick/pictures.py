"""What a phone notes in a picture: where and when it was taken, and with what."""

import re
from collections.abc import Iterator
from typing import Literal

_EXIF = b"Exif\0\0"
_APP1, _APP13 = 0xE1, 0xED  # Exif and XMP; what editing programs note
_SCAN, _END = 0xDA, 0xD9
# Within a scan every 0xFF stands before a zero or a restart; another one begins what follows.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_ORIENTATION = 0x0112
_TURNED = range(2, 9)


def without_notes(data: bytes) -> bytes:
    """Return a JPEG without what the camera noted, its place above all; other files as they are.

    SECURITY: a card is photographed at somebody's home, too. Not a pixel changes, and the note of
    how the picture is to be turned stays.
    """
    if not data.startswith(b"\xff\xd8\xff"):
        return data
    kept = [data[:2]]
    for marker, segment in _segments(data):
        body = segment[4:]
        if marker == _APP1 and body.startswith(_EXIF):
            kept.append(_only_turned(_orientation(body.removeprefix(_EXIF))))
        elif marker not in (_APP1, _APP13):
            kept.append(segment)
    return b"".join(kept)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the parts up to the end of the picture; what some phones add behind it is left out."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xFF:  # filled up
            end = at + 1
        elif marker == _END:
            break
        elif marker == _SCAN:
            found = _MARKER.search(data, end)
            end = found.start() if found else len(data)
        if marker != 0xFF:
            yield marker, data[at:end]
        at = end
    if data[at : at + 2] == b"\xff\xd9":
        yield _END, data[at : at + 2]
    else:  # no whole picture: nobody knows what this is
        yield 0, data[at:]


def _orientation(tiff: bytes) -> int:
    order: Literal["little", "big"] = "little" if tiff.startswith(b"II") else "big"

    def number(start: int, size: int) -> int:
        return int.from_bytes(tiff[start : start + size], order)

    first = number(4, 4)
    for entry in range(first + 2, first + 2 + 12 * number(first, 2), 12):
        if number(entry, 2) == _ORIENTATION:
            return number(entry + 8, 2)
    return 1


def _only_turned(orientation: int) -> bytes:
    if orientation not in _TURNED:
        return b""
    entry = (_ORIENTATION << 80) + (3 << 64) + (1 << 32) + (orientation << 16)
    tiff = b"MM\0*" + (8).to_bytes(4) + (1).to_bytes(2) + entry.to_bytes(12) + bytes(4)
    body = _EXIF + tiff
    return bytes((0xFF, _APP1)) + (len(body) + 2).to_bytes(2) + body
