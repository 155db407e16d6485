"""Fingerprints by which texts are found that are nearly the same.

MinHash (Broder 1997) over runs of three words, in bands. Two texts are alike when they share
``ALIKE`` bands: that happens to 1 of 100 pairs with half of their runs in common, to 30 with seven
of ten, to 98 with nine of ten. A single band is shared by chance once thousands have begun with the
same polite words. Names, numbers and links are taken out first, as they are what a machine changes
from one recipient to the next.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache

BANDS, ROWS, ALIKE = 8, 4, 3
# Texts of fewer letters are the same by chance: "Please call me back at 0170 1234567."
WORTH_COMPARING = 40
LONGEST = 3_000
_RUN = 3
_PRIME = (1 << 61) - 1
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def words_of(text: str, without: Sequence[str] = ()) -> list[str]:
    """Return the words of ``text`` in small letters, without links, numbers and ``without``."""
    left_out = {word for part in without for word in _WORD.findall(part.casefold())}
    found = _WORD.findall(_LINK.sub(" ", text[:LONGEST]).casefold())
    return [word for word in found if word not in left_out]


def fingerprint(text: str, without: Sequence[str] = ()) -> list[int]:
    """Return ``BANDS`` numbers of 63 bits; none for a text too short to compare."""
    words, whole = words_of(text, without), " ".join(text.casefold().split())
    if len(" ".join(words) or whole) < WORTH_COMPARING:
        return []
    if not words:
        # Nothing but links and numbers, or a script without spaces: the text itself.
        return [_hash(f"0 {whole}") >> 1]
    runs = {" ".join(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1))}
    hashes = [_hash(run) for run in runs]
    least = [min((a * value + b) % _PRIME for value in hashes) for a, b in _mixers()]
    return [_hash(f"{band} {least[band * ROWS : (band + 1) * ROWS]}") >> 1 for band in range(BANDS)]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


@cache
def _mixers() -> tuple[tuple[int, int], ...]:
    """Return the numbers by which each row mixes, the same in every process."""
    return tuple(
        (_hash(f"a{row}") % _PRIME or 1, _hash(f"b{row}") % _PRIME) for row in range(BANDS * ROWS)
    )
