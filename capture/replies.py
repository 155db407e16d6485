"""What mails that answer a form say: each kind has its writer.

SECURITY: nobody has confirmed the address. A writer says nothing that a visitor typed, so that a
form cannot be used to send somebody's text to a stranger.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from capture.models import FormReply


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail; ``content_type`` may carry parameters."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ReplyMail:
    """A mail as its writer puts it: paragraphs, and one link as a button below them."""

    subject: str
    paragraphs: Sequence[str]
    link: str = ""
    link_text: str = ""
    after: Sequence[str] = ()


Writer = Callable[[FormReply], ReplyMail]
Attacher = Callable[[FormReply], list[Attachment]]
_WRITERS: dict[str, tuple[Writer, Attacher | None]] = {}
_UNCAPPED: set[str] = set()


def register_writer(
    kind: str, writer: Writer, attach: Attacher | None = None, *, is_capped: bool = True
) -> None:
    """Let ``writer`` write replies of ``kind``; ``attach`` adds files, the same at every call.

    Not ``is_capped`` are those that no stranger can ask for: they follow from what was agreed on.
    """
    if kind in _WRITERS:
        raise ValueError(f"The reply {kind} has two writers.")
    _WRITERS[kind] = (writer, attach)
    if not is_capped:
        _UNCAPPED.add(kind)


def uncapped_kinds() -> frozenset[str]:
    """Return the kinds of replies that the cap for one mailbox does not count."""
    return frozenset(_UNCAPPED)


def write(reply: FormReply) -> ReplyMail:
    """Return what ``reply`` says, in the language that is active."""
    return _WRITERS[reply.kind][0](reply)


def attachments_of(reply: FormReply) -> list[Attachment]:
    """Return the files that go with ``reply``."""
    attach = _WRITERS[reply.kind][1]
    return attach(reply) if attach else []
