"""What a chat asks next, from its form and the answers so far. Needs no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capture.answers import problem_with, shown_fields
from capture.catalogue import BUILT_IN, MESSAGE, limit_of
from capture.definition import Definition, FieldSpec
from capture.questions import FILE, HIDDEN, NOTE, SCALES, is_question
from capture.reading import Fields
from leads.normalise import clean_text

Given = Mapping[str, Sequence[str]]
MANY_VALUES = 60
CONSENT = "consent_"
_YES = "on"


def open_definition(definition: Definition) -> Definition:
    """Return ``definition`` as what was said in a talk is read: nothing must be answered.

    Each answer was checked when it was given, and a talk may have been left half-way. What was
    written freely is the message.
    """
    fields = [replace(spec, required=False) for spec in definition.fields]
    if MESSAGE not in definition.field_names:
        fields.append(FieldSpec(MESSAGE, str(BUILT_IN[MESSAGE].label), "textarea"))
    consents = [replace(spec, required=False) for spec in definition.consents]
    return replace(definition, fields=tuple(fields), consents=tuple(consents))


def questions(definition: Definition, answers: Given) -> list[FieldSpec]:
    """Return what is asked given these answers, in order: fields, consents, the last question."""
    shown = shown_fields(definition, Fields(values={k: list(v) for k, v in answers.items()}))
    asked = [spec for spec in shown if spec.is_answered and spec.kind not in {HIDDEN, FILE}]
    asked += [
        FieldSpec(spec.name, spec.text, "checkbox", required=spec.required)
        for spec in definition.consents
    ]
    last = definition.chat.last_question
    if last and MESSAGE not in definition.field_names:
        asked.append(FieldSpec(MESSAGE, last, "textarea"))
    return asked


def all_answered(definition: Definition) -> dict[str, list[str]]:
    """Return answers under which every field is asked, for the preview."""
    return {
        spec.name: [item["value"] for item in spec.choices] or [_YES] for spec in definition.fields
    }


def next_question(definition: Definition, answers: Given) -> FieldSpec | None:
    """Return the first question without an answer, None when all are answered."""
    return next((q for q in questions(definition, answers) if q.name not in answers), None)


def question_named(definition: Definition, answers: Given, name: str) -> FieldSpec | None:
    """Return a question that is asked, by its name."""
    return next((q for q in questions(definition, answers) if q.name == name), None)


def last_answered(definition: Definition, answers: Given) -> str:
    """Return the name of the question before the next one, to which one can go back; or ""."""
    name = ""
    for spec in questions(definition, answers):
        if spec.name not in answers:
            break
        name = spec.name
    return name


def clean_values(spec: FieldSpec, values: Sequence[str]) -> list[str]:
    """Return the values of an answer as they are kept."""
    limit = limit_of(spec)
    texts = (clean_text(v, limit=limit, lines=spec.kind == "textarea") for v in values)
    return [text for text in texts if text][:MANY_VALUES]


def refusal(spec: FieldSpec, values: Sequence[str]) -> str:
    """Return what is wrong with an answer in the words of forms, "" for nothing."""
    if spec.name.startswith(CONSENT):
        is_given = list(values) == [_YES]
        agree = _("Please agree, so that we can do this for you.")
        return agree if spec.required and not is_given else ""
    return str(problem_with(spec, list(values)))


def told(spec: FieldSpec, values: Sequence[str]) -> str:
    """Return an answer as the talk shows it."""
    if spec.kind == "checkbox":
        return _("Yes") if list(values) == [_YES] else _("No")
    return spec.told(list(values)) or _("(skipped)")


def asking(definition: Definition, answers: Given, spec: FieldSpec | None) -> list[str]:
    """Return what the bot says to ask ``spec``: texts in between first; at the end the thanks."""
    if spec is None:
        return [definition.success_message] if definition.success_message else []
    said: list[str] = []
    shown = shown_fields(definition, Fields(values={k: list(v) for k, v in answers.items()}))
    for part in shown:
        if part.name == spec.name:
            break
        if part.kind == NOTE:
            said.append("\n".join(text for text in (part.label, part.help) if text))
        elif part.is_answered and part.kind != HIDDEN:
            said = []
    return [*said, "\n".join(text for text in (spec.label, spec.help) if text)]


def hidden_values(definition: Definition, page_url: str) -> dict[str, str]:
    """Return the values of hidden fields: from the address of the page, else their default."""
    try:
        given = parse_qs(urlsplit(page_url).query)
    except ValueError:
        given = {}
    found = {}
    for spec in definition.fields:
        if spec.kind == HIDDEN:
            value = (given.get(spec.parameter) or [""])[0] or spec.default
            if text := clean_text(value, limit=limit_of(spec)):
                found[spec.name] = text
    return found


def clean_answers(definition: Definition, given: Any) -> dict[str, list[str]]:
    """Return those of the answers that a browser kept which can be taken."""
    if not isinstance(given, Mapping):
        return {}
    answers: dict[str, list[str]] = {}
    while (spec := next_question(definition, answers)) is not None and spec.name in given:
        listed = given[spec.name]
        values = clean_values(spec, [str(v) for v in listed] if isinstance(listed, list) else [])
        if refusal(spec, values):
            break
        answers[spec.name] = values
    return answers


@dataclass(frozen=True, slots=True)
class _Input:
    kind: str
    mode: str = ""


_INPUTS = {
    "email": _Input("email", "email"),
    "tel": _Input("tel", "tel"),
    "url": _Input("text", "url"),
    "number": _Input("text", "decimal"),
    "date": _Input("date"),
    "time": _Input("time"),
}
YES_NO: tuple[dict[str, Any], ...] = (
    {"value": _YES, "label": gettext_lazy("Yes")},
    {"value": "", "label": gettext_lazy("No")},
)


def choices_of(spec: FieldSpec) -> list[dict[str, str]]:
    """Return what there is to choose from, in the present language."""
    if spec.kind == "checkbox":
        return [{"value": item["value"], "label": str(item["label"])} for item in YES_NO]
    if spec.kind in SCALES:
        return [{"value": str(step), "label": str(step)} for step in SCALES[spec.kind]]
    return [dict(item) for item in spec.choices]


def to_json(spec: FieldSpec) -> dict[str, Any]:
    """Return a question as the window of visitors draws it.

    ``input`` is ``choice``, ``multi``, ``textarea`` or a type of HTML.
    """
    shape = _INPUTS.get(spec.kind, _Input("text"))
    choices = choices_of(spec)
    kind = "multi" if spec.kind == "multi" else "choice" if choices else shape.kind
    offer = BUILT_IN.get(spec.name)
    return {
        "name": spec.name,
        "label": spec.label,
        "input": "textarea" if spec.kind == "textarea" else kind,
        "mode": shape.mode,
        "autocomplete": offer.autocomplete if offer else "off",
        "placeholder": spec.placeholder,
        "limit": limit_of(spec),
        "choices": choices,
        "can_skip": not spec.required and spec.kind != "checkbox",
        "is_own": is_question(spec.name),
    }
