"""What mails say about mails of ours: who answered one, and which came back.

Mails are sent by an app above this one, which registers here what it knows of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from capture.connectors.mail.letter import read_letter
from capture.connectors.mail.machines import Bounce, read_bounce


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is known of mails that were sent, by their Message-IDs.

    ``known`` returns those of the ids that are ours; ``answered`` and ``returned`` draw the
    conclusion for one of them and run inside an action.
    """

    known: Callable[[Sequence[str]], set[str]]
    answered: Callable[[Sequence[str], datetime], object]
    returned: Callable[[Bounce, datetime], bool]


_registered: list[Outbox] = []


def register_outbox(outbox: Outbox) -> None:
    """Let mails that come in be compared with those of ``outbox``."""
    _registered.append(outbox)


def ours(references: Sequence[str]) -> set[str]:
    """Return those of ``references`` that are mails of ours."""
    return {found for outbox in _registered for found in outbox.known(references)}


def note_answers(references: Sequence[str], as_of: datetime) -> None:
    """Draw the conclusion from an answer to mails of ours; for actions."""
    for outbox in _registered:
        outbox.answered(references, as_of)


def note_return(raw: bytes, as_of: datetime) -> bool:
    """Draw the conclusion from a report that a mail of ours came back; for actions."""
    bounce = read_bounce(read_letter(raw))
    if bounce is None or not bounce.message_ids:
        return False
    return any(outbox.returned(bounce, as_of) for outbox in _registered)
