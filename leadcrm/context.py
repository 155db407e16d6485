"""What the frame of every page needs: the menu, the commands, the preferences of the reader."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.actor import VISITOR, Actor, request_actor
from accounts.models import Organisation, Theme
from ground.navigation import ENTRIES, GROUPS, Entry
from ground.palette import COMMANDS, Command

MODAL = "#modal-body"
CONTROLLERS = settings.BASE_DIR / "static" / "controllers"
SCHEMES = (
    (Theme.AUTO, _("Auto")),
    (Theme.LIGHT, _("Light")),
    (Theme.DARK, _("Dark")),
)
LANGUAGE_NAMES = {"en": "English", "de": "Deutsch"}
MODULES = {
    "@hotwired/stimulus": "vendor/stimulus/stimulus.js",
    "chart.js": "vendor/chartjs/chart.umd.min.js",
    "sortablejs": "vendor/sortablejs/modular/sortable.esm.js",
    "trix": "vendor/trix/trix.esm.min.js",
    "leadcrm/condition-inputs": "lib/condition_inputs.js",
    "leadcrm/condition-row": "lib/condition_row.js",
    "leadcrm/conditions": "lib/conditions.js",
    "leadcrm/dialogs": "lib/dialogs.js",
    "leadcrm/elements": "lib/elements.js",
    "leadcrm/requests": "lib/requests.js",
    "leadcrm/session": "lib/session.js",
}


class Link(NamedTuple):
    """One line of the menu."""

    label: Promise | str
    url: str
    icon: str
    is_active: bool = False
    in_modal: bool = False
    key: str = ""
    waiting: int = 0


class Group(NamedTuple):
    """One group of the menu."""

    label: Promise
    icon: str
    entries: list[Link]
    is_active: bool


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give every page what its frame needs; worked out only by pages that have the frame."""
    return {
        "is_demo": settings.DEMO,
        "base_url": settings.BASE_URL,
        "layout": "modal_base.html" if _is_in_modal(request) else "base.html",
        "actor": SimpleLazyObject(lambda: _actor(request)),
        "shell": SimpleLazyObject(lambda: _frame(request)),
    }


def _actor(request: HttpRequest) -> Actor:
    return request_actor(request) if hasattr(request, "user") else VISITOR


def _is_in_modal(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target", "").endswith(MODAL)


def _frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    actor = _actor(request)
    commands = [_command_link(command) for command in allowed(COMMANDS.values(), actor)]
    created = {c.url_name for c in COMMANDS.values() if c.is_create}
    return {
        "language": get_language(),
        "languages": [(code, LANGUAGE_NAMES[code]) for code, _name in settings.LANGUAGES],
        "scheme": getattr(user, "theme", Theme.AUTO),
        "schemes": SCHEMES,
        "has_single_keys": getattr(user, "has_single_keys", True),
        "menu": menu(actor, request.path),
        "create": [
            link
            for link, command in zip(commands, allowed(COMMANDS.values(), actor), strict=True)
            if command.url_name in created
        ],
        "keys": [link for link in commands if link.key],
        "user_links": [Link(_("My profile"), reverse("profile"), "user-circle")],
        "organisation": Organisation.current().name,
        "import_map": import_map(),
    }


def allowed(things: Iterable[Any], actor: Actor) -> list[Any]:
    """Return the entries, commands or sources that ``actor`` has the right for, in order."""
    shown = [thing for thing in things if not thing.right or thing.right in actor.rights]
    return sorted(shown, key=lambda thing: thing.order)


def menu(actor: Actor, path: str) -> list[Group]:
    """Return the groups of the menu that ``actor`` sees; the longest match of ``path`` is open."""
    entries = allowed(ENTRIES, actor)
    active = max(
        (url for entry in entries if _covers(url := reverse(entry.url_name), path)),
        key=len,
        default=None,
    )
    groups = []
    for key, (label, icon) in GROUPS.items():
        links = [_link(entry, active) for entry in entries if entry.group == key]
        if links:
            groups.append(Group(label, icon, links, any(link.is_active for link in links)))
    return groups


def _covers(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def _link(entry: Entry, active: str | None) -> Link:
    url = reverse(entry.url_name)
    waiting = entry.count() if entry.count else 0
    return Link(entry.label, url, entry.icon, url == active, waiting=waiting)


def _command_link(command: Command) -> Link:
    url = reverse(command.url_name)
    return Link(command.label, url, command.icon, in_modal=command.in_modal, key=command.key)


def import_map() -> str:
    """Return where the browser finds the modules: libraries, and every controller by name."""
    modules = {name: static(path) for name, path in MODULES.items()}
    for file in sorted(CONTROLLERS.glob("*_controller.js")):
        name = file.name.removesuffix("_controller.js")
        modules[f"controllers/{name}"] = static(f"controllers/{file.name}")
    return json.dumps({"imports": modules})
