"""The signs by which the guard learns: short words of a closed kind, each readable by a person."""

from collections.abc import Iterable

from capture.guard.candidate import Candidate
from capture.guard.crowd import hidden
from capture.guard.likeness import fingerprint, words_of

MOST_WORDS = 60
_SHORTEST, _LONGEST = 4, 24
# Kinds in the order in which they are told; the value stands behind the first colon.
DOMAIN, SENDER, NETWORK, PLACE, TEXT, REASON, WORD = (
    "domain",
    "sender",
    "network",
    "place",
    "text",
    "reason",
    "word",
)


def signs_of(item: Candidate, reasons: Iterable[str]) -> list[str]:
    """Return the signs of ``item``, on which ``reasons`` were found; each once."""
    signs = [f"{REASON}:{code}" for code in reasons]
    if item.domain:
        signs += [f"{DOMAIN}:{item.domain[:100]}", sender_sign(item)]
    if item.network:
        signs.append(f"{NETWORK}:{item.network}")
    signs.append(f"{PLACE}:{item.place}")
    signs += text_signs(item)
    words = (word for word in words_of(item.message, item.names) if len(word) >= _SHORTEST)
    kept = list(dict.fromkeys(word for word in words if len(word) <= _LONGEST))
    return list(dict.fromkeys([*signs, *(f"{WORD}:{word}" for word in kept[:MOST_WORDS])]))


def sender_sign(item: Candidate) -> str:
    """Return the sign of the one who sent ``item``; nobody can read from it who that is."""
    return f"{SENDER}:{hidden(item.mailbox)[:32]}"


def text_signs(item: Candidate) -> list[str]:
    """Return the signs of what was written, as a whole."""
    return [f"{TEXT}:{band}" for band in bands_of(item)]


def bands_of(item: Candidate) -> list[int]:
    """Return the fingerprint of what was written, without who did; none where it may repeat."""
    if item.may_repeat:
        return []
    return fingerprint(item.message, [*item.names, item.company, item.email])


def split(sign: str) -> tuple[str, str]:
    """Return kind and value of a sign."""
    kind, _colon, value = sign.partition(":")
    return kind, value
