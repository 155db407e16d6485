"""The catalogues of translations: collected from code and templates, compiled for Django.

Uses Babel, so that neither a user nor a developer needs GNU gettext.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

APPS = (
    "ground", "conditions", "accounts", "leads", "capture", "scoring", "nurturing", "handoff",
    "reports", "leadcrm",
)  # fmt: skip
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# Headers that say nothing here or change with every run.
_NOISE = tuple(
    f'"{name}:'.encode()
    for name in (
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
# The language of the texts in the code has no catalogue.
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES if code != "en")


def catalogue_path(language: str) -> Path:
    """Return where the catalogue of ``language`` stands."""
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / "django.po"


def _sources() -> Iterator[tuple[str, str]]:
    """Yield every file that holds texts, as a path and as Python that calls gettext."""
    base = Path(settings.BASE_DIR)
    for app in APPS:
        for path in sorted((base / app).rglob("*.py")):
            yield str(path.relative_to(base)), path.read_text("utf-8")
    for pattern in ("*.html", "*.txt"):
        for path in sorted((base / "templates").rglob(pattern)):
            name = str(path.relative_to(base))
            calls = templatize(path.read_text("utf-8"), origin=name)
            # What is left of the template has the indentation of HTML, which is not Python's.
            yield name, "\n".join(line.strip() for line in calls.splitlines())


def collect() -> Catalog:
    """Return a catalogue of all texts in code and templates, without translations."""
    catalogue = Catalog(domain="django", project="LeadCRM", charset="utf-8")
    for name, source in _sources():
        found = extract_python(io.BytesIO(source.encode("utf-8")), KEYWORDS, [], {})
        for line, function, messages, _comments in found:
            text = _identity(str(function or "_"), messages)
            if text is not None:
                message, context = text
                catalogue.add(message, locations=[(name, line)], context=context)
    return catalogue


def _identity(function: str, messages: object) -> tuple[str | tuple[str, str], str | None] | None:
    """Return what identifies a text, and its context; None for what is no literal."""
    parts = list(messages) if isinstance(messages, tuple) else [messages]
    context = str(parts.pop(0)) if function.lstrip("n").startswith("pgettext") else None
    if not parts or not parts[0]:
        return None
    if "n" in function.partition("gettext")[0] and len(parts) > 1 and parts[1]:
        return (str(parts[0]), str(parts[1])), context
    return str(parts[0]), context


def read_catalogue(language: str) -> Catalog:
    """Return the catalogue of ``language``; an empty one where there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, domain="django", project="LeadCRM", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def update(language: str) -> Catalog:
    """Bring the catalogue of ``language`` up to date with the texts of the code and write it.

    Translations of texts that are gone are dropped; nothing is guessed, so nothing is fuzzy.
    """
    catalogue = read_catalogue(language)
    catalogue.update(collect(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = (
        f"# LeadCRM in the language {language}; `make messages` collects the texts."
    )
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    write_po(written, catalogue, width=100, sort_output=True, no_location=True)
    lines = written.getvalue().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(_NOISE)))
    return catalogue


def missing(catalogue: Catalog) -> list[Message]:
    """Return the texts of the code that ``catalogue`` does not translate, or only fuzzily."""
    lacking = []
    for message in collect():
        if not message.id:
            continue
        found = catalogue.get(_key(message), message.context)
        if found is None or found.fuzzy or not _is_translated(found):
            lacking.append(message)
    return lacking


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else message.id


def _is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(texts) and bool(texts)


def compile_catalogue(language: str) -> Path:
    """Write the form of a catalogue that Django reads, and return where."""
    path = catalogue_path(language).with_suffix(".mo")
    with path.open("wb") as file:
        write_mo(file, read_catalogue(language))
    return path
