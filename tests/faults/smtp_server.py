"""A real SMTP server that does to each mail what the plan says, and kills who hands it over."""

import asyncio
import os
import signal
from collections import Counter, defaultdict
from collections.abc import Callable
from enum import StrEnum, auto
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faults.killing import process_behind
from tests.nurturing.mail_server import MailServer


class Fate(StrEnum):
    """What happens to one mail at one attempt; ``DIES`` is the process that hands it over."""

    DIES_AT_RECIPIENT = auto()
    DIES_BEFORE_ACCEPT = auto()
    DIES_AFTER_ACCEPT = auto()
    HANGS_BEFORE_ACCEPT = auto()
    HANGS_AFTER_ACCEPT = auto()
    CUT_OFF_AFTER_ACCEPT = auto()
    MUMBLES_AFTER_ACCEPT = auto()
    STOPS_AT_RECIPIENT = auto()
    CLOSES = auto()
    LATER = auto()


class FaultyServer(MailServer):
    """Listens on a free port; ``plan`` has the fates of an address, attempt by attempt.

    ``copies`` is the Maildir for a copy of everything it accepts. ``strike`` is what is done to
    the process behind a connection, ``hang`` how long it is silent. ``met`` counts what happened,
    ``stopped`` has the processes that were stopped with SIGSTOP.
    """

    def __init__(self, strike: Callable[[int], None], hang: float) -> None:
        super().__init__()
        self.plan: dict[str, list[Fate]] = defaultdict(list)
        self.met: Counter[str] = Counter()
        self.copies: Path | None = None
        self.stopped: list[int] = []
        self.hang = hang
        self._strike = strike
        self._fates: dict[int, tuple[Fate | None, int | None]] = {}

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fates = self.plan[address]
        sender = process_behind(session.peer[1]) if fates else None
        if fates and sender is None:
            # It hung up, or somebody else killed it: the fate waits for the next attempt.
            return "421 4.3.2 Closing"
        fate = fates.pop(0) if fates else None
        self._fates[id(session)] = fate, sender
        if fate is not None:
            self.met[fate] += 1
        if fate is Fate.DIES_AT_RECIPIENT:
            self._strike(sender)
        if fate is Fate.STOPS_AT_RECIPIENT:
            self.stopped.append(sender)
            os.kill(sender, signal.SIGSTOP)
        if fate is Fate.CLOSES:
            return "421 4.3.2 Closing"
        if fate is Fate.LATER:
            return "454 4.7.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        fate, sender = self._fates.pop(id(session), (None, None))
        if fate is Fate.HANGS_BEFORE_ACCEPT:
            await asyncio.sleep(self.hang)
        if fate in (Fate.HANGS_BEFORE_ACCEPT, Fate.DIES_BEFORE_ACCEPT):
            if fate is Fate.DIES_BEFORE_ACCEPT:
                self._strike(sender)
            return "451 4.3.0 Nothing was kept"
        answer = await super().handle_DATA(server, session, envelope)
        self._copy()
        if fate is Fate.DIES_AFTER_ACCEPT:
            self._strike(sender)
        if fate is Fate.HANGS_AFTER_ACCEPT:
            await asyncio.sleep(self.hang)
        if fate is Fate.CUT_OFF_AFTER_ACCEPT and server.transport is not None:
            server.transport.abort()
        return "What?" if fate is Fate.MUMBLES_AFTER_ACCEPT else answer

    def _copy(self) -> None:
        if self.copies is not None:
            draft = self.copies / "tmp" / f"{len(self.accepted)}.test"
            draft.write_bytes(bytes(self.accepted[-1]))
            draft.rename(self.copies / "new" / draft.name)


def make_maildir(folder: Path) -> Path:
    """Make an empty Maildir in ``folder`` and return it."""
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    return folder
