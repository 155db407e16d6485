"""Sending through the SMTP server of the settings, and reading its answers.

Django opens the connection (TLS, login); the conversation is held here, phase by phase, since only
then it is known whether a broken connection leaves a mail in doubt.
"""

import re
import smtplib
from email.errors import MessageError
from email.generator import BytesGenerator
from email.message import Message
from email.policy import Compat32
from functools import lru_cache
from io import BytesIO
from secrets import token_hex
from types import TracebackType
from typing import Self

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from nurturing.channels.email.base import (
    Fault,
    InDoubtError,
    MailRefusedError,
    OutgoingMail,
    SendResult,
    ServerAwayError,
    TooLateError,
    TryLaterError,
)
from nurturing.clearance import UnclearedError

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# An address of which ``sanitize_address`` changes nothing, at a tenth of the time.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([a-z0-9-]{1,63}\.)+[a-z]{2,63}")
# The longest header that is written as one line; a line of a mail may have 998 bytes.
_LINE = 900
# Mail systems that give no enhanced code say "no such user" with these.
_ADDRESS_CODES = {550, 551, 553}


class SmtpChannel:
    """The built-in channel; one connection serves a whole batch."""

    def __init__(self) -> None:
        self._backend = EmailBackend()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up()

    def open(self) -> None:
        """Connect unless there is a connection; raises ``ServerAwayError``."""
        if self._backend.connection is not None:
            return
        try:
            self._backend.open()
            self._smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPAuthenticationError as error:
            self._drop()
            raise ServerAwayError(f"{error.smtp_code} login refused") from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise ServerAwayError(str(error)) from error

    def send(self, mail: OutgoingMail) -> SendResult:
        """Hand ``mail`` to the server and return what it said; errors as in ``EmailChannel``."""
        if mail.clearance.message_id != mail.message_id:
            raise UnclearedError("The clearance belongs to another mail.")
        sender, to, content = _written(mail)
        try:
            self._address(sender, to)
        except smtplib.SMTPServerDisconnected:
            # The server ended an idle connection; nothing of this mail is with it yet.
            self._drop()
            self._address_again(sender, to)
        return self._hand_over(mail, content)

    @property
    def _smtp(self) -> smtplib.SMTP:
        smtp: smtplib.SMTP | None = self._backend.connection
        if smtp is None:
            raise ServerAwayError("no connection")
        return smtp

    def _address(self, sender: str, to: str) -> None:
        self.open()
        smtp = self._smtp
        try:
            options = ["body=8bitmime"] if smtp.has_extn("8bitmime") else []
            self._check(*smtp.mail(sender, options))
            self._check(*smtp.rcpt(to), is_recipient=True)
        except OSError as error:
            if isinstance(error, smtplib.SMTPServerDisconnected):
                raise
            self._drop()
            raise ServerAwayError(str(error)) from error

    def _address_again(self, sender: str, to: str) -> None:
        try:
            self._address(sender, to)
        except smtplib.SMTPServerDisconnected as error:
            self._drop()
            raise ServerAwayError(str(error)) from error

    def _hand_over(self, mail: OutgoingMail, content: bytes) -> SendResult:
        """Send the content. From here on a silent server leaves the mail in doubt."""
        self._announce()
        if mail.deadline.is_over:
            # A server that sees the connection end before the last dot keeps nothing.
            self._drop()
            raise TooLateError
        smtp = self._smtp
        try:
            smtp.send(_dotted(content))
            code, answer = smtp.getreply()
        except OSError as error:
            self._drop()
            raise InDoubtError(str(error)) from error
        if 200 <= code < 300:
            return SendResult(_text(code, answer))
        if 400 <= code < 600:
            raise self._refusal(code, answer)
        self._drop()
        raise InDoubtError(_text(code, answer))

    def _announce(self) -> None:
        """Ask the server to take content now; nothing of it has left yet."""
        smtp = self._smtp
        try:
            code, answer = smtp.docmd("data")
        except OSError as error:
            self._drop()
            raise ServerAwayError(str(error)) from error
        if code != 354:
            raise self._refusal(code, answer)

    def _check(self, code: int, answer: bytes | str, *, is_recipient: bool = False) -> None:
        if not 200 <= code < 300:
            raise self._refusal(code, answer, is_recipient=is_recipient)

    def _refusal(self, code: int, answer: bytes | str, *, is_recipient: bool = False) -> Exception:
        """End the conversation about this mail and return the error for the answer."""
        response = _text(code, answer)
        if code == 421 or code < 0:
            self._drop()
            return ServerAwayError(response)
        try:
            self._smtp.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()
        fault = fault_of(code, response, is_recipient=is_recipient)
        return TryLaterError(response) if fault is None else MailRefusedError(fault, response)

    def _hang_up(self) -> None:
        try:
            self._backend.close()
        except (smtplib.SMTPException, OSError):
            self._backend.connection = None

    def _drop(self) -> None:
        """Forget a connection that is of no use any more, without waiting for its answer."""
        if self._backend.connection is not None:
            self._backend.connection.close()
            self._backend.connection = None


def fault_of(code: int, response: str, *, is_recipient: bool) -> Fault | None:
    """Return whose fault a refusal is, or None when it may pass with time.

    After RFC 3463: 5.1.x is the address, 5.2.x the mailbox, 5.7.x the policy of the recipient's
    server towards us; 5.4.4 (no route) and every 4xx may pass.
    """
    if 400 <= code < 500:
        return None
    enhanced = _ENHANCED.search(response)
    if enhanced is None:
        is_unknown = is_recipient and code in _ADDRESS_CODES
        return Fault.ADDRESS if is_unknown else Fault.CONTENT
    subject, detail = int(enhanced[2]), int(enhanced[3])
    if (subject, detail) == (4, 4):
        return None
    # 5.1.7 and 5.1.8 are about the sender, which is our own.
    if subject == 1:
        return Fault.POLICY if detail in (7, 8) else Fault.ADDRESS
    return {2: Fault.MAILBOX, 7: Fault.POLICY}.get(subject, Fault.CONTENT)


def _dotted(content: bytes) -> bytes:
    """Return ``content`` as it stands after DATA: dots at line starts doubled, one at the end."""
    doubled = re.sub(rb"(?m)^\.", b"..", content)
    return doubled + (b"" if doubled.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _text(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {' '.join(text.split())}"[:500]


class _PlainHeaders(Compat32):
    """Writes headers that need no folding as they are, which is most of the time of a mail."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return the header as bytes; one short line in ASCII stays what it is."""
        if type(value) is str and len(value) < _LINE and value.isascii() and value.isprintable():
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _PlainHeaders(linesep="\r\n")
# Senders are few.
_sanitized = lru_cache(maxsize=100)(sanitize_address)


def _written(mail: OutgoingMail) -> tuple[str, str, bytes]:
    """Return envelope sender, recipient and the mail as bytes.

    Raises ``MailRefusedError`` for what cannot be written: line breaks in a header, an address
    that no server takes.
    """
    try:
        message = EmailMultiAlternatives(
            subject=mail.subject,
            body=mail.text,
            from_email=mail.sender,
            to=[mail.to],
            headers={"Message-ID": mail.message_id, **mail.headers},
        )
        if mail.html:
            message.attach_alternative(mail.html, "text/html")
        for file in mail.attachments:
            message.attach(file.name, file.data, file.content_type)
        sender = _sanitized(mail.sender, "utf-8")
        to = mail.to if _PLAIN_ADDRESS.fullmatch(mail.to) else sanitize_address(mail.to, "utf-8")
        content = _as_bytes(message.message())
        to.encode("ascii")
    except (ValueError, IndexError, MessageError) as error:
        fault = Fault.ADDRESS if isinstance(error, UnicodeError) else Fault.CONTENT
        raise MailRefusedError(fault, f"cannot be written: {type(error).__name__}") from error
    return _bare(sender), _bare(to), content


def _as_bytes(message: Message) -> bytes:
    """Return what Django's own ``as_bytes`` does, with ``_PlainHeaders``."""
    if message.is_multipart():
        # The generator would compare one with all parts. Short enough for one line.
        message.set_boundary(f"={token_hex(12)}=")
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=_POLICY).flatten(message)
    return written.getvalue()


def _bare(address: str) -> str:
    return address.rpartition("<")[2].rstrip(">")
