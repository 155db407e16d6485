"""How upper apps show themselves on the page of a campaign without being imported from below."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.actor import Actor
from accounts.rights import Right
from capture.models import Campaign


@dataclass(frozen=True, slots=True)
class CampaignPanel:
    """One part of the page above the costs: a template and what it needs under ``panel``."""

    key: str
    template: str
    context: Callable[[Campaign, Actor], dict[str, Any]]
    order: int = 50
    right: Right = Right.REPORTS_READ


_PANELS: dict[str, CampaignPanel] = {}


def register_campaign_panel(panel: CampaignPanel) -> None:
    """Add ``panel`` to the page of every campaign."""
    if panel.key in _PANELS:
        raise ValueError(f"The panel {panel.key} exists twice.")
    _PANELS[panel.key] = panel


def campaign_panels(actor: Actor) -> list[CampaignPanel]:
    """Return the panels that ``actor`` sees, in order."""
    shown = (panel for panel in _PANELS.values() if actor.may(panel.right))
    return sorted(shown, key=lambda panel: panel.order)
