"""The activity kinds of capture, and how each is told in one line."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.events import register_event
from leads.kinds import register_kind

LONGEST = 300
NETWORKS = (
    ("facebook", "Facebook"),
    ("instagram", "Instagram"),
    ("tiktok", "TikTok"),
    ("linkedin", "LinkedIn"),
)
SIGNALS = (
    ("like", _("Like")),
    ("comment", _("Comment")),
    ("share", _("Share")),
    ("mention", _("Mention")),
    ("follow", _("Follow")),
    ("message", _("Message")),
)


def describe_form(data: dict[str, Any]) -> str:
    """Name the form, begin the message and tell the answers to its own questions."""
    name, message = str(data.get("form_name") or ""), str(data.get("message") or "")
    answers = [f"{item['label']}: {item['value']}" for item in data.get("answers") or ()]
    said = " · ".join(part for part in (message, *answers) if part)
    if len(said) > LONGEST:
        said = f"{said[:LONGEST].rstrip()}…"
    return ": ".join(part for part in (name, said) if part)


def describe_visit(data: dict[str, Any]) -> str:
    """Name the page."""
    return str(data.get("title") or data.get("path") or "")


def describe_social(data: dict[str, Any]) -> str:
    """Name network and reaction, and begin the text."""
    network = dict(NETWORKS).get(str(data.get("network")), str(data.get("network") or ""))
    kind = dict(SIGNALS).get(str(data.get("signal")), "")
    text = str(data.get("text") or "")
    if len(text) > LONGEST:
        text = f"{text[:LONGEST].rstrip()}…"
    told = ", ".join(str(part) for part in (network, kind) if part)
    return ": ".join(part for part in (told, text) if part)


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
MESSAGE_RECEIVED = register_kind(
    "social.message_received",
    _("Message on a network"),
    icon="message-circle",
    is_touch=True,
    describe=describe_social,
)
SOCIAL_SIGNALLED = register_kind(
    "social.signalled",
    _("Reaction on a network"),
    icon="thumb-up",
    is_touch=True,
    describe=describe_social,
)
PAGE_VISITED = register_kind(
    "page.visited", _("Page visited"), icon="eye", is_touch=True, describe=describe_visit
)
CONTENT_DOWNLOADED = register_kind(
    "content.downloaded",
    _("Content downloaded"),
    icon="download",
    is_touch=True,
    describe=lambda data: str(data.get("content_name") or ""),
)
QUOTE_GIVEN = register_kind(
    "quote.given",
    _("Quote calculated"),
    icon="calculator",
    is_touch=True,
    describe=lambda data: f"{data.get('form_name', '')}: {data.get('amount_text', '')}",
)
REPLY_ASKED = register_kind("reply.asked", _("Answer by mail asked for"), icon="mail-forward")
CONNECTION_CREATED = register_event("connection.created", _("Connection opened"))
CONNECTION_CHANGED = register_event("connection.changed", _("Connection changed"))
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
COSTS_CHANGED = register_event("costs.changed", _("Costs changed"))
