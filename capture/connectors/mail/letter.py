"""What one mail says, read without trust in any of it. Needs no database.

The headers are read with the old, forgiving policy of the standard library: the new one raises on
much that the internet sends.
"""

import hashlib
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime

import nh3

from capture.answers import FILE_TYPES
from capture.connectors.mail.quotes import latest
from leads.normalise import clean_text

# What is kept whole; of a larger mail only the beginning is.
LARGEST = 10 * 1024 * 1024
CONTENT_TYPE, CUT = "message/rfc822", "message/rfc822; cut=1"
LONGEST_TEXT = 20_000
LONGEST_SUBJECT = 300
LARGEST_FILE = 8 * 1024 * 1024
MOST_PARTS = 500
# Python's parser goes one level deeper for each part within a part.
MOST_BOUNDARIES = 100
MOST_SEPARATORS = 3_000
_ID = re.compile(r"<[^<>\s]{3,300}>")
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\b[^>]*>", re.IGNORECASE)
_ADDRESS = re.compile(r"^[^\s@<>\"]+@[^\s@<>\"]+$")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail by its number; ``size`` in bytes."""

    number: int
    name: str
    content_type: str
    size: int


@dataclass(slots=True)
class Letter:
    """One mail; ``references`` are the Message-IDs that it answers, with their brackets.

    ``senders`` are the addresses that it says it is from, ``reply_to`` where answers go.
    """

    head: Message
    message_id: str = ""
    senders: Sequence[tuple[str, str]] = ()
    reply_to: Sequence[tuple[str, str]] = ()
    recipients: Sequence[str] = ()
    subject: str = ""
    sent_at: datetime | None = None
    references: Sequence[str] = ()
    text: str = ""
    reply: str = ""
    attachments: list[Attachment] = field(default_factory=list)


def read_letter(raw: bytes) -> Letter:
    """Return what ``raw`` says; of one that is taken apart too far only its head."""
    is_deep = is_taken_apart(raw)
    try:
        mail = BytesHeaderParser().parsebytes(raw) if is_deep else message_from_bytes(raw)
    except (RecursionError, ValueError, LookupError):
        mail = BytesHeaderParser().parsebytes(raw)
        is_deep = True
    letter = Letter(
        mail,
        message_id=next(iter(ids_in(header(mail, "Message-ID"))), ""),
        senders=addresses(mail, "From"),
        reply_to=addresses(mail, "Reply-To"),
        recipients=[address for _n, address in addresses(mail, "To", "Cc", "Delivered-To")],
        subject=header(mail, "Subject")[:LONGEST_SUBJECT],
        sent_at=_date(header(mail, "Date")),
        references=ids_in(header(mail, "In-Reply-To"), header(mail, "References")),
    )
    if not is_deep:
        letter.text = clean_text(_text(mail), limit=LONGEST_TEXT, lines=True)
        letter.reply = latest(letter.text)
        letter.attachments = [about for about, _part in _files(mail)]
    return letter


def fingerprint(raw: bytes) -> str:
    """Return the key under which a mail is kept once, whichever way and however often it comes.

    Servers on the way add headers, so that only what the sender wrote is covered.
    """
    head, _gap, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    mail = BytesHeaderParser().parsebytes(head)
    named = "\n".join(header(mail, name) for name in ("Message-ID", "Date", "From"))
    digest = hashlib.sha256(named.encode("utf-8", "replace"))
    digest.update(b"\n" + body.rstrip(b"\n"))
    return digest.hexdigest()


def attachment(raw: bytes, number: int) -> tuple[Attachment, bytes] | None:
    """Return one file of a mail with what is in it."""
    if is_taken_apart(raw):
        return None
    for about, part in _files(message_from_bytes(raw)):
        if about.number == number:
            return about, _payload(part)
    return None


def is_taken_apart(raw: bytes) -> bool:
    """Say whether a mail has more parts, or parts within parts, than any that people send."""
    boundaries = raw.lower().count(b"boundary=")
    return boundaries > MOST_BOUNDARIES or (boundaries > 0 and raw.count(b"\n--") > MOST_SEPARATORS)


def may_be_kept(about: Attachment) -> bool:
    """Say whether a file is handed out: of a kind that no system runs, and not too large."""
    extension = about.name.rpartition(".")[2].lower()
    return extension in FILE_TYPES and 0 < about.size <= LARGEST_FILE


def header(mail: Message, name: str) -> str:
    """Return one header in one line, whatever it is written in."""
    value = mail.get(name)
    return clean_text(_decoded(str(value)), limit=4_000) if value is not None else ""


def _decoded(value: str) -> str:
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(
        _in(part, charset) if isinstance(part, bytes) else part for part, charset in parts
    )


def _in(data: bytes, charset: str | None) -> str:
    """Return ``data`` as text: in what it says it is in, else in what it most likely is."""
    for name in (charset, "utf-8", "cp1252"):
        try:
            return data.decode(name or "ascii")
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def addresses(mail: Message, *names: str) -> list[tuple[str, str]]:
    """Return names and well-formed addresses of some headers, each address once."""
    raw = [str(value) for name in names for value in mail.get_all(name, [])][:50]
    found: dict[str, str] = {}
    for shown, address in getaddresses(raw):
        bare = clean_text(address, limit=320)
        if _ADDRESS.match(bare):
            found.setdefault(bare, clean_text(_decoded(shown), limit=200))
    return [(shown, address) for address, shown in found.items()]


def ids_in(*texts: str) -> list[str]:
    """Return the Message-IDs in ``texts``, each once, the first fifty."""
    return list(dict.fromkeys(found for text in texts for found in _ID.findall(text)))[:50]


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _parts(mail: Message) -> Iterator[Message]:
    for number, part in enumerate(mail.walk()):
        if number == MOST_PARTS:
            return
        if not part.is_multipart():
            yield part


def _is_file(part: Message) -> bool:
    kind = part.get_content_type()
    named = part.get_filename() is not None
    return named or part.get_content_disposition() == "attachment" or not kind.startswith("text/")


def _text(mail: Message) -> str:
    """Return the plain text, else the HTML as text."""
    bodies = [part for part in _parts(mail) if not _is_file(part)]
    plain = [part for part in bodies if part.get_content_type() == "text/plain"]
    if texts := [text for part in plain if (text := _body(part)).strip()]:
        return "\n".join(texts)
    pages = [_body(part) for part in bodies if part.get_content_type() == "text/html"]
    return "\n".join(text_of(page) for page in pages)


def _body(part: Message) -> str:
    return _in(_payload(part)[: 4 * LONGEST_TEXT], part.get_content_charset())


def _payload(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return b""
    return data if isinstance(data, bytes) else b""


def text_of(page: str) -> str:
    """Return HTML as text with its lines; nothing of it is ever shown as HTML."""
    hidden = {"script", "style", "head", "title"}
    bare = nh3.clean(_BREAKS.sub("\n", page), tags=set(), clean_content_tags=hidden)
    lines = (" ".join(line.split()) for line in html.unescape(bare).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _files(mail: Message) -> Iterator[tuple[Attachment, Message]]:
    number = 0
    for part in _parts(mail):
        if not _is_file(part):
            continue
        given = part.get_filename()
        name = clean_text(_decoded(given) if given else "", limit=120) or f"part-{number + 1}"
        size = len(_payload(part))
        yield Attachment(number, name, part.get_content_type()[:100], size), part
        number += 1
