"""Names that must not be taken twice."""

from collections.abc import Collection
from itertools import count


def free_name(name: str, taken: Collection[str]) -> str:
    """Return ``name``, with the first free number from 2 on behind it where it is in ``taken``."""
    if name not in taken:
        return name
    return next(other for number in count(2) if (other := f"{name} {number}") not in taken)
