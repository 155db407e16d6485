"""How upper apps show themselves on the page of a lead without being imported from below."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.actor import Actor
from accounts.rights import Right
from ground.together import Reader
from leads.models import Lead

Context = Callable[[Lead, Actor], Reader[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One card on the page of a lead: a template and what it needs.

    ``context`` is a reader, so that the page asks for all cards at the same time.

    ``place`` is ``"top"`` (beside the name), ``"main"`` or ``"side"``; ``order`` sorts within it.
    A panel whose ``right`` the actor lacks is not shown.
    """

    key: str
    template: str
    context: Context
    place: str = "side"
    order: int = 50
    right: Right = Right.LEADS_READ


PLACES = ("top", "main", "side")
PANELS: dict[str, Panel] = {}


def register_panel(panel: Panel) -> None:
    """Add ``panel`` to the page of every lead."""
    if panel.key in PANELS:
        raise ValueError(f"The panel {panel.key} exists twice.")
    PANELS[panel.key] = panel


def panels_for(actor: Actor, place: str) -> list[Panel]:
    """Return the panels that ``actor`` sees at ``place``, in order."""
    shown = (panel for panel in PANELS.values() if panel.place == place)
    return sorted((panel for panel in shown if actor.may(panel.right)), key=lambda p: p.order)
