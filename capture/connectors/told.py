"""What a connector understands of what came in, before it is a lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class HookError(Exception):
    """What came in cannot become a lead as it is; ``code`` is told in words by ``words.py``.

    The same bytes fail again until somebody changes something, so nothing is tried by itself.
    """

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def to_json(self) -> dict[str, Any]:
        """Return the error as an event keeps it."""
        return {"code": self.code, "details": self.details}


class RefusedError(Exception):
    """The sender does not prove who it is; ``reason`` is one of ``words.REFUSALS``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request as it came."""

    body: bytes
    content_type: str
    headers: Mapping[str, str]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Keys:
    """What a connection knows of its counterpart."""

    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def setting(self, name: str) -> str:
        """Return a setting, or ""."""
        return str(self.settings.get(name, ""))

    def secret(self, name: str) -> str:
        """Return a secret, or ""."""
        return str(self.secrets.get(name, ""))


@dataclass(frozen=True, slots=True)
class Item:
    """One event out of a request: its id at the sender ("" for none), and its own bytes."""

    key: str
    body: bytes
    fetched: bytes = b""


@dataclass(frozen=True, slots=True)
class Field:
    """One field that somebody filled in, under the sender's name.

    ``is_consent`` says that the label is the wording beside a box; its value is "yes" or "no".
    """

    name: str
    values: Sequence[str]
    label: str = ""
    is_consent: bool = False

    @property
    def text(self) -> str:
        """All values in one line."""
        return ", ".join(value for value in self.values if value)


@dataclass(frozen=True, slots=True)
class SocialSignal:
    """What somebody did on a network: a like, a comment, a message."""

    network: str
    kind: str
    author_id: str
    author_name: str = ""
    handle: str = ""
    text: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One thing that was said in a talk; ``author`` is ``visitor``, ``person`` or ``bot``."""

    key: str
    author: str
    text: str
    at: datetime | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class ToldChat:
    """A piece of a talk in another tool: its id there, the visitor's handle, what was said."""

    key: str
    handle: str = ""
    lines: Sequence[ToldLine] = ()
    is_over: bool = False


class ReportKind(StrEnum):
    """What a report about a mail is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class MailReport:
    """What a mail server or a mail service tells of a mail that it got from us.

    ``message_ids`` are the Message-IDs it may be known by, with their brackets; ``taken_as`` is the
    id by which the service took it, which stands in what it answered. ``recipients`` are those it
    is about, none for whom it does not say. ``is_hard`` says that the address does not work.
    """

    kind: str
    message_ids: Sequence[str] = ()
    is_hard: bool = False
    response: str = ""
    taken_as: str = ""
    recipients: Sequence[str] = ()


@dataclass(slots=True)
class Told:
    """What one event says.

    ``external`` is the id of the record at the sender, its system in front. ``campaign`` is what
    the sender calls the campaign, which our own may be found by. ``extras`` are facts that no
    field of a lead takes; they stay readable at the event. ``handle`` is by what the person is
    found in a chat, its service in front. Nothing is made of an event whose ``skip`` is filled in.
    ``facts`` go onto the timeline as they are, ``references`` are the ids of mails that a mail
    answers. With a ``report`` it tells of a mail of ours, and nothing else is made of it.
    """

    fields: list[Field] = field(default_factory=list)
    occurred_at: datetime | None = None
    channel: str = ""
    external: str = ""
    campaign: str = ""
    page_url: str = ""
    referrer: str = ""
    click_ids: dict[str, str] = field(default_factory=dict)
    source_detail: str = ""
    extras: dict[str, str] = field(default_factory=dict)
    is_test: bool = False
    skip: str = ""
    signal: SocialSignal | None = None
    chat: ToldChat | None = None
    handle: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)
    report: MailReport | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the sender is answered."""

    status: int
    body: bytes = b"{}"
    content_type: str = "application/json"
    location: str = ""
