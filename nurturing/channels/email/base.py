"""What every way of sending mail must offer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

from capture.replies import Attachment
from ground.errors import PermanentError, RetryableError
from nurturing.clearance import Clearance
from nurturing.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """One finished mail. ``message_id`` is the Message-ID header, the same at every attempt.

    After ``deadline`` the mail is somebody else's, and its content must not leave any more.
    """

    clearance: Clearance
    deadline: Deadline
    message_id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class SendResult:
    """The server has taken over the mail; ``response`` is what it said."""

    response: str


class ServerAwayError(RetryableError):
    """No server answered, or it hung up: nothing was sent, the connection is of no more use."""


class TryLaterError(RetryableError):
    """The server took this one mail not now (4xx): nothing was sent."""


class TooLateError(Exception):
    """The deadline passed before the content was handed over: nothing was sent."""


class Fault(StrEnum):
    """Whose fault it is that a mail was refused for good."""

    ADDRESS = "address"
    MAILBOX = "mailbox"
    POLICY = "policy"
    CONTENT = "content"


class MailRefusedError(PermanentError):
    """The server refused the mail for good (5xx); ``response`` is what it said."""

    def __init__(self, fault: Fault, response: str) -> None:
        super().__init__(response)
        self.fault = fault
        self.response = response


class InDoubtError(Exception):
    """The connection broke after the mail was handed over: it may have been sent."""


class EmailChannel(Protocol):
    """A way to send mail, opened for a batch: ``with channel: channel.send(mail)``.

    ``open`` raises ``ServerAwayError``; ``send`` raises that, ``TryLaterError``,
    ``MailRefusedError``, ``TooLateError`` or ``InDoubtError``, and ``UnclearedError`` for a mail
    without its own clearance.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def open(self) -> None:
        """Connect to the server, so that nothing is claimed in vain."""
        ...

    def send(self, mail: OutgoingMail) -> SendResult:
        """Hand ``mail`` to the server and return what it said."""
        ...


class Answer(StrEnum):
    """What a mail server knows about a Message-ID."""

    ACCEPTED = "accepted"
    NEVER_SEEN = "never_seen"


class MailTransportInquiry(Protocol):
    """Asks a mail server or provider what became of mails in doubt."""

    def ask(self, message_ids: Collection[str], *, since: datetime) -> dict[str, Answer]:
        """Say of each of ``message_ids`` whether it was accepted at or after ``since``.

        A mail that was accepted a moment ago may count as never seen. Raises ``RetryableError``
        when nobody can say now.
        """
        ...
