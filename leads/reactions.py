"""How upper apps hear of activities without being imported from below.

``leadcrm/reactions.py`` fills the table; ``record`` in ``leads.actions`` reads it.
"""

from collections.abc import Callable, Sequence

from leads.models import Activity

Reaction = Callable[[Sequence[Activity]], None]

_reactions: dict[str, list[Reaction]] = {}


def react(kind: str, *reactions: Reaction) -> None:
    """Call ``reactions`` in the transaction of every new activity of ``kind``.

    ``kind`` is a registered kind, or ``"*"`` for every kind.
    """
    _reactions.setdefault(kind, []).extend(reactions)


def reactions_to(kind: str) -> list[Reaction]:
    """Return what follows from an activity of ``kind``, in the order of the table."""
    return [*_reactions.get("*", []), *_reactions.get(kind, [])]
