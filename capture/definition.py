"""What a form consists of, as data: read from JSON, checked, written back.

The same definition renders the hosted page, the embedded form and the preview, and decides what a
submission may contain. It needs no database, so that it also works from the snapshot on disk.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from capture.models.forms import FormKind
from ground.errors import DomainError
from leads.models import ConsentChannel, ConsentPurpose
from leads.normalise import clean_text

ACCENTS: dict[str, Promise] = {
    "blue": _("Blue"),
    "green": _("Green"),
    "teal": _("Teal"),
    "orange": _("Orange"),
    "red": _("Red"),
    "purple": _("Purple"),
    "pink": _("Pink"),
    "graphite": _("Graphite"),
}
WIDTHS = ("full", "half")
MAX_FIELDS = 40
MAX_CONSENTS = 6
_COLOUR = re.compile(r"^#[0-9a-f]{6}$")
# Kinds after which mail follows: they need a consent to send it (S33).
MAILING_KINDS = frozenset({FormKind.NEWSLETTER, FormKind.DOWNLOAD, FormKind.WEBINAR})


def _text(data: Mapping[str, Any], name: str, limit: int, *, lines: bool = False) -> str:
    return clean_text(str(data.get(name) or ""), limit=limit, lines=lines)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a form.

    ``name`` is that of a built-in field of the catalogue or ``custom_<key>``; ``kind`` is its kind
    in ``capture/catalogue.py``. ``choices`` lists ``{"value", "label"}``.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    placeholder: str = ""
    help: str = ""
    width: str = "full"
    choices: tuple[Mapping[str, str], ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a field; what is missing gets its default."""
        choices = tuple(
            {"value": _text(item, "value", 100), "label": _text(item, "label", 200)}
            for item in data.get("choices") or ()
        )
        width = str(data.get("width") or "full")
        return cls(
            name=_text(data, "name", 60),
            label=_text(data, "label", 200),
            kind=_text(data, "kind", 20) or "text",
            required=bool(data.get("required")),
            placeholder=_text(data, "placeholder", 200),
            help=_text(data, "help", 300),
            width=width if width in WIDTHS else "full",
            choices=choices,
        )


@dataclass(frozen=True, slots=True)
class ConsentSpec:
    """One box to tick: what it permits, by which way, and in which words."""

    purpose: str
    channel: str
    text: str
    required: bool = False
    double_opt_in: bool = True

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a consent; double opt-in is on unless it was switched off."""
        return cls(
            purpose=_text(data, "purpose", 12),
            channel=_text(data, "channel", 8),
            text=_text(data, "text", 1000, lines=True),
            required=bool(data.get("required")),
            double_opt_in=bool(data.get("double_opt_in", True)),
        )

    @property
    def name(self) -> str:
        """The name of the box in the form."""
        return f"consent_{self.purpose}_{self.channel}"

    @property
    def is_confirmed_by_mail(self) -> bool:
        """Whether a tick only counts after a click in a mail; only an address can be confirmed."""
        return self.double_opt_in and self.channel == ConsentChannel.EMAIL


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a form cannot be published; ``field`` names the part of the definition."""

    code: str
    field: str
    message: str | Promise


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything that a visitor sees of a form and that decides what it takes."""

    headline: str = ""
    intro: str = ""
    button: str = ""
    success_message: str = ""
    redirect_url: str = ""
    fields: tuple[FieldSpec, ...] = ()
    consents: tuple[ConsentSpec, ...] = ()
    accent: str = "blue"
    colour: str = ""
    legal_note: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a definition from JSON, however old; unknown keys are left out."""
        accent = str(data.get("accent") or "blue")
        colour = str(data.get("colour") or "").lower()
        return cls(
            headline=_text(data, "headline", 200),
            intro=_text(data, "intro", 2000, lines=True),
            button=_text(data, "button", 60),
            success_message=_text(data, "success_message", 2000, lines=True),
            redirect_url=_text(data, "redirect_url", 1000),
            fields=tuple(FieldSpec.from_json(item) for item in data.get("fields") or ()),
            consents=tuple(ConsentSpec.from_json(item) for item in data.get("consents") or ()),
            accent=accent if accent in ACCENTS else "blue",
            colour=colour if _COLOUR.match(colour) else "",
            legal_note=_text(data, "legal_note", 2000, lines=True),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the definition as JSON; ``from_json`` gives the same one back."""
        data = asdict(self)
        for spec in data["fields"]:
            spec["choices"] = list(spec["choices"])
        return {**data, "fields": list(data["fields"]), "consents": list(data["consents"])}

    def with_parts(self, **parts: Any) -> Self:
        """Return a copy with other ``parts``, cleaned like JSON from outside."""
        return type(self).from_json({**self.to_json(), **parts})

    @property
    def field_names(self) -> list[str]:
        """The names of the fields in their order."""
        return [spec.name for spec in self.fields]


def is_web_address(value: str) -> bool:
    """Say whether ``value`` is an absolute http(s) address of some host, without a password.

    SECURITY: the browser goes there; ``javascript:`` and its like must not pass.
    """
    if re.search(r"[\s\\<>\"'`]", value):
        return False
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False


def find_problems(
    definition: Definition, kind: str, known_fields: Mapping[str, Any]
) -> list[Problem]:
    """Return everything that stands against publishing ``definition``, the weightiest first."""
    return [
        *_text_problems(definition),
        *_field_problems(definition, known_fields),
        *_consent_problems(definition, kind),
    ]


def _text_problems(definition: Definition) -> list[Problem]:
    needed = {
        "headline": _("Give the form a headline."),
        "success_message": _("Say what people read after they have sent the form."),
        "button": _("Give the button a text that says what happens."),
    }
    found = [
        Problem(f"{name}_missing", name, message)
        for name, message in needed.items()
        if not getattr(definition, name)
    ]
    if definition.redirect_url and not is_web_address(definition.redirect_url):
        message = _("Give a complete address that begins with https:// or http://.")
        found.append(Problem("redirect_url_invalid", "redirect_url", message))
    return found


def _field_problems(definition: Definition, known_fields: Mapping[str, Any]) -> list[Problem]:
    found = []
    names = definition.field_names
    if not {"email", "phone"}.intersection(names):
        message = _("Ask for an e-mail address or a phone number, else nobody can answer.")
        found.append(Problem("contact_missing", "fields", message))
    if len(set(names)) != len(names) or len(names) > MAX_FIELDS:
        most = _("Use each field once, and at most %(count)s fields.") % {"count": MAX_FIELDS}
        found.append(Problem("fields_repeated", "fields", most))
    for spec in definition.fields:
        if spec.name not in known_fields:
            gone = _("The field “%(name)s” does not exist any more.") % {"name": spec.name}
            found.append(Problem("field_unknown", "fields", gone))
        elif not spec.label:
            found.append(Problem("label_missing", "fields", _("Give every field a label.")))
    return found


def _consent_problems(definition: Definition, kind: str) -> list[Problem]:
    found = []
    by_mail = [item for item in definition.consents if item.channel == ConsentChannel.EMAIL]
    if kind in MAILING_KINDS and not by_mail:
        message = _("Mail follows this form: ask for the consent to send it.")
        found.append(Problem("consent_missing", "consents", message))
    if by_mail and "email" not in definition.field_names:
        message = _("A consent to be written to needs the field for the e-mail address.")
        found.append(Problem("consent_without_address", "consents", message))
    if not all(item.text for item in definition.consents):
        message = _("Write out what people agree to.")
        found.append(Problem("consent_text_missing", "consents", message))
    names = [item.name for item in definition.consents]
    pairs_known = all(
        item.purpose in ConsentPurpose.values and item.channel in ConsentChannel.values
        for item in definition.consents
    )
    if len(set(names)) != len(names) or len(names) > MAX_CONSENTS or not pairs_known:
        message = _("Ask for each purpose and way once.")
        found.append(Problem("consent_repeated", "consents", message))
    return found


def refuse_problems(problems: Sequence[Problem]) -> None:
    """Raise the first of ``problems`` as ``DomainError``; the details name them all."""
    if problems:
        first = problems[0]
        raise DomainError(
            first.code,
            first.message,
            first.field,
            details={"problems": [(item.code, item.field) for item in problems]},
        )
