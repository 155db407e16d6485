"""The start page: each app registers its own cards in its ``panels.py``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class HomeCard:
    """One card of the start page: a template and what it needs.

    ``context(actor, request)`` returns None when the card has nothing to say today. ``place`` is
    ``"top"`` (full width, before all others), ``"main"`` or ``"side"``; without ``right`` a card is
    for everybody.
    """

    key: str
    template: str
    context: Callable[[Any, HttpRequest], dict[str, Any] | None]
    place: str = "main"
    order: int = 50
    right: str = ""


CARDS: dict[str, HomeCard] = {}


def register_home_card(card: HomeCard) -> None:
    """Add ``card`` to the start page."""
    if card.key in CARDS:
        raise ValueError(f"The card {card.key} exists twice.")
    CARDS[card.key] = card
