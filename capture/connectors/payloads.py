"""From the bytes of any sender to fields: JSON or form, flat or nested, names of any kind."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from capture.connectors.told import Field, HookError
from capture.reading import FORM, MAX_NAME, MAX_VALUE, MULTIPART, media_type, read_fields
from ground import days

MAX_DEPTH = 8
MAX_FIELDS = 500
# What senders call the parts of a field that is an object of its own.
_NAMES = ("id", "name", "key", "field", "column_id", "question", "title", "label")
_LABELS = ("title", "label", "column_name", "question", "name")
_VALUES = ("value", "values", "string_value", "answer")
_BRACKETS = re.compile(r"[^\[\]]+")


def load(body: bytes, content_type: str) -> Any:
    """Return the value that ``body`` stands for; raises ``HookError`` (``unreadable``, ``empty``).

    A form becomes an object; names with brackets, as PHP writes them, become objects inside.
    """
    if not body.strip():
        raise HookError("empty")
    kind, _charset = media_type(content_type)
    if kind in {FORM, MULTIPART} and body.lstrip()[:1] not in (b"{", b"["):
        found = read_fields(body, content_type)
        if found.problem:
            raise HookError("unreadable", problem=found.problem)
        return _unfold_names(found.values)
    return load_json(body)


def load_json(body: bytes) -> Any:
    """Return the JSON value in ``body``; raises ``HookError`` (``unreadable``)."""
    try:
        return json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise HookError("unreadable", problem="not_json") from error


def load_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in ``body``; raises ``HookError`` (``unreadable``)."""
    value = load_json(body)
    if not isinstance(value, dict):
        raise HookError("unreadable", problem="not_an_object")
    return value


def to_bytes(value: Any) -> bytes:
    """Return a part of a payload as bytes of its own."""
    return json.dumps(value).encode()


def _unfold_names(values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, texts in values.items():
        path = _BRACKETS.findall(name)[:MAX_DEPTH] or [name]
        place = root
        for part in path[:-1]:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                inner = place[part] = {"": inner}
            place = inner
        filled = list(texts) if len(texts) > 1 else texts[0]
        if isinstance(place.get(path[-1]), dict):
            place[path[-1]][""] = filled
        else:
            place[path[-1]] = filled
    return root


def flatten(value: Any) -> list[Field]:
    """Return every field in ``value`` under its path, the same name once, up to a limit."""
    found: dict[str, Field] = {}
    for item in _walk(value, (), 0):
        name = storable(item.name)[:MAX_NAME]
        if not name or (name not in found and len(found) >= MAX_FIELDS):
            continue
        known = found[name].values if name in found else ()
        values = [*known, *(storable(text)[:MAX_VALUE] for text in item.values)]
        found[name] = Field(name, values, storable(item.label)[:300], item.is_consent)
    return list(found.values())


def _walk(value: Any, path: tuple[str, ...], depth: int) -> Iterator[Field]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        named = _as_field(value)
        if named is not None and path:
            yield named
            return
        for name, inner in value.items():
            yield from _walk(inner, (*path, str(name)) if name != "" else path, depth + 1)
    elif isinstance(value, list):
        texts = [as_text(item) for item in value if not isinstance(item, dict | list)]
        if texts:
            yield Field(".".join(path), [text for text in texts if text])
        for number, item in enumerate(value[:MAX_FIELDS]):
            if isinstance(item, dict | list):
                yield from _walk(item, (*path, str(number)), depth + 1)
    else:
        yield Field(".".join(path), [text] if (text := as_text(value)) else [])


def _as_field(value: Mapping[str, Any]) -> Field | None:
    """Return an object that says its own name and value as one field."""
    name = next((as_text(value[key]) for key in _NAMES if _is_plain(value.get(key))), "")
    key = next((key for key in _VALUES if key in value), None)
    if not name or key is None:
        return None
    inner = value[key] if isinstance(value[key], list) else [value[key]]
    if any(isinstance(item, dict | list) for item in inner):
        return None
    label = next((as_text(value[key]) for key in _LABELS if _is_plain(value.get(key))), "")
    return Field(name, [text for item in inner if (text := as_text(item))], label)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def as_text(value: Any) -> str:
    """Return a plain value of JSON as text; what is no plain value is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, dict | list):
        return ""
    return storable(str(value)).strip()


def storable(text: str) -> str:
    """Return ``text`` without what the database does not take."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def as_list(value: Any) -> list[Any]:
    """Return ``value`` when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_dict(value: Any) -> dict[str, Any]:
    """Return ``value`` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def moment(value: Any) -> datetime | None:
    """Return a time as networks write it: seconds or milliseconds since 1970, or ISO 8601."""
    text = as_text(value)
    if re.fullmatch(r"\d{9,13}", text):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), UTC)
    try:
        found = parse_datetime(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text))
    except ValueError:
        return None
    if found is None:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=days.zone())).astimezone(UTC)
