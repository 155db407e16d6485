"""The activity kinds of capture, and how each is told in one line."""

from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext, ngettext
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
    answers += [
        str(_("%(label)s: %(value)s (what was known is kept)")) % item
        for item in data.get("kept_out") or ()
    ]
    said = " · ".join(part for part in (message, *answers) if part)
    if len(said) > LONGEST:
        said = f"{said[:LONGEST].rstrip()}…"
    return ": ".join(part for part in (name, said) if part)


def describe_mail(data: dict[str, Any]) -> str:
    """Name the subject, begin the message and name the files."""
    said = str(data.get("message") or "")
    if len(said) > LONGEST:
        said = f"{said[:LONGEST].rstrip()}…"
    files = ", ".join(str(file["name"]) for file in data.get("attachments") or ())
    told = ": ".join(part for part in (str(data.get("subject") or ""), said) if part)
    return " · ".join(part for part in (told, files) if part)


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


def describe_chat(data: dict[str, Any]) -> str:
    """Name the chat and who spoke, and begin with what the visitor said last."""
    parts = (data.get("form_name"), data.get("rep_name"), data.get("last_said"))
    said = " · ".join(str(part) for part in parts if part)
    return f"{said[:LONGEST].rstrip()}…" if len(said) > LONGEST else said


def describe_seat(data: dict[str, Any]) -> str:
    """Name the event, and say whether there was a place or how long somebody stayed."""
    parts = [str(data.get("title") or "")]
    if data.get("is_waiting"):
        parts.append(gettext("on the waiting list"))
    if minutes := data.get("minutes"):
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes})
    return " · ".join(part for part in parts if part)


def _outcome_holds() -> Q:
    """Of several outcomes of one registration the last one holds."""
    rows = apps.get_model("capture", "EventRegistration").objects
    return Q(Exists(rows.filter(outcome=OuterRef("pk"))))


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
MAIL_RECEIVED = register_kind(
    "email.received",
    _("E-mail received"),
    icon="mail",
    is_touch=True,
    describe=describe_mail,
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
CHAT_ENDED = register_kind(
    "chat.ended", _("Chat ended"), icon="messages", is_touch=True, describe=describe_chat
)
REPLY_ASKED = register_kind("reply.asked", _("Answer by mail asked for"), icon="mail-forward")
GUARD_RESET = register_event("guard.forgotten", _("Learned signs of spam forgotten"))
GUARD_CHANGED = register_event("guard.changed", _("Rules against spam changed"))
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
CHATS_SET = register_event("chats.set", _("Settings of chats changed"))
EVENT_REGISTERED = register_kind(
    "event.registered", _("Registered for an event"), icon="calendar-plus", describe=describe_seat
)
EVENT_ATTENDED = register_kind(
    "event.attended",
    _("Attended an event"),
    icon="calendar-check",
    is_touch=True,
    describe=describe_seat,
    holds=_outcome_holds,
)
EVENT_MISSED = register_kind(
    "event.missed",
    _("Missed an event"),
    icon="calendar-x",
    describe=describe_seat,
    holds=_outcome_holds,
)
EVENT_CANCELLED = register_kind(
    "event.cancelled",
    _("Registration for an event cancelled"),
    icon="calendar-minus",
    describe=describe_seat,
)
EVENT_SEATED = register_kind(
    "event.seated",
    _("Moved up from the waiting list"),
    icon="calendar-up",
    describe=describe_seat,
)
REFERRAL_FOLLOWED = register_kind(
    "referral.followed", _("Came by a personal link"), icon="user-heart", names_lead=True
)
EVENT_CHANGED = register_event("event.changed", _("Event moved, cancelled or changed"))
REGISTRATIONS_EXPORTED = register_event("registrations.exported", _("Registrations exported"))
TRACKING_SWITCHED = register_event("tracking.switched", _("Tracking switched"))
PAGE_TAGGED = register_event("page.tagged", _("Said what a page is about"))
COSTS_CHANGED = register_event("costs.changed", _("Costs changed"))
