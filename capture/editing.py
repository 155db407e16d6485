"""What the editor of forms posts, as a definition; and the steps that change its parts.

Texts stand under their own names, parts of a field under ``label.<field>`` and so on; the order of
``field`` and ``consent`` is the order of the form.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from capture.catalogue import Offer, offers
from capture.definition import MAX_CONSENTS, MAX_FIELDS, ConsentSpec, Definition, FieldSpec
from capture.questions import CHOICE_KINDS, PREFIX, QUESTION_KINDS, is_question
from capture.readymade import consent_text
from capture.theme import Theme
from capture.tongues import (
    read_other,
    read_other_choices,
    with_known_choices,
    with_second_language,
    without_second_language,
)
from leads.models import ConsentChannel, ConsentPurpose

# Parts of a field that only own questions have.
OWN_PARTS = ("parameter", "default", "minimum", "maximum")
QUOTE_PARTS = ("formula", "unit", "step", "days", "note")
TEXTS = (
    *("headline", "intro", "button", "success_message", "redirect_url", "accent", "legal_note"),
    *("content", "event", "target"),
)
CONSENT_OFFERS = (
    (ConsentPurpose.NEWSLETTER, ConsentChannel.EMAIL),
    (ConsentPurpose.MARKETING, ConsentChannel.EMAIL),
    (ConsentPurpose.MARKETING, ConsentChannel.PHONE),
    (ConsentPurpose.MARKETING, ConsentChannel.SMS),
    (ConsentPurpose.MARKETING, ConsentChannel.POST),
    (ConsentPurpose.TRACKING, ConsentChannel.EMAIL),
    (ConsentPurpose.PROFILING, ConsentChannel.WEB),
)


def read_definition(post: QueryDict, before: Definition, language: str = "") -> Definition:
    """Return ``before`` with everything that the editor posted, for a form in ``language``."""
    with translation.override(language or translation.get_language()):
        known = offers()
        definition = _read(post, before, known)
    definition = read_other_choices(post, definition)
    return with_known_choices(definition, language) if definition.is_bilingual else definition


def _read(post: QueryDict, before: Definition, known: Mapping[str, Offer]) -> Definition:
    there = {spec.name: spec for spec in before.fields}
    colour = post.get("colour", "") if post.get("has_colour") else ""
    return before.with_parts(
        **{name: post.get(name, getattr(before, name)) for name in TEXTS},
        colour=colour,
        at_once=post.get("at_once", before.at_once),
        other=read_other(post, before),
        theme=_theme(post, before.theme),
        quote={
            part: post.get(f"quote.{part}", getattr(before.quote, part)) for part in QUOTE_PARTS
        },
        display={
            part: post.get(f"display.{part}", value)
            for part, value in before.display.to_json().items()
        },
        chat=_chat(post, before),
        fields=[
            _field(name, post, known, there)
            for name in dict.fromkeys(post.getlist("field"))
            if name in known or name in there
        ],
        consents=[
            _consent(*pair, post)
            for name in dict.fromkeys(post.getlist("consent"))
            if (pair := _pair(name)) is not None
        ],
    )


def _chat(post: QueryDict, before: Definition) -> Any:
    """Return what a chat says; forms that are none do not post it."""
    if "has_chat" not in post:
        return asdict(before.chat)
    return {
        **{part: post.get(f"chat.{part}", "") for part in ("away_text", "last_question")},
        "offers_person": "chat.offers_person" in post,
    }


def _theme(post: QueryDict, before: Theme) -> dict[str, str]:
    """Return the theme; a colour counts where its box is ticked."""
    given = {part: post.get(f"theme.{part}", value) for part, value in asdict(before).items()}
    if "theme.font" not in post:
        return given
    return given | {part: "" for part in ("ink", "ground") if f"has_{part}" not in post}


def _field(
    name: str, post: QueryDict, known: Mapping[str, Offer], there: Mapping[str, FieldSpec]
) -> dict[str, Any]:
    """Return one field; its kind and choices come from the catalogue, never from the post."""
    base = known[name].spec() if name in known else there[name]
    given = {
        part: post.get(f"{part}.{name}", getattr(base, part))
        for part in ("label", "placeholder", "help", "width", *OWN_PARTS)
    }
    if is_question(name) and f"choices.{name}" in post:
        given["choices"] = read_choices(post.get(f"choices.{name}", ""))
    return {
        **asdict(base),
        **given,
        "required": f"required.{name}" in post,
        "later": f"later.{name}" in post,
        "show_if": _condition(post.get(f"if.{name}", "")),
    }


def read_choices(text: str) -> list[dict[str, str]]:
    """Return one choice for each line: ``Label``, or ``Label = value`` where a value counts."""
    choices: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        label, _equals, value = (part.strip() for part in line.partition("="))
        if label:
            choices.setdefault(value or label, {"value": value or label, "label": label})
    return list(choices.values())


def written_choices(spec: FieldSpec) -> str:
    """Return the choices as ``read_choices`` takes them."""
    return "\n".join(
        item["label"] if item["label"] == item["value"] else f"{item['label']} = {item['value']}"
        for item in spec.choices
    )


def _condition(text: str) -> dict[str, Any] | None:
    name, equals, value = text.partition("=")
    return {"field": name, "values": [value] if equals else []} if name else None


def written_condition(spec: FieldSpec) -> str:
    """Return the condition of a field as the editor posts it: ``name`` or ``name=value``."""
    if spec.show_if is None:
        return ""
    return "=".join([spec.show_if.field, *spec.show_if.values[:1]])


def _consent(purpose: str, channel: str, post: QueryDict) -> dict[str, Any]:
    name = f"{purpose}.{channel}"
    return {
        "purpose": purpose,
        "channel": channel,
        "text": post.get(f"text.{name}", ""),
        "required": f"must.{name}" in post,
        "double_opt_in": f"doi.{name}" in post,
    }


def _pair(name: str) -> tuple[str, str] | None:
    purpose, _dot, channel = name.partition(".")
    if purpose in ConsentPurpose.values and channel in ConsentChannel.values:
        return purpose, channel
    return None


def apply_step(definition: Definition, step: str, language: str) -> Definition:
    """Return ``definition`` after a step such as ``add:phone`` or ``up:email``.

    An unknown step or part changes nothing.
    """
    verb, _colon, name = step.partition(":")
    change = _STEPS.get(verb)
    return change(definition, name, language) if change else definition


def _add(definition: Definition, name: str, language: str) -> Definition:
    with translation.override(language):
        known = offers()
        full = len(definition.fields) >= MAX_FIELDS
        if name not in known or name in definition.field_names or full:
            return definition
        new = asdict(known[name].spec())
    return _filled(definition.with_parts(fields=[*map(asdict, definition.fields), new]), language)


def _filled(definition: Definition, language: str) -> Definition:
    """Return the form with what is known of its new parts in the second language."""
    return with_second_language(definition, language) if definition.is_bilingual else definition


def _tongue(definition: Definition, name: str, language: str) -> Definition:
    if name == "on":
        return with_second_language(definition, language)
    return without_second_language(definition)


def _ask(definition: Definition, kind: str, language: str) -> Definition:
    if kind not in QUESTION_KINDS or len(definition.fields) >= MAX_FIELDS:
        return definition
    with translation.override(language):
        new: dict[str, Any] = {"kind": kind, "label": str(QUESTION_KINDS[kind].label)}
        if kind in CHOICE_KINDS:
            words = (_("First choice"), _("Second choice"))
            new["choices"] = [{"value": word, "label": word} for word in words]
    new["name"] = f"{PREFIX}{definition.last_question + 1}"
    return definition.with_parts(fields=[*map(asdict, definition.fields), new])


def _remove(definition: Definition, name: str, language: str) -> Definition:
    kept = [asdict(spec) for spec in definition.fields if spec.name != name]
    return definition.with_parts(fields=kept)


def _move(definition: Definition, name: str, by: int) -> Definition:
    fields = [asdict(spec) for spec in definition.fields]
    if name not in definition.field_names:
        return definition
    old = definition.field_names.index(name)
    fields.insert(max(0, old + by), fields.pop(old))
    return definition.with_parts(fields=fields)


def _add_consent(definition: Definition, name: str, language: str) -> Definition:
    pair = _pair(name)
    there = {(spec.purpose, spec.channel) for spec in definition.consents}
    if pair is None or pair in there or len(there) >= MAX_CONSENTS:
        return definition
    new = asdict(ConsentSpec(*pair, consent_text(*pair, language)))
    added = definition.with_parts(consents=[*map(asdict, definition.consents), new])
    return _filled(added, language)


def _remove_consent(definition: Definition, name: str, language: str) -> Definition:
    kept = [asdict(s) for s in definition.consents if f"{s.purpose}.{s.channel}" != name]
    return definition.with_parts(consents=kept)


_STEPS: dict[str, Callable[[Definition, str, str], Definition]] = {
    "add": _add,
    "ask": _ask,
    "remove": _remove,
    "up": lambda definition, name, language: _move(definition, name, -1),
    "down": lambda definition, name, language: _move(definition, name, 1),
    "add_consent": _add_consent,
    "remove_consent": _remove_consent,
    "tongue": _tongue,
}


def missing_fields(definition: Definition) -> list[Offer]:
    """Return what can still be put on the form."""
    return [offer for name, offer in offers().items() if name not in definition.field_names]


def missing_consents(definition: Definition) -> list[tuple[str, str]]:
    """Return the consents that can still be asked for, as name and label."""
    there = {(spec.purpose, spec.channel) for spec in definition.consents}
    return [
        (f"{purpose}.{channel}", f"{purpose.label} · {channel.label}")
        for purpose, channel in CONSENT_OFFERS
        if (purpose, channel) not in there
    ]
