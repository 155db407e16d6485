"""A form as HTML: the same for the hosted page, the embedded form and the preview.

Needs no request and no database, so that it also works from the snapshot on disk.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from capture.answers import FILE_TYPES
from capture.catalogue import BUILT_IN, limit_of
from capture.definition import ConsentSpec, Definition, FieldSpec
from capture.judging import CHECK, HONEYPOT
from capture.questions import PAGE, SCALES
from capture.snapshots import PublicForm
from capture.theme import luminance

_INPUT_TYPES = {
    "email": "email",
    "tel": "tel",
    "url": "url",
    "number": "text",
    "date": "date",
    "time": "time",
    "file": "file",
    "hidden": "hidden",
}
_INPUT_MODES = {"email": "email", "tel": "tel", "url": "url", "number": "decimal"}


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field as the template draws it; ``values`` is what was entered before."""

    spec: FieldSpec
    prefix: str
    values: Sequence[str] = ()
    errors: Sequence[str] = ()

    @property
    def id(self) -> str:
        """The id of the input."""
        return f"{self.prefix}-{self.spec.name}"

    @property
    def value(self) -> str:
        """The first value."""
        return self.values[0] if self.values else ""

    @property
    def input_type(self) -> str:
        """The type of the input; numbers are text, so that a German comma can be typed."""
        return _INPUT_TYPES.get(self.spec.kind, "text")

    @property
    def input_mode(self) -> str:
        """Which keyboard a phone shows."""
        return _INPUT_MODES.get(self.spec.kind, "")

    @property
    def autocomplete(self) -> str:
        """What the browser may fill in."""
        offer = BUILT_IN.get(self.spec.name)
        return offer.autocomplete if offer else "off"

    @property
    def limit(self) -> int:
        """The greatest length."""
        return limit_of(self.spec)

    @property
    def is_ticked(self) -> bool:
        """Whether a single box is ticked."""
        return self.value.lower() in {"on", "1", "true", "yes", "ja"}

    @property
    def options(self) -> Sequence[Mapping[str, str]]:
        """What there is to choose from."""
        if self.spec.kind in SCALES:
            steps = map(str, SCALES[self.spec.kind])
            return [{"value": step, "label": step} for step in steps]
        return self.spec.choices

    @property
    def is_group(self) -> bool:
        """Whether it is drawn as several boxes under one legend."""
        return self.spec.kind in {"multi", "radio", *SCALES}

    @property
    def box_type(self) -> str:
        """The type of each box of a group."""
        return "checkbox" if self.spec.kind == "multi" else "radio"

    @property
    def condition(self) -> str:
        """The condition as the script reads it: the name of a field and the values, as JSON."""
        condition = self.spec.show_if
        if condition is None:
            return ""
        return json.dumps([condition.field, *condition.values], ensure_ascii=False)

    @property
    def accept(self) -> str:
        """The kinds of files that the browser offers."""
        return ",".join(f".{kind}" for kind in sorted(FILE_TYPES))

    @property
    def described_by(self) -> str:
        """The ids of the texts that belong to the input."""
        parts = [f"{self.id}-help"] if self.spec.help else []
        return " ".join([*parts, f"{self.id}-error"])


@dataclass(frozen=True, slots=True)
class ShownPage:
    """One page of a form; a form without new pages has one."""

    title: str
    fields: Sequence[ShownField]


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """One box to tick; never ticked before the visitor did it."""

    spec: ConsentSpec
    prefix: str
    is_ticked: bool = False
    errors: Sequence[str] = ()

    @property
    def id(self) -> str:
        """The id of the input."""
        return f"{self.prefix}-{self.spec.name}"


def form_context(
    form: PublicForm,
    *,
    entered: Mapping[str, Any] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    names: Collection[str] | None = None,
    mark: str = "",
) -> dict[str, Any]:
    """Return what ``capture/public/fields.html`` needs.

    ``names`` are the fields and consents of a visit that proves who it is. ``mark`` tells two
    drawings of one form on a page apart.
    """
    entered, errors = entered or {}, errors or {}
    definition = form.definition.for_visit(names)
    prefix = f"lf-{str(form.public_id)[:8]}{mark}"
    return {
        "form": form,
        "definition": definition,
        "language": form.language,
        "action": f"/f/{form.public_id}/",
        "prefix": prefix,
        "honeypot": HONEYPOT,
        "pages": _pages(definition, prefix, entered, errors),
        "has_files": definition.takes_files,
        "consents": [
            ShownConsent(spec, prefix, bool(entered.get(spec.name)), errors.get(spec.name, ()))
            for spec in definition.consents
        ],
        "has_errors": bool(errors),
        "check_errors": errors.get(CHECK, ()),
    }


def _pages(
    definition: Definition,
    prefix: str,
    entered: Mapping[str, Any],
    errors: Mapping[str, Sequence[str]],
) -> list[ShownPage]:
    titles, pages = [""], [list[ShownField]()]
    for spec in definition.fields:
        if spec.kind == PAGE and pages[-1]:
            titles.append(spec.label)
            pages.append([])
        elif spec.kind == PAGE:
            titles[-1] = spec.label
        else:
            values = _listed(entered.get(spec.name)) or ([spec.default] if spec.default else [])
            pages[-1].append(ShownField(spec, prefix, values, errors.get(spec.name, ())))
    return [ShownPage(*page) for page in zip(titles, pages, strict=True)]


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def render_fields(form: PublicForm, **state: Any) -> SafeString:
    """Return the form as an HTML fragment in its own language."""
    with translation.override(form.language):
        return render_to_string("capture/public/fields.html", form_context(form, **state))


def render_closed(said: Mapping[str, str]) -> SafeString:
    """Return what stands in place of a form that nobody can send any more, as a fragment."""
    return render_to_string("capture/public/closed.html", {**said})


@cache
def _sheet() -> str:
    path = settings.BASE_DIR / "static" / "public" / "form.css"
    return path.read_text(encoding="utf-8")


@cache
def chat_sheet() -> str:
    """Return what the window of a chat needs beside the style sheet of its form."""
    path = settings.BASE_DIR / "static" / "public" / "chat.css"
    return path.read_text(encoding="utf-8")


def style_sheet(definition: Definition) -> SafeString:
    """Return the style sheet of a form, with its colour and theme.

    SECURITY: can stand in a page as it is. What marketers write has no quotes and no ``<``
    (``capture.own_css``), colours are checked when they are read.
    """
    sheet = _sheet()
    if definition.colour:
        # White is read better than black on everything darker than this.
        ink = "#fff" if luminance(definition.colour) < 0.179 else "#111"
        sheet += f"\n.lf{{--lf-accent:{definition.colour};--lf-on-accent:{ink}}}\n"
    theme = definition.theme.sheet
    return mark_safe(f"{sheet}\n{theme}\n" if theme else sheet)  # noqa: S308
