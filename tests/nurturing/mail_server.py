"""A real SMTP server for tests: keeps what it accepted and can be told to misbehave."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """Listens on a free port of this machine.

    ``answers`` maps a phase ("MAIL", "RCPT", "DATA") to what is said instead of yes; ``hang_up``
    ends the connection after the mail was accepted and before that is said.
    """

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.connections = 0
        self.answers: dict[str, str] = {}
        self.hang_up = False
        self.on_accept: Callable[[], None] = lambda: None
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    @property
    def port(self) -> int:
        return self._controller.port

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what was accepted, in order."""
        return [str(mail["Message-ID"]) for mail in self.accepted]

    async def handle_EHLO(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        self.accepted.append(mail)  # type: ignore[arg-type]
        self.recipients += envelope.rcpt_tos
        self.on_accept()
        if self.hang_up:
            with contextlib.suppress(Exception):
                server.transport.abort()
            await asyncio.sleep(0)
        return "250 2.0.0 OK"


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
