"""How fast mails of sequences may go out: so many a minute in all, and to each domain."""

from collections import Counter
from collections.abc import Iterable


class Pace:
    """Gives mails, in the order of sending, the minute in which each may go; 0 is the present.

    ``used`` has the domain of each mail that went out in the minute before now.
    """

    def __init__(self, used: Iterable[str], *, in_all: int, to_domain: int) -> None:
        self._in_all, self._to_domain = in_all, to_domain
        self._in_minute: Counter[int] = Counter()
        self._to_domain_in_minute: Counter[tuple[str, int]] = Counter()
        # Before these minutes nothing is free any more; saves counting from now on each time.
        self._first_free = 0
        self._first_free_of: Counter[str] = Counter()
        for domain in used:
            self._take(domain, 0)

    def minute_for(self, domain: str) -> int:
        """Take the next place for a mail to ``domain`` and return its minute."""
        minute = max(self._first_free, self._first_free_of[domain])
        while self._is_full(domain, minute):
            minute += 1
        self._take(domain, minute)
        return minute

    def _is_full(self, domain: str, minute: int) -> bool:
        return (
            self._in_minute[minute] >= self._in_all
            or self._to_domain_in_minute[domain, minute] >= self._to_domain
        )

    def _take(self, domain: str, minute: int) -> None:
        self._in_minute[minute] += 1
        self._to_domain_in_minute[domain, minute] += 1
        self._first_free_of[domain] = minute
        while self._in_minute[self._first_free] >= self._in_all:
            self._first_free += 1


def domain_of(address: str) -> str:
    """Return the domain of an e-mail address, in lower case."""
    return address.rpartition("@")[2].strip().lower()
