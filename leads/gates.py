"""What must be true before a lead may enter a stage, said by the app that knows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from accounts.actor import Actor

# Gets the ids of the leads, the actor, ``as_of`` and the stated reason; raises ``DomainError``.
Gate = Callable[[Sequence[int], Actor, datetime, str], None]


@dataclass(frozen=True, slots=True)
class Gated:
    """One gate and its rule in words.

    ``says`` is a sentence, or a function that makes it from the settings; "" while the gate lets
    everybody in.
    """

    gate: Gate
    says: Promise | str | Callable[[], str]

    @property
    def sentence(self) -> str:
        """The rule in the language that is active, or ""."""
        return self.says() if callable(self.says) else str(self.says)


_gates: dict[str, list[Gated]] = {}


def register_gate(stage: str, gate: Gate, says: Promise | str | Callable[[], str]) -> None:
    """Ask ``gate`` before any lead enters ``stage``; what it asks for is told by ``says``."""
    _gates.setdefault(stage, []).append(Gated(gate, says))


def check_gates(
    stage: str, lead_ids: Sequence[int], *, by: Actor, as_of: datetime, reason: str
) -> None:
    """Raise the ``DomainError`` of the first gate that does not let these leads into ``stage``."""
    for gated in _gates.get(stage, []):
        gated.gate(lead_ids, by, as_of, reason)


def sentences(stage: str) -> list[str]:
    """Return the rules of the gates of ``stage`` that are in force, in the active language."""
    return [said for gated in _gates.get(stage, []) if (said := gated.sentence)]
