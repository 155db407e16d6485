"""The menu: each app registers its own entries in its ``navigation.py``."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu.

    ``group`` is one of ``GROUPS``, ``url_name`` the page, ``right`` the name of the right without
    which it is not shown ("" for everybody), ``order`` sorts within the group. ``count`` says how
    much waits there; it is asked for on every page and must cost nothing.
    """

    group: str
    label: Promise
    url_name: str
    icon: str
    right: str = ""
    order: int = 50
    count: Callable[[], int] | None = None


# The four words of the process and the daily pages of the two teams, in the order of the menu,
# each with its icon.
GROUPS: dict[str, tuple[Promise, str]] = {
    "home": (_("Home"), "home"),
    "leads": (_("Leads"), "users"),
    "generate": (_("Generate"), "speakerphone"),
    "capture": (_("Capture"), "forms"),
    "qualify": (_("Qualify"), "filter"),
    "nurture": (_("Nurture"), "plant-2"),
    "handover": (_("Hand over"), "arrows-exchange"),
    "reports": (_("Reports"), "chart-histogram"),
    "settings": (_("Settings"), "settings"),
}
ENTRIES: list[Entry] = []


def register_entry(entry: Entry) -> None:
    """Add ``entry`` to the menu."""
    if entry.group not in GROUPS:
        raise ValueError(f"{entry.group} is not a group of the menu.")
    ENTRIES.append(entry)
