"""What a form consists of, as data: read from JSON, checked, written back.

The same definition renders the hosted page, the embedded form and the preview, and decides what a
submission may contain. It needs no database, so that it also works from the snapshot on disk.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from capture.chat.spec import ChatSpec
from capture.display import Display
from capture.questions import FILE, HIDDEN, LAYOUT, MAX_CHOICES, last_number
from capture.theme import Theme
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
# Texts of a second language: some for each field, and one for each choice.
MAX_TEXTS = MAX_FIELDS * (MAX_CHOICES + 3) + 20
# So many questions are asked at once on a link that proves who it is.
AT_ONCE, MOST_AT_ONCE = 2, 5
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
    of the page, else it is ``default``. ``minimum`` and ``maximum`` bound a number. ``later`` is a
    question that is left for a link that proves who it is (``capture/profiling.py``).
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
    later: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a field; what is missing gets its default."""
        choices = tuple(
            {"value": _text(item, "value", 100), "label": _text(item, "label", 200)}
            for item in list(data.get("choices") or ())[:MAX_CHOICES]
        )
        width = str(data.get("width") or "full")
        kind = _text(data, "kind", 20) or "text"
        return cls(
            name=_text(data, "name", 60),
            label=_text(data, "label", 200),
            kind=kind,
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
            later=bool(data.get("later")) and kind not in LAYOUT | {HIDDEN, FILE},
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
    ``at_once`` is how many questions a link that proves who it is asks at a time. A form
    ``is_bilingual`` that has its texts in a second language in ``other``, under the keys of
    ``capture/tongues.py``. ``last_question`` is the highest number an own question ever had: names
    are not given again.
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
    chat: ChatSpec = field(default_factory=ChatSpec)
    at_once: int = AT_ONCE
    is_bilingual: bool = False
    other: Mapping[str, str] = field(default_factory=dict)
    theme: Theme = field(default_factory=Theme)
    last_question: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a definition from JSON, however old; unknown keys are left out."""
        accent = str(data.get("accent") or "blue")
        colour = str(data.get("colour") or "").lower()
        fields = tuple(FieldSpec.from_json(item) for item in data.get("fields") or ())
        before = data.get("last_question")
        last = max(before if isinstance(before, int) else 0, last_number(s.name for s in fields))
        return cls(
            headline=_text(data, "headline", 200),
            intro=_text(data, "intro", 2000, lines=True),
            button=_text(data, "button", 60),
            success_message=_text(data, "success_message", 2000, lines=True),
            redirect_url=_text(data, "redirect_url", 1000),
            fields=fields,
            consents=tuple(ConsentSpec.from_json(item) for item in data.get("consents") or ()),
            accent=accent if accent in ACCENTS else "blue",
            colour=colour if _COLOUR.match(colour) else "",
            legal_note=_text(data, "legal_note", 2000, lines=True),
            content=_key(data, "content"),
            event=_key(data, "event"),
            target=_key(data, "target"),
            quote=QuoteSpec.from_json(data.get("quote")),
            display=Display.from_json(data.get("display")),
            chat=ChatSpec.from_json(data.get("chat")),
            at_once=_at_once(data.get("at_once")),
            is_bilingual=bool(data.get("is_bilingual")),
            other=_other(data.get("other")),
            theme=Theme.from_json(data.get("theme")),
            last_question=last,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the definition as JSON; ``from_json`` gives the same one back."""
        data = asdict(self)
        for spec in data["fields"]:
            spec["choices"] = list(spec["choices"])
            if not spec["later"]:
                del spec["later"]
        lists = {name: list(data[name]) for name in ("fields", "consents")}
        # What older forms do not have is left out, so that they do not look changed.
        for name in _ADDED:
            if getattr(self, name) == getattr(_EMPTY, name):
                del data[name]
        if self.last_question == last_number(self.field_names):
            data.pop("last_question", None)
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
        seen = (spec for spec in self.fields if spec.is_answered and not spec.later)
        return [spec for spec in seen if spec.kind != HIDDEN]

    @property
    def asks_later(self) -> bool:
        """Whether a link that proves who it is asks for more than the form."""
        return any(spec.later for spec in self.fields)

    def for_visit(self, names: Collection[str] | None) -> Self:
        """Return the form as one visit sees it: without what is asked later.

        With ``names`` it has these fields and consents alone, and what is hidden; a condition on a
        field that is not among them was answered before.
        """
        if names is None:
            return replace(self, fields=tuple(spec for spec in self.fields if not spec.later))
        fields = [s for s in self.fields if s.kind == HIDDEN or s.name in names]
        return replace(
            self,
            fields=tuple(
                replace(spec, later=False, show_if=None)
                if spec.show_if is None or spec.show_if.field not in names
                else replace(spec, later=False)
                for spec in fields
            ),
            consents=tuple(item for item in self.consents if item.name in names),
        )

    @property
    def takes_files(self) -> bool:
        """Whether one of the fields takes a file."""
        return any(spec.kind == FILE for spec in self.fields)


# What a definition did not have from the beginning.
_ADDED = ("at_once", "is_bilingual", "other", "theme", "last_question")
_EMPTY = Definition()


def _at_once(value: Any) -> int:
    text = str(value or AT_ONCE)
    fits = text.isascii() and text.isdigit() and len(text) < 9
    return min(max(int(text), 1), MOST_AT_ONCE) if fits else AT_ONCE


def _other(data: Any) -> dict[str, str]:
    """Return the texts of the second language by key, empty ones left out."""
    if not isinstance(data, Mapping):
        return {}
    texts = {
        str(key)[:200]: clean_text(str(v or ""), limit=2000, lines=True) for key, v in data.items()
    }
    return {key: text for key, text in list(texts.items())[:MAX_TEXTS] if text}
