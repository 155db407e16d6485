"""The activity kinds of capture, and how each is told in one line."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.events import register_event
from leads.kinds import register_kind

LONGEST = 300


def describe_form(data: dict[str, Any]) -> str:
    """Name the form and begin the message."""
    name, message = str(data.get("form_name") or ""), str(data.get("message") or "")
    if len(message) > LONGEST:
        message = f"{message[:LONGEST].rstrip()}…"
    return ": ".join(part for part in (name, message) if part)


def describe_visit(data: dict[str, Any]) -> str:
    """Name the page."""
    return str(data.get("title") or data.get("path") or "")


def describe_link(data: dict[str, Any]) -> str:
    """Name the address that was gone to or loaded."""
    return str(data.get("url") or "")


def describe_event(data: dict[str, Any]) -> str:
    """Name the event with what the website said about it."""
    said = data.get("data")
    details = [f"{key}: {value}" for key, value in said.items()] if isinstance(said, dict) else []
    return " · ".join([str(data.get("name") or ""), *details])[:LONGEST]


FORM_SUBMITTED = register_kind(
    "form.submitted", _("Form sent"), icon="forms", is_touch=True, describe=describe_form
)
OPTIN_REQUESTED = register_kind(
    "optin.requested", _("Asked to confirm the address"), icon="mail-question"
)
OPTIN_CONFIRMED = register_kind(
    "optin.confirmed", _("Address confirmed"), icon="mail-check", is_touch=True
)
OPTIN_OUTDATED = register_kind(
    "optin.outdated", _("Confirmed, but the lead has another address"), icon="mail-x"
)
PAGE_VISITED = register_kind(
    "page.visited", _("Page visited"), icon="eye", is_touch=True, describe=describe_visit
)
LINK_FOLLOWED = register_kind(
    "link.followed", _("Outside link followed"), icon="external-link", describe=describe_link
)
FILE_DOWNLOADED = register_kind(
    "file.downloaded", _("File loaded"), icon="download", is_touch=True, describe=describe_link
)
EVENT_HAPPENED = register_kind(
    "event.happened", _("Event of the website"), icon="bolt", is_touch=True, describe=describe_event
)
TRACKING_SWITCHED = register_event("tracking.switched", _("Tracking switched"))
