"""What a visitor answered, checked against the form. Needs no database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from capture.catalogue import MESSAGE, custom_key, limit_of, typed
from capture.definition import ConsentSpec, Definition, FieldSpec, ShowIf
from capture.questions import FILE, HIDDEN, SCALES, is_question
from capture.reading import Fields
from ground.errors import DomainError
from leads.customfields import clean_value, read_number
from leads.normalise import clean_text

_TICKED = frozenset({"on", "1", "true", "yes", "ja"})
# Deliberately loose: addresses exist that break the RFC, and a lost lead is worse than an odd one.
_EMAIL = re.compile(r'^(?:"[^"\r\n]*"|[^\s@"][^\s@]*)@[^\s@]+$')

_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
# SECURITY: what a browser shows as a page of ours, or a system runs, is not taken.
FILE_TYPES = frozenset(
    {"pdf", "png", "jpg", "jpeg", "gif", "webp", "heic", "txt", "csv", "rtf", "zip"}
    | {"doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "dwg", "step", "stp"}
)

Message = str | Promise


@dataclass(slots=True)
class Answers:
    """The readable content of a submission.

    ``values`` are those of built-in lead fields, ``custom`` raw values of custom fields by key,
    ``own`` the answers to own questions by name, ``consents`` the boxes that were ticked,
    ``errors`` what a person has to correct, by field.
    """

    values: dict[str, str] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    own: dict[str, str | list[str]] = field(default_factory=dict)
    message: str = ""
    company: str = ""
    consents: list[ConsentSpec] = field(default_factory=list)
    errors: dict[str, list[Message]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    @property
    def email(self) -> str:
        """The address as it was entered, or ""."""
        return self.values.get("email", "")

    @property
    def texts(self) -> list[str]:
        """Everything that was written freely."""
        free = [*self.values.values(), self.company, self.message]
        said = [*self.custom.values(), *self.own.values()]
        return [text for text in [*free, *map(str, said)] if text]


def read_answers(definition: Definition, fields: Fields, *, is_known: bool = False) -> Answers:
    """Return the answers to the fields of ``definition``; everything else is left out.

    So is what belongs to a field that the other answers hide, whatever the browser sent. Somebody
    who ``is_known`` need not say how they are reached.
    """
    answers = Answers()
    for spec in shown_fields(definition, fields):
        if spec.kind == FILE:
            _read_files(spec, fields, answers)
        elif spec.is_answered:
            _read_field(spec, fields, answers)
    if set(fields.files) - set(answers.own):
        answers.flags.add("files_ignored")
    for consent in definition.consents:
        if fields.first(consent.name).strip().lower() in _TICKED:
            answers.consents.append(consent)
        elif consent.required:
            answers.errors[consent.name] = [_("Please agree, so that we can do this for you.")]
    if not (is_known or answers.email or answers.values.get("phone") or answers.errors):
        name = "email" if "email" in definition.field_names else "phone"
        answers.errors[name] = [_("Please tell us how we can reach you.")]
    return answers


def shown_fields(definition: Definition, fields: Fields) -> list[FieldSpec]:
    """Return the fields whose condition holds; one that is hidden itself decides nothing."""
    shown: dict[str, FieldSpec] = {}
    for spec in definition.fields:
        if spec.show_if is None or _holds(spec.show_if, shown, fields):
            shown[spec.name] = spec
    return list(shown.values())


def _holds(condition: ShowIf, shown: Mapping[str, FieldSpec], fields: Fields) -> bool:
    asked = shown.get(condition.field)
    if asked is None:
        return False
    given = [text for value in fields.all(condition.field) if (text := clean_text(value))]
    if asked.kind == "checkbox":
        given = [text for text in given if text.lower() in _TICKED]
    return any(text in condition.values for text in given) if condition.values else bool(given)


def _read_field(spec: FieldSpec, fields: Fields, answers: Answers) -> None:
    given: str | list[str]
    if spec.kind == "multi":
        given = [text for text in (clean_text(v, limit=100) for v in fields.all(spec.name)) if text]
    else:
        given = _text(spec, fields.first(spec.name) or _unasked(spec), answers)
    is_unticked = spec.kind == "checkbox" and str(given).lower() not in _TICKED
    if not given or is_unticked:
        if spec.required and spec.kind != HIDDEN:
            answers.errors[spec.name] = [_("Please fill in this field.")]
        if not given:
            return
    try:
        _keep(spec, given, answers)
    except DomainError as error:
        answers.errors[spec.name] = [error.message]


def problem_with(spec: FieldSpec, given: list[str]) -> Message:
    """Return what is wrong with an answer to one field alone, "" for nothing."""
    answers = Answers()
    _read_field(spec, Fields(values={spec.name: given}), answers)
    return answers.errors.get(spec.name, [""])[0]


def _read_files(spec: FieldSpec, fields: Fields, answers: Answers) -> None:
    files = [file for file in fields.files.get(spec.name, []) if file.name and file.size]
    if not files:
        if spec.required:
            answers.errors[spec.name] = [_("Please add a file.")]
        return
    if refused := [file.name for file in files if extension(file.name) not in FILE_TYPES]:
        message = _("“%(name)s” is of a kind that we do not take. Please send a PDF or a picture.")
        answers.errors[spec.name] = [message % {"name": refused[0]}]
        return
    answers.own[spec.name] = [file.name for file in files]


def extension(name: str) -> str:
    """Return the last part of a file name in lower case."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def _text(spec: FieldSpec, raw: str, answers: Answers) -> str:
    limit = limit_of(spec)
    text = clean_text(raw, lines=spec.kind == "textarea")
    if len(text) > limit:
        answers.flags.add("value_truncated")
    return text[:limit].rstrip()


def _keep(spec: FieldSpec, given: str | list[str], answers: Answers) -> None:
    if is_question(spec.name):
        if said := _own_answer(spec, given):
            answers.own[spec.name] = said
        return
    key = custom_key(spec)
    if key:
        clean_value(typed(spec), given)
        answers.custom[key] = given
        return
    text = str(given)
    if spec.kind == "email" and not _EMAIL.match(text):
        raise DomainError(
            "email_invalid", _("Please enter an e-mail address like name@example.org.")
        )
    if spec.name == MESSAGE:
        answers.message = text
    elif spec.name == "company":
        answers.company = text
    elif spec.name == "country":
        answers.values["country"] = text.upper()
    elif spec.name == "website" and "://" not in text:
        answers.values["website"] = f"https://{text}"
    else:
        answers.values[spec.name] = text


def _unasked(spec: FieldSpec) -> str:
    return spec.default if spec.kind == HIDDEN else ""


def _own_answer(spec: FieldSpec, given: str | list[str]) -> str | list[str]:
    """Return the answer to an own question as it is kept; raises ``DomainError``."""
    if spec.kind == "time":
        if not _TIME.match(str(given)):
            raise DomainError("time_invalid", _("Please give a time like 14:30."))
        return str(given)
    if spec.kind in {"text", "textarea", HIDDEN}:
        return given
    value = clean_value(typed(spec), given)
    if spec.kind in SCALES and value not in SCALES[spec.kind]:
        raise DomainError("off_scale", _("Please choose one of the values on the scale."))
    if spec.kind == "number":
        _check_bounds(spec, Decimal(str(value)))
    if spec.kind == "checkbox":
        return "on" if value else ""
    return value if isinstance(value, list) else str(value)


def _check_bounds(spec: FieldSpec, value: Decimal) -> None:
    lowest, highest = (number_or_none(text) for text in (spec.minimum, spec.maximum))
    if lowest is not None and value < lowest:
        least = _("Please enter %(number)s or more.") % {"number": localize(lowest)}
        raise DomainError("too_small", least)
    if highest is not None and value > highest:
        most = _("Please enter %(number)s or less.") % {"number": localize(highest)}
        raise DomainError("too_large", most)


def number_or_none(text: str) -> Decimal | None:
    """Return the number in ``text``, None where there is none."""
    try:
        return read_number(text) if text else None
    except ArithmeticError:
        return None


def entered_values(definition: Definition, fields: Fields) -> Mapping[str, Any]:
    """Return what was entered, by name, so that the form can be shown again with it."""
    shown: dict[str, Any] = {}
    for spec in definition.fields:
        shown[spec.name] = (
            fields.all(spec.name) if spec.kind == "multi" else fields.first(spec.name)
        )
    for consent in definition.consents:
        shown[consent.name] = fields.first(consent.name).strip().lower() in _TICKED
    return shown
