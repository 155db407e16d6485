"""How many tries one address has a minute; counted in this process, so it holds without Redis."""

import threading
from collections import OrderedDict
from enum import StrEnum
from time import monotonic


class Pace(StrEnum):
    """What becomes of a post, given how many came before it."""

    FINE = "fine"
    HELD = "held"
    REFUSED = "refused"


class Counter:
    """Counts tries a minute; up to ``limit`` pass, up to ten times that are held."""

    def __init__(self, limit: int, *, seconds: float = 60.0, addresses: int = 50_000) -> None:
        self.limit = limit
        self.seconds = seconds
        self.addresses = addresses
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def hit(self, who: str) -> Pace:
        """Count one try by ``who``."""
        now = monotonic()
        with self._lock:
            since, count = self._counts.pop(who, (now, 0))
            if now - since >= self.seconds:
                since, count = now, 0
            self._counts[who] = (since, count + 1)
            if len(self._counts) > self.addresses:
                self._counts.popitem(last=False)
        if count < self.limit:
            return Pace.FINE
        return Pace.HELD if count < self.limit * 10 else Pace.REFUSED

    def is_over(self, who: str) -> bool:
        """Say whether ``who`` has used up the limit, without counting."""
        with self._lock:
            since, count = self._counts.get(who, (0.0, 0))
            return count >= self.limit and monotonic() - since < self.seconds

    def clear(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._counts.clear()


# Who was refused at a hook; and public addresses that lead nowhere: a mail program that follows old
# links asks for fewer.
refused_hooks = Counter(60)
guesses = Counter(60)
# Of their own: an old link in a post that many read must not keep a whole company from the forms.
link_guesses = Counter(60)
