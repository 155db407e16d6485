"""What a form consists of, as data: read from JSON, checked, written back.

The same definition renders the hosted page, the embedded form and the preview, and decides what a
submission may contain. It needs no database, so that it also works from the snapshot on disk.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from capture.display import Display
from capture.questions import FILE, HIDDEN, LAYOUT, MAX_CHOICES
from leads.models import ConsentChannel
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


def _text(data: Mapping[str, Any], name: str, limit: int, *, lines: bool = False) -> str:
    return clean_text(str(data.get(name) or ""), limit=limit, lines=lines)


def _key(data: Mapping[str, Any], name: str) -> str:
    """Return the public id that stands under ``name``, "" for what is none."""
    try:
        return str(UUID(str(data.get(name) or "")))
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class ShowIf:
    """On which answer a field is shown: ``field`` has one of ``values``, or any with none."""

    field: str
    values: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Any) -> Self | None:
        """Read a condition; None for what is none."""
        if not isinstance(data, Mapping) or not data.get("field"):
            return None
        values = tuple(clean_text(str(value), limit=100) for value in data.get("values") or ())
        return cls(_text(data, "field", 60), values[:MAX_CHOICES])


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a form.

    ``name`` is that of a built-in field of the catalogue, ``custom_<key>``, or ``q_<number>`` for
    an own question; ``kind`` is its kind in ``capture/catalogue.py`` or ``capture/questions.py``.
    ``choices`` lists ``{"value", "label"}``. A hidden value comes from ``parameter`` of the address
    of the page, else it is ``default``. ``minimum`` and ``maximum`` bound a number.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    placeholder: str = ""
    help: str = ""
    width: str = "full"
    choices: tuple[Mapping[str, str], ...] = ()
    show_if: ShowIf | None = None
    parameter: str = ""
    default: str = ""
    minimum: str = ""
    maximum: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a field; what is missing gets its default."""
        choices = tuple(
            {"value": _text(item, "value", 100), "label": _text(item, "label", 200)}
            for item in list(data.get("choices") or ())[:MAX_CHOICES]
        )
        width = str(data.get("width") or "full")
        return cls(
            name=_text(data, "name", 60),
            label=_text(data, "label", 200),
            kind=_text(data, "kind", 20) or "text",
            required=bool(data.get("required")),
            placeholder=_text(data, "placeholder", 200),
            help=_text(data, "help", 1000, lines=True),
            width=width if width in WIDTHS else "full",
            choices=choices,
            show_if=ShowIf.from_json(data.get("show_if")),
            parameter=_text(data, "parameter", 60),
            default=_text(data, "default", 200),
            minimum=_text(data, "minimum", 30),
            maximum=_text(data, "maximum", 30),
        )

    def told(self, given: str | Sequence[str]) -> str:
        """Return an answer in the words of the form, several joined with commas."""
        labels = {item["value"]: item["label"] for item in self.choices}
        values = [given] if isinstance(given, str) else given
        return ", ".join(labels.get(value, value) for value in values)

    @property
    def is_answered(self) -> bool:
        """Whether somebody gives an answer here; a text in between and a new page have none."""
        return self.kind not in LAYOUT


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
class QuoteSpec:
    """How a form of the kind quote calculates: ``formula`` as in ``capture/quotes/formula.py``.

    The result is rounded to multiples of ``step`` and holds for ``days``.
    """

    formula: str = ""
    unit: str = "€"
    step: str = "1"
    days: int = 30
    note: str = ""

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read it; what is missing gets its default."""
        data = data if isinstance(data, Mapping) else {}
        days = str(data.get("days") or 30)
        return cls(
            formula=_text(data, "formula", 1000, lines=True),
            unit=clean_text(str(data.get("unit", "€")), limit=20),
            step=_text(data, "step", 20) or "1",
            days=min(int(days), 365) if days.isascii() and days.isdigit() and len(days) < 9 else 30,
            note=_text(data, "note", 500, lines=True),
        )


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything that a visitor sees of a form and that decides what it takes.

    ``content`` is the public id of what a form of the kind download gives away, ``event`` that of
    what one registers for, and ``target`` that of the form to which a recommendation leads.
    """

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
    content: str = ""
    event: str = ""
    target: str = ""
    quote: QuoteSpec = QuoteSpec()
    display: Display = field(default_factory=Display)

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
            content=_key(data, "content"),
            event=_key(data, "event"),
            target=_key(data, "target"),
            quote=QuoteSpec.from_json(data.get("quote")),
            display=Display.from_json(data.get("display")),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the definition as JSON; ``from_json`` gives the same one back."""
        data = asdict(self)
        for spec in data["fields"]:
            spec["choices"] = list(spec["choices"])
        lists = {name: list(data[name]) for name in ("fields", "consents")}
        return {**data, **lists, "display": self.display.to_json()}

    def with_parts(self, **parts: Any) -> Self:
        """Return a copy with other ``parts``, cleaned like JSON from outside."""
        return type(self).from_json({**self.to_json(), **parts})

    @property
    def field_names(self) -> list[str]:
        """The names of the fields in their order."""
        return [spec.name for spec in self.fields]

    @property
    def asked(self) -> list[FieldSpec]:
        """The fields that a visitor sees and answers; what the size of a form is measured by."""
        return [spec for spec in self.fields if spec.is_answered and spec.kind != HIDDEN]

    @property
    def takes_files(self) -> bool:
        """Whether one of the fields takes a file."""
        return any(spec.kind == FILE for spec in self.fields)
