"""What was written last in a mail: without the history below it and without the signature.

Line by line and with short patterns alone: what comes in is a stranger's, and the libraries that do
this search whole texts with patterns that a few thousand words keep busy for minutes.
"""

import re

_LONGEST_LINE = 300
# Mail programs break the line that introduces a quotation.
_JOINED = 3
_INTRODUCTION = re.compile(
    r"(?:am|on|le) .{4,250}?(?:schrieb|wrote|a écrit)\b.{0,120}$", re.IGNORECASE
)
_DIVIDER = re.compile(
    r"-{2,12} ?(?:original|ursprüngliche|weitergeleitete|forwarded)\b.{0,40}$", re.IGNORECASE
)
_FROM = re.compile(r"\*?(?:von|from):", re.IGNORECASE)
_SENT = re.compile(r"\*?(?:gesendet|sent|datum|date|an|to|betreff|subject):", re.IGNORECASE)
_ENOUGH = 2
_HEAD_LINES = 6


def latest(text: str) -> str:
    """Return what stands above the history; all of ``text`` where nothing stands above it."""
    lines = [line.strip() for line in text.split("\n")]
    end = next((at for at in range(len(lines)) if _begins_history(lines, at)), len(lines))
    kept = lines[:end]
    while kept and (not kept[-1] or kept[-1].startswith(">")):
        kept.pop()
    signed = next((at for at, line in enumerate(kept) if at and line == "--"), len(kept))
    return "\n".join(kept[:signed]).strip() or text.strip()


def _begins_history(lines: list[str], at: int) -> bool:
    line = lines[at]
    if len(line) > _LONGEST_LINE or not line:
        return False
    if _DIVIDER.match(line):
        return True
    if _FROM.match(line):
        below = lines[at + 1 : at + _HEAD_LINES]
        return sum(bool(_SENT.match(other)) for other in below) >= _ENOUGH
    return _introduces(lines, at)


def _introduces(lines: list[str], at: int) -> bool:
    """Say whether "On … Mara wrote:" stands here, on up to three lines."""
    if lines[at][:3].lower() not in {"am ", "on ", "le "}:
        return False
    for count in range(1, _JOINED + 1):
        joined = " ".join(lines[at : at + count])
        if len(joined) > _LONGEST_LINE:
            return False
        if joined.endswith(":") and _INTRODUCTION.match(joined):
            return True
    return False
