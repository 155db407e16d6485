"""Forms in two languages: which texts there are, which are missing, and the form in either.

The form itself is in its first language. Texts of the second one stand in ``Definition.other``
under keys such as ``headline``, ``label.phone``, ``choice.q_1.roof``, ``consent.marketing.email``.
Names of fields and values of choices are the same in both, so that answers have no language.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capture.catalogue import offers
from capture.definition import ConsentSpec, Definition, FieldSpec
from capture.problems import Problem
from capture.questions import HIDDEN, is_question
from capture.readymade import KEYS, consent_text, ready_made

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
# Each language in its own words.
NAMES = {"de": "Deutsch", "en": "English"}
# Texts of the whole form, and whether it can do without them.
WHOLE: dict[str, str | Promise] = {
    "headline": gettext_lazy("Headline"),
    "intro": gettext_lazy("Text below it"),
    "button": gettext_lazy("Text on the button"),
    "success_message": gettext_lazy("Message after sending"),
    "legal_note": gettext_lazy("Small print below the button"),
}
# A page to go to is an address: where there is none in the second language, the first one holds.
_MAY_FALL_BACK = frozenset({"redirect_url"})


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a form: its key, what it is, and how it reads in both languages."""

    key: str
    label: str
    first: str
    second: str

    @property
    def is_missing(self) -> bool:
        """Whether the second language lacks what the first one has."""
        return bool(self.first) and not self.second


def second_language(first: str) -> str:
    """Return the other language of an installation with two."""
    return next(code for code in LANGUAGES if code != first[:2])


def languages_of(definition: Definition, first: str) -> tuple[str, ...]:
    """Return the languages in which a form whose own is ``first`` can be filled in."""
    return (first, second_language(first)) if definition.is_bilingual else (first,)


def in_second_language(definition: Definition) -> Definition:
    """Return the form with the texts of its second language; a missing one stays as it is."""
    other = definition.other
    whole: dict[str, Any] = {
        name: text for name in (*WHOLE, *_MAY_FALL_BACK) if (text := other.get(name))
    }
    return replace(
        definition,
        **whole,
        fields=tuple(_field(spec, other) for spec in definition.fields),
        consents=tuple(_consent(item, other) for item in definition.consents),
        display=replace(
            definition.display,
            opener_text=other.get("opener_text") or definition.display.opener_text,
        ),
        quote=replace(definition.quote, note=other.get("note") or definition.quote.note),
    )


def _field(spec: FieldSpec, other: Mapping[str, str]) -> FieldSpec:
    parts: dict[str, Any] = {
        part: text
        for part in ("label", "placeholder", "help")
        if (text := other.get(f"{part}.{spec.name}"))
    }
    choices = tuple(
        {**item, "label": other.get(choice_key(spec, item["value"])) or item["label"]}
        for item in spec.choices
    )
    return replace(spec, **parts, choices=choices)


def _consent(item: ConsentSpec, other: Mapping[str, str]) -> ConsentSpec:
    return replace(item, text=other.get(consent_key(item)) or item.text)


def choice_key(spec: FieldSpec, value: str) -> str:
    """Return the key of the label of one choice."""
    return f"choice.{spec.name}.{value}"


def consent_key(item: ConsentSpec) -> str:
    """Return the key of the wording of a consent."""
    return f"consent.{item.purpose}.{item.channel}"


def texts_of(definition: Definition) -> Iterator[Text]:
    """Yield every text of the form that a visitor can read, in the order of the editor."""
    other = definition.other
    for name, label in WHOLE.items():
        yield Text(name, str(label), getattr(definition, name), other.get(name, ""))
    for spec in definition.fields:
        yield from _texts_of_field(spec, other)
    for item in definition.consents:
        key = consent_key(item)
        yield Text(
            key, _("Consent: %(text)s") % {"text": item.text[:40]}, item.text, other.get(key, "")
        )
    shown = {"opener_text": definition.display.opener_text, "note": definition.quote.note}
    for name, first in shown.items():
        label = (
            _("Text on the button that opens it")
            if name == "opener_text"
            else _("Note on the quote")
        )
        yield Text(name, label, first, other.get(name, ""))


def _texts_of_field(spec: FieldSpec, other: Mapping[str, str]) -> Iterator[Text]:
    if spec.kind == HIDDEN:
        return
    parts = {
        "label": _("Label of “%(label)s”"),
        "placeholder": _("Placeholder of “%(label)s”"),
        "help": _("Help of “%(label)s”"),
    }
    for part, words in parts.items():
        key = f"{part}.{spec.name}"
        yield Text(key, words % {"label": spec.label}, getattr(spec, part), other.get(key, ""))
    for item in spec.choices:
        key = choice_key(spec, item["value"])
        words = _("Choice “%(choice)s” of “%(label)s”")
        shown = words % {"choice": item["label"], "label": spec.label}
        yield Text(key, shown, item["label"], other.get(key, ""))


def problems_of_languages(definition: Definition, first: str) -> list[Problem]:
    """Return what a form in two languages lacks in the second one: it is published whole or not."""
    if not definition.is_bilingual:
        return []
    language = str(dict(settings.LANGUAGES)[second_language(first)])
    language = translation.gettext(language)
    missing = _("Missing in %(language)s: %(text)s")
    return [
        Problem(
            "translation_missing",
            f"other.{text.key}",
            missing % {"language": language, "text": text.label},
        )
        for text in texts_of(definition)
        if text.is_missing
    ]


def with_second_language(definition: Definition, first: str) -> Definition:
    """Return the form in two languages, with every text that is known in the second one.

    Known are the names of fields and their choices, the wordings of consents, and the texts of
    ready-made forms that nobody changed. What was written before stays.
    """
    second = second_language(first)
    known = {
        **_ready_made_texts(definition, first, second),
        **_catalogue_texts(definition, first, second),
    }
    return definition.with_parts(is_bilingual=True, other={**known, **definition.other})


def _catalogue_texts(definition: Definition, first: str, second: str) -> dict[str, str]:
    with translation.override(first):
        before = {name: offer.spec() for name, offer in offers().items()}
    with translation.override(second):
        after = {name: offer.spec() for name, offer in offers().items()}
    texts: dict[str, str] = {}
    for spec in definition.fields:
        if spec.name in after:
            if spec.label == before[spec.name].label:
                texts[f"label.{spec.name}"] = after[spec.name].label
            texts |= {choice_key(spec, c["value"]): c["label"] for c in after[spec.name].choices}
    for item in definition.consents:
        if item.text == consent_text(item.purpose, item.channel, first):
            texts[consent_key(item)] = consent_text(item.purpose, item.channel, second)
    return texts


def with_known_choices(definition: Definition, first: str) -> Definition:
    """Return the form with the choices of fields of the lead as their fields call them."""
    with translation.override(second_language(first)):
        known = offers()
    texts = {
        choice_key(spec, item["value"]): item["label"]
        for spec in definition.fields
        if spec.name in known
        for item in known[spec.name].choices
    }
    return definition.with_parts(other={**definition.other, **texts})


def _ready_made_texts(definition: Definition, first: str, second: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key in KEYS:
        before, after = (ready_made(key, code).definition for code in (first, second))
        for mine, here, there in zip(
            _by_key(definition, before),
            _by_key(before, before),
            _by_key(after, before),
            strict=True,
        ):
            if mine[1] and mine == here:
                texts.setdefault(*there)
    return {key: text for key, text in texts.items() if text}


def _by_key(definition: Definition, like: Definition) -> list[tuple[str, str]]:
    """Return the texts of ``definition`` for each key that ``like`` has."""
    found = {text.key: text.first for text in texts_of(definition)}
    return [(text.key, found.get(text.key, "")) for text in texts_of(like)]


def without_second_language(definition: Definition) -> Definition:
    """Return the form in its first language alone; the texts of the second one stay for later."""
    return definition.with_parts(is_bilingual=False)


def read_other(given: Mapping[str, Any], before: Definition) -> dict[str, str]:
    """Return the texts of the second language that the editor posted under ``other.<key>``.

    The choices of a question come in one text, one a line in the order of the first language.
    """
    texts = dict(before.other)
    for name in given:
        key = name.removeprefix("other.")
        if key != name and not key.startswith("choices."):
            texts[key] = str(given[name])
    return texts


def read_other_choices(given: Mapping[str, Any], definition: Definition) -> Definition:
    """Return the form with the choices that were posted under ``other.choices.<field>``."""
    texts = dict(definition.other)
    for spec in definition.fields:
        lines = given.get(f"other.choices.{spec.name}")
        if lines is None:
            continue
        labels = [line.strip() for line in str(lines).splitlines()]
        for place, item in enumerate(spec.choices):
            texts[choice_key(spec, item["value"])] = labels[place] if place < len(labels) else ""
    return definition.with_parts(other=texts)


def written_other_choices(definition: Definition, spec: FieldSpec) -> str:
    """Return the choices in the second language as ``read_other_choices`` takes them."""
    labels = [definition.other.get(choice_key(spec, item["value"]), "") for item in spec.choices]
    return "\n".join(labels).rstrip()


def has_own_choices(spec: FieldSpec) -> bool:
    """Whether the choices of a field are set in the form."""
    return is_question(spec.name) and bool(spec.choices)
