"""The closed registry of activity kinds: each app registers its own in its ``activities.py``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise

from accounts.rights import Right


@dataclass(frozen=True, slots=True)
class ActivityKind:
    """What one kind of activity is.

    ``label`` is the past tense that the timeline shows, ``icon`` a Tabler icon name,
    ``is_touch`` says that the lead did it (and so it counts as activity of the lead), ``describe``
    tells the data in one line, in the reader's language. Without ``right`` nobody reads it;
    ``score_keys`` of its data are read by who may read scores, and ``names_lead`` says that its
    data has the id of another lead under ``lead``. ``holds`` is the condition on an activity that
    it was not corrected since: of what does not hold any more neither scores nor conditions count.
    """

    name: str
    label: Promise
    icon: str = "point"
    is_touch: bool = False
    describe: Callable[[dict[str, Any]], str] | None = None
    right: Right = Right.LEADS_READ
    score_keys: tuple[str, ...] = ()
    names_lead: bool = False
    holds: Callable[[], Q] | None = None


KINDS: dict[str, ActivityKind] = {}


def register_kind(
    name: str,
    label: Promise,
    *,
    icon: str = "point",
    is_touch: bool = False,
    describe: Callable[[dict[str, Any]], str] | None = None,
    right: Right = Right.LEADS_READ,
    score_keys: tuple[str, ...] = (),
    names_lead: bool = False,
    holds: Callable[[], Q] | None = None,
) -> str:
    """Register an activity kind ``area.past_tense`` and return its name."""
    if name in KINDS:
        raise ValueError(f"The activity kind {name} exists twice.")
    KINDS[name] = ActivityKind(
        name, label, icon, is_touch, describe, right, score_keys, names_lead, holds
    )
    return name
