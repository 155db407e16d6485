"""The tokens that people write into mails: ``{{ first_name|default:"there" }}``.

SECURITY: no template engine. A token is looked up in a flat mapping of strings and replaced once;
what it is replaced by is never read again. Everything else that looks like a template is refused
when the mail is saved.
"""

import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ground.errors import DomainError
from leads.normalise import clean_text

MAX_BYTES = 512 * 1024
MAX_TOKENS = 200
MAX_SUBJECT = 300
MAX_VALUE = 20_000
# Texts that are filled in for one reader after the other; three make a mail.
_KEPT = 48

_QUOTES = "\"'“”„«»"
_OPENING = re.compile(r"\{\{|\{%|\{#")
_TOKEN = re.compile(
    rf"\{{\{{\s*(?P<name>[a-z][a-z0-9_.]{{0,60}})\s*"
    rf"(?:\|\s*default\s*:\s*[{_QUOTES}](?P<default>[^{_QUOTES}{{}}]{{0,200}})[{_QUOTES}]\s*)?"
    r"\}\}"
)
_LINES = re.compile(r"\s*[\r\n\u2028\u2029]+\s*")


@dataclass(frozen=True, slots=True)
class Found:
    """One token in a text: its name, what stands in for a missing value, and where it is."""

    name: str
    default: str
    start: int
    end: int


def find_tokens(text: str, *, field: str = "") -> Iterator[Found]:
    """Yield the tokens of ``text`` in order.

    Raises ``DomainError`` with code ``bad_token``, ``field`` and ``details["position"]`` at the
    first thing that begins like a template and is no token.
    """
    position = 0
    while opening := _OPENING.search(text, position):
        match = _TOKEN.match(text, opening.start())
        if match is None:
            raise _error(
                "bad_token",
                _("“%(text)s” at character %(position)s cannot be read as a placeholder."),
                text[opening.start() : opening.start() + 30],
                opening.start(),
                field,
            )
        yield Found(match["name"], match["default"] or "", match.start(), match.end())
        position = match.end()


@lru_cache(maxsize=_KEPT)
def token_names(text: str) -> frozenset[str]:
    """Return the names that ``text`` uses; raises what ``find_tokens`` raises."""
    return frozenset(found.name for found in find_tokens(text))


def check_tokens(text: str, known: Collection[str], *, field: str = "") -> set[str]:
    """Return the names that ``text`` uses.

    Raises ``DomainError`` for a text over 512 kB or with more than 200 tokens (codes
    ``text_too_long``, ``too_many_tokens``), for a token that is not ``known``
    (``unknown_token``) and what ``find_tokens`` raises.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise DomainError("text_too_long", _("A mail may have 512 kB at most."), field=field)
    used: set[str] = set()
    for number, found in enumerate(find_tokens(text, field=field), start=1):
        if number > MAX_TOKENS:
            raise DomainError(
                "too_many_tokens", _("A mail may have 200 placeholders at most."), field=field
            )
        if found.name not in known:
            raise _error(
                "unknown_token",
                _("“%(text)s” at character %(position)s is not a known placeholder."),
                found.name,
                found.start,
                field,
            )
        used.add(found.name)
    return used


def _error(code: str, message: str | Promise, text: str, position: int, field: str) -> DomainError:
    shown = {"text": clean_text(text), "position": position + 1}
    return DomainError(code, str(message) % shown, field, details={"position": position + 1})


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with its tokens replaced, for the plain part of a mail."""
    return _fill(text, values, lambda value: value)


def fill_html(text: str, values: Mapping[str, str]) -> str:
    """Return HTML with its tokens replaced by escaped values; line breaks become ``<br>``."""
    return _fill(text, values, _escape)


def fill_subject(text: str, values: Mapping[str, str]) -> str:
    """Return one line of at most 300 characters."""
    return clean_text(_LINES.sub(" ", _fill(text, values, lambda value: value)), limit=MAX_SUBJECT)


def _escape(value: str) -> str:
    return _LINES.sub("<br>", html.escape(value))


def _fill(text: str, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
    parts = list(_parts(text))
    # Text, name, default, text …
    for place in range(1, len(parts), 3):
        name, default = parts[place], parts[place + 1] or ""
        value = clean_text(values.get(name) or "", limit=MAX_VALUE, lines=True)
        parts[place], parts[place + 1] = escape(value or default), ""
    return "".join(parts)


@lru_cache(maxsize=_KEPT)
def _parts(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.split(text))
