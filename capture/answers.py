"""What a visitor answered, checked against the form. Needs no database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from capture.catalogue import MESSAGE, custom_key, limit_of, typed
from capture.definition import ConsentSpec, Definition, FieldSpec
from capture.reading import Fields
from ground.errors import DomainError
from leads.customfields import clean_value
from leads.normalise import clean_text

_TICKED = frozenset({"on", "1", "true", "yes", "ja"})
# Deliberately loose: addresses exist that break the RFC, and a lost lead is worse than an odd one.
_EMAIL = re.compile(r'^(?:"[^"\r\n]*"|[^\s@"][^\s@]*)@[^\s@]+$')

Message = str | Promise


@dataclass(slots=True)
class Answers:
    """The readable content of a submission.

    ``values`` are those of built-in lead fields, ``custom`` raw values of custom fields by key,
    ``consents`` the boxes that were ticked, ``errors`` what a person has to correct, by field.
    """

    values: dict[str, str] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
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
        return [text for text in [*free, *map(str, self.custom.values())] if text]


def read_answers(definition: Definition, fields: Fields) -> Answers:
    """Return the answers to the fields of ``definition``; everything else is left out."""
    answers = Answers()
    for spec in definition.fields:
        _read_field(spec, fields, answers)
    for consent in definition.consents:
        if fields.first(consent.name).strip().lower() in _TICKED:
            answers.consents.append(consent)
        elif consent.required:
            answers.errors[consent.name] = [_("Please agree, so that we can do this for you.")]
    if not (answers.email or answers.values.get("phone") or answers.errors):
        name = "email" if "email" in definition.field_names else "phone"
        answers.errors[name] = [_("Please tell us how we can reach you.")]
    return answers


def _read_field(spec: FieldSpec, fields: Fields, answers: Answers) -> None:
    given: str | list[str]
    if spec.kind == "multi":
        given = [text for text in (clean_text(v, limit=100) for v in fields.all(spec.name)) if text]
    else:
        given = _text(spec, fields.first(spec.name), answers)
    is_unticked = spec.kind == "checkbox" and str(given).lower() not in _TICKED
    if not given or is_unticked:
        if spec.required:
            answers.errors[spec.name] = [_("Please fill in this field.")]
        if not given:
            return
    try:
        _keep(spec, given, answers)
    except DomainError as error:
        answers.errors[spec.name] = [error.message]


def _text(spec: FieldSpec, raw: str, answers: Answers) -> str:
    limit = limit_of(spec)
    text = clean_text(raw, lines=spec.kind == "textarea")
    if len(text) > limit:
        answers.flags.add("value_truncated")
    return text[:limit].rstrip()


def _keep(spec: FieldSpec, given: str | list[str], answers: Answers) -> None:
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
