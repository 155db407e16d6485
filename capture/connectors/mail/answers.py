"""What mails and mail services say about mails of ours: who answered one, what became of it.

Mails are sent by an app above this one, which registers here what it knows of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from capture.connectors.told import MailReport


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is known of mails that were sent, by their Message-IDs.

    ``known`` returns those of the ids that are ours; ``answered`` and ``reported`` draw the
    conclusion for one of them and run inside an action. ``reported`` gets the connection that tells
    and returns what was made of it as a code of ``words.py``, "" for a mail that is not ours.
    """

    known: Callable[[Sequence[str]], set[str]]
    answered: Callable[[Sequence[str], datetime], object]
    reported: Callable[[MailReport, UUID, datetime], str]


_registered: list[Outbox] = []


def register_outbox(outbox: Outbox) -> None:
    """Let what comes in be compared with the mails of ``outbox``."""
    _registered.append(outbox)


def ours(references: Sequence[str]) -> set[str]:
    """Return those of ``references`` that are mails of ours."""
    return {found for outbox in _registered for found in outbox.known(references)}


def note_answers(references: Sequence[str], as_of: datetime) -> None:
    """Draw the conclusion from an answer to mails of ours; for actions."""
    for outbox in _registered:
        outbox.answered(references, as_of)


def note_report(report: MailReport, source: UUID, as_of: datetime) -> str:
    """Draw the conclusion from what the connection ``source`` tells of a mail; for actions.

    Returns a code of ``words.py``, "" for a mail that is not ours.
    """
    codes = (outbox.reported(report, source, as_of) for outbox in _registered)
    return next((code for code in codes if code), "")
