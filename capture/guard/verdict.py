"""How much something looks like spam, and why. Nothing is dropped: a person can let it through.

Each sign gives points; from the threshold of its door on it is held. The numbers are set so that
one weak sign never holds anybody and one strong one always does. What was learned speaks for or
against weak signs alone.
"""

from dataclasses import dataclass, field
from typing import Any

# What people do, too. What was learned, or a sender who was let through before, outweighs these.
WEAK = frozenset(
    {
        "links",
        "disposable",
        "dead_domain",
        "role_address",
        "foreign_script",
        "other_language",
        "time_unknown",
        "without_script",
        "origin",
        "many_from_network",
    }
)


# What decisions said; nothing is learned from what was learned.
LEARNED = frozenset({"learned_spam", "learned_good", "known_sender"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One sign: its code, how much it weighs, and the value that it is about.

    ``basis`` lists what was learned: ``[kind, value, let through, spam]``.
    """

    code: str
    points: int
    detail: str = ""
    basis: tuple[tuple[str, str, int, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the reason as it is stored."""
        told: dict[str, Any] = {"code": self.code, "points": self.points, "detail": self.detail}
        if self.basis:
            told["basis"] = [list(item) for item in self.basis]
        return told


@dataclass(slots=True)
class Verdict:
    """All reasons that were found; ``flags`` are odd but no reason to hold."""

    reasons: list[Reason] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    threshold: int = 50

    @property
    def score(self) -> int:
        """The points together; what speaks for the sender only takes away from weak signs."""
        strong = sum(r.points for r in self.reasons if r.points > 0 and r.code not in WEAK)
        return strong + max(0, self.weak + sum(r.points for r in self.reasons if r.points < 0))

    @property
    def weak(self) -> int:
        """The points of the weak signs together."""
        return sum(r.points for r in self.reasons if r.code in WEAK)

    @property
    def is_spam(self) -> bool:
        """Whether a person has to look at it."""
        return self.score >= self.threshold

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as it is stored."""
        reasons = [reason.to_json() for reason in self.reasons]
        return {"score": self.score, "reasons": reasons, "flags": self.flags}
