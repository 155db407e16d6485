"""What must be true before a lead may enter a stage, said by the app that knows it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from accounts.actor import Actor

# Gets the ids of the leads, the actor, ``as_of`` and the stated reason; raises ``DomainError``.
Gate = Callable[[Sequence[int], Actor, datetime, str], None]

_gates: dict[str, list[Gate]] = {}


def register_gate(stage: str, gate: Gate) -> None:
    """Ask ``gate`` before any lead enters ``stage``."""
    _gates.setdefault(stage, []).append(gate)


def check_gates(
    stage: str, lead_ids: Sequence[int], *, by: Actor, as_of: datetime, reason: str
) -> None:
    """Raise the ``DomainError`` of the first gate that does not let these leads into ``stage``."""
    for gate in _gates.get(stage, []):
        gate(lead_ids, by, as_of, reason)
