"""From the bytes of a submission to its fields. Never raises: what cannot be read is said."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from leads.normalise import clean_text

MAX_FIELDS = 1000
MAX_NAME = 100
# One value is at most this long; what a field of the form takes is less and decided there.
MAX_VALUE = 20_000
# Files of one field.
MAX_FILES = 5

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
# A beacon or a simple cross-origin request may only say text/plain; it carries JSON.
JSON_TYPES = frozenset({"application/json", "text/plain", "text/json"})

# What senders really use; other codecs of Python are slow by design or no text at all.
_CHARSETS = frozenset(
    {"iso-8859-1", "latin-1", "latin1", "iso-8859-2", "iso-8859-15"}
    | {"windows-1250", "windows-1251", "windows-1252", "cp1252", "shift_jis", "gb18030"}
)
_ESCAPED_SURROGATE = re.compile(r"[\ud800-\udfff]")

# The fields that say in which language a form was read, and which arm of its test it showed.
LANGUAGE, ARM = "lang", "arm"

# Parts of the protocol that say nothing to a reader, or stand elsewhere.
HIDDEN_FIELDS = frozenset(
    {"altcha", "check_token", "check_answer", "started", "submission_id", "page_url", "visitor"}
    | {"talk_seal", "talk", "log", "profile", LANGUAGE, ARM}
)


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file of a submission: its name as it was sent, cleaned, and its size in bytes."""

    name: str
    size: int


@dataclass(slots=True)
class Fields:
    """The fields of a submission, each with all of its values as text.

    ``flags`` says what was odd about the bytes: ``characters_replaced``, ``encoding_guessed``,
    ``too_many_fields``, ``value_truncated``. ``problem`` is why nothing could be read:
    ``content_type``, ``not_json``, ``not_an_object`` or ``malformed``. ``files`` are the files that
    came along, by the name of their field; what is in them stays in the body.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[FileInfo]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    problem: str = ""

    def first(self, name: str) -> str:
        """Return the first value of ``name``, or ""."""
        values = self.values.get(name)
        return values[0] if values else ""

    def all(self, name: str) -> list[str]:
        """Return every value of ``name``."""
        return self.values.get(name, [])

    def add(self, name: str, value: str) -> None:
        """Keep one value under ``name``, within the limits."""
        name = self._storable(name)[:MAX_NAME]
        if len(self.values) >= MAX_FIELDS and name not in self.values:
            self.flags.add("too_many_fields")
            return
        if len(value) > MAX_VALUE:
            self.flags.add("value_truncated")
            value = value[:MAX_VALUE]
        self.values.setdefault(name, []).append(self._storable(value))

    def _storable(self, text: str) -> str:
        if "\x00" not in text and not _ESCAPED_SURROGATE.search(text):
            return text
        self.flags.add("characters_replaced")
        return text.encode("utf-8", "replace").decode().replace("\x00", "")


@lru_cache(maxsize=64)
def media_type(content_type: str) -> tuple[str, str]:
    """Return the lower-case media type and charset of a ``Content-Type`` header."""
    message = Message()
    try:
        message["Content-Type"] = re.sub(r"[\r\n]", " ", content_type)
        charset = message.get_param("charset") or ""
        return message.get_content_type() if content_type else "", str(charset).lower()
    except (ValueError, TypeError, LookupError):
        return "", ""


def read_fields(body: bytes, content_type: str) -> Fields:
    """Return the fields in ``body``; see ``Fields`` for what may be wrong with them."""
    found = Fields()
    kind, charset = media_type(content_type)
    if kind in JSON_TYPES or (kind != MULTIPART and body[:1] == b"{"):
        _read_json(body, found)
    elif kind == FORM:
        _read_form(body, charset, found)
    elif kind == MULTIPART:
        _read_multipart(body, content_type, found)
    else:
        found.problem = "content_type"
    return found


def told_values(body: bytes, content_type: str) -> dict[str, list[str]]:
    """Return the filled fields of a submission without those of our own protocol."""
    values = read_fields(body, content_type).values
    return {
        name: texts for name, texts in values.items() if name not in HIDDEN_FIELDS and any(texts)
    }


def _decode(raw: bytes, charset: str, found: Fields) -> str:
    """Decode with UTF-8, else with what the sender named, else as Windows does in the west."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        found.flags.add("encoding_guessed")
    try:
        return raw.decode(charset if charset in _CHARSETS else "cp1252")
    except UnicodeDecodeError:
        found.flags.add("characters_replaced")
        return raw.decode("cp1252", "replace")


def _read_json(body: bytes, found: Fields) -> None:
    try:
        data = json.loads(_decode(body.removeprefix(b"\xef\xbb\xbf"), "", found))
    except (ValueError, RecursionError):
        found.problem = "not_json"
        return
    if not isinstance(data, dict):
        found.problem = "not_an_object"
        return
    for name, value in data.items():
        for text in _texts(value):
            found.add(str(name), text)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a JSON value; an object inside is no field of ours."""
    if isinstance(value, list):
        for item in value[:100]:
            if not isinstance(item, list | dict):
                yield from _texts(item)
    elif isinstance(value, bool):
        yield "on" if value else ""
    elif value is not None and not isinstance(value, dict):
        yield str(value)


def _read_form(body: bytes, charset: str, found: Fields) -> None:
    pairs = body.split(b"&", MAX_FIELDS + 1)
    if len(pairs) > MAX_FIELDS:
        found.flags.add("too_many_fields")
    for pair in pairs[:MAX_FIELDS]:
        name, _equals, value = pair.replace(b"+", b" ").partition(b"=")
        if name:
            found.add(
                _decode(unquote_to_bytes(name), charset, found),
                _decode(unquote_to_bytes(value), charset, found),
            )


class _Measured(FileUploadHandler):
    """Reads over the files of a form and notes what they are called and how large they are."""

    def __init__(self, found: Fields) -> None:
        super().__init__()
        self.found = found
        self.size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)

    def file_complete(self, file_size: int) -> None:
        files = self.found.files.setdefault(str(self.field_name)[:MAX_NAME], [])
        if len(files) < MAX_FILES:
            files.append(FileInfo(file_name(str(self.file_name)), self.size))


def file_name(given: str) -> str:
    """Return the last part of a path as one readable line."""
    last = re.split(r"[/\\]", given)[-1]
    return clean_text(last, limit=200)


class _NoFiles(FileUploadHandler):
    """Reads over the files of a form."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


def _parse(body: bytes, content_type: str, handler: FileUploadHandler, charset: str) -> Any:
    """Return the fields of a multipart body; raises what Django's parser raises."""
    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": len(body)}
    return MultiPartParser(meta, BytesIO(body), [handler], charset).parse()[0]


def _read_multipart(body: bytes, content_type: str, found: Fields) -> None:
    try:
        # Latin-1 keeps every byte, so that each value can be decoded on its own.
        data = _parse(body, content_type, _NoFiles(), "latin-1")
        if b"filename" in body:
            _parse(body, content_type, _Measured(found), "utf-8")
    except (MultiPartParserError, SuspiciousOperation, ValueError):
        found.problem = "malformed"
        return
    for name in data:
        for value in data.getlist(name):
            found.add(
                _decode(name.encode("latin-1", "replace"), "", found),
                _decode(str(value).encode("latin-1", "replace"), "", found),
            )


class _Kept(FileUploadHandler):
    """Keeps the content of one file of one field."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__()
        self.wanted, self.number = name, number
        self.seen = -1
        self.content: bytes | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.field_name != self.wanted:
            raise SkipFile
        self.seen += 1
        if self.seen == self.number:
            self.content = b""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.seen == self.number and self.content is not None:
            self.content += raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def read_file(body: bytes, content_type: str, name: str, number: int = 0) -> bytes | None:
    """Return the content of a file of a submission, None where there is none."""
    kept = _Kept(name, number)
    try:
        _parse(body, content_type, kept, "utf-8")
    except (MultiPartParserError, SuspiciousOperation, ValueError):
        return None
    return kept.content
