"""Chat tools of others: a talk comes in piece by piece, in any order, as JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from capture.connectors.generic.connector import SIGNATURE, Generic
from capture.connectors.payloads import as_list, as_text, flatten, load, moment, to_bytes
from capture.connectors.registry import Setting
from capture.connectors.signatures import dated_signature
from capture.connectors.told import HookError, Incoming, Item, Keys, Told, ToldChat, ToldLine
from leads.normalise import clean_text
from leads.stages import Channel

_LISTS = ("events", "conversations", "talks")
_OURS = frozenset({"agent", "operator", "staff", "user", "admin", "team"})
_BOTS = frozenset({"bot", "system", "assistant"})
_CONTACT = ("name", "full_name", "first_name", "last_name", "email", "phone", "company")
MANY_LINES = 500


class ChatTools(Generic):
    """JSON about one talk: who it is, and what was said."""

    key = "chat"
    label = _("Chat tool")
    summary = _("Userlike, tawk.to, Intercom, WhatsApp and whatever else can send its talks.")
    icon = "messages"
    channel = Channel.CHAT
    settings = (
        *Generic.settings,
        Setting(
            "service",
            _("service"),
            _("Stands in front of the handles of visitors, for example “whatsapp”."),
            is_required=False,
            default="chat",
        ),
    )
    steps = (
        _("Have the chat tool send a POST with JSON to the address, for each message or talk."),
        _("Let it send the header “Authorization” with “Bearer ”, a space and the secret."),
        _(
            "Or let it sign: the header “X-LeadCRM-Signature” with t=<seconds>,s=<HMAC-SHA256 over"
            " seconds, a dot and the body>."
        ),
        _(
            "A talk has “conversation_id”, “visitor” with name, email, phone and handle, and"
            " “messages” with id, author (visitor, agent or bot), time and text."
        ),
        _("Messages may come in any order and twice: a talk grows, and becomes one lead."),
    )

    def items(self, incoming: Incoming) -> list[Item]:
        """Return one item for each part of a talk."""
        value = load(incoming.body, incoming.content_type)
        parts = value if isinstance(value, list) else None
        if isinstance(value, dict):
            found = [as_list(value.get(name)) for name in _LISTS]
            parts = next((part for part in found if part), None)
        if parts is None:
            return [Item(_id_of(value), incoming.body)]
        return [Item(_id_of(part), to_bytes(part)) for part in parts]

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return what one piece of a talk says; raises ``HookError`` ``no_talk``."""
        value = load(body, content_type)
        if not isinstance(value, dict):
            raise HookError("no_talk")
        talk = value.get("conversation")
        about: dict[str, Any] = talk if isinstance(talk, dict) else {}
        key = as_text(value.get("conversation_id")) or as_text(about.get("id"))
        if not key:
            raise HookError("no_talk")
        visitor = value.get("visitor")
        given = dict(visitor) if isinstance(visitor, dict) else {}
        given |= {name: value[name] for name in _CONTACT if name in value and name not in given}
        handle = as_text(given.pop("handle", None)) or as_text(value.get("handle"))
        messages = [item for item in as_list(value.get("messages")) if isinstance(item, dict)]
        one = value.get("message")
        lines = [_line(item) for item in (messages or ([one] if isinstance(one, dict) else []))]
        is_over = value.get("ended") is True or about.get("ended") is True
        return Told(
            flatten(given),
            occurred_at=min((line.at for line in lines if line.at), default=None),
            page_url=as_text(about.get("page_url")) or as_text(value.get("page_url")),
            referrer=as_text(about.get("referrer")) or as_text(value.get("referrer")),
            is_test=value.get("is_test") is True,
            chat=ToldChat(key[:200], handle[:200], lines[:MANY_LINES], is_over),
        )

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return one signed talk."""
        body = to_bytes(
            {
                "event_id": f"test-{int(now.timestamp())}",
                "conversation_id": "test",
                "visitor": {"name": "Test Person", "email": "test.person@example.com"},
                "messages": [
                    {
                        "id": "1",
                        "author": "visitor",
                        "time": now.isoformat(),
                        "text": "This is what a test looks like.",
                    }
                ],
            }
        )
        headers = {SIGNATURE: dated_signature(keys.secret("secret"), body, now)}
        return Incoming(body, "application/json", headers, now)


def _line(item: Mapping[str, Any]) -> ToldLine:
    who = as_text(item.get("author")).lower()
    author = "person" if who in _OURS else "bot" if who in _BOTS else "visitor"
    return ToldLine(
        as_text(item.get("id"))[:200],
        author,
        clean_text(as_text(item.get("text")), limit=5000, lines=True),
        at=_at(item),
        name=clean_text(as_text(item.get("name")), limit=150),
    )


def _at(item: Mapping[str, Any]) -> datetime | None:
    found = (moment(item.get(name)) for name in ("time", "at", "created_at"))
    return next((at for at in found if at), None)


def _id_of(value: Any) -> str:
    return as_text(value.get("event_id")) if isinstance(value, dict) else ""
