"""The command palette: pages come from the menu, everything else from what apps register here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the palette; ``key`` is the key that does the same."""

    label: str
    url: str
    icon: str = "arrow-right"
    hint: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be searched: ``search(actor, text, limit)`` returns the best hits.

    It is called while somebody types, so it answers from an index, and only with what the actor may
    see. A source whose ``right`` the actor lacks is not asked.
    """

    key: str
    label: Promise
    search: Callable[[Any, str, int], Sequence[Hit]]
    right: str = ""
    order: int = 50


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do from anywhere: a page that starts it.

    With ``is_create`` it also stands in the "New" menu, with ``in_modal`` it opens as a dialog over
    the page; ``key`` is the single key that starts it ("" for none).
    """

    label: Promise
    url_name: str
    icon: str
    right: str = ""
    order: int = 50
    is_create: bool = False
    in_modal: bool = False
    key: str = ""


SOURCES: dict[str, Source] = {}
COMMANDS: dict[str, Command] = {}


def register_source(source: Source) -> None:
    """Let the palette search ``source``."""
    if source.key in SOURCES:
        raise ValueError(f"The palette source {source.key} exists twice.")
    SOURCES[source.key] = source


def register_command(command: Command) -> None:
    """Add ``command`` to the palette."""
    if command.url_name in COMMANDS:
        raise ValueError(f"The command {command.url_name} exists twice.")
    if command.key and any(command.key == other.key for other in COMMANDS.values()):
        raise ValueError(f"The key {command.key} is taken.")
    COMMANDS[command.url_name] = command
