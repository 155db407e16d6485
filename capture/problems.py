"""What stands against publishing a form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from capture.definition import MAX_CONSENTS, MAX_FIELDS, Definition
from capture.models.forms import FormKind
from capture.own_css import read_css
from capture.questions import CHOICE_KINDS, HIDDEN, LAYOUT, is_question
from ground.errors import DomainError
from leads.models import ConsentChannel, ConsentPurpose

_UNLABELLED = LAYOUT | {HIDDEN}
# Kinds after which mail follows: they need a consent to send it (S33).
MAILING_KINDS = frozenset({FormKind.NEWSLETTER, FormKind.DOWNLOAD, FormKind.WEBINAR})


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a form cannot be published; ``field`` names the part of the definition."""

    code: str
    field: str
    message: str | Promise


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
        *_question_problems(definition),
        *_consent_problems(definition, kind),
        *_theme_problems(definition),
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
    at_first = {spec.name for spec in definition.fields if not spec.later}
    if not {"email", "phone"} & at_first:
        message = _("Ask for an e-mail address or a phone number, else nobody can answer.")
        found.append(Problem("contact_missing", "fields", message))
    if len(set(names)) != len(names) or len(names) > MAX_FIELDS:
        most = _("Use each field once, and at most %(count)s fields.") % {"count": MAX_FIELDS}
        found.append(Problem("fields_repeated", "fields", most))
    for spec in definition.fields:
        if spec.name not in known_fields and not is_question(spec.name):
            gone = _("The field “%(name)s” does not exist any more.") % {"name": spec.name}
            found.append(Problem("field_unknown", "fields", gone))
        elif not spec.label and spec.kind not in _UNLABELLED:
            found.append(Problem("label_missing", "fields", _("Give every field a label.")))
    return found


def _question_problems(definition: Definition) -> list[Problem]:
    found: list[Problem] = []
    before: set[str] = set()
    at_first: set[str] = set()
    for spec in definition.fields:
        label = spec.label or spec.name
        if spec.kind in CHOICE_KINDS and not spec.choices:
            empty = _("Give “%(label)s” something to choose from.") % {"label": label}
            found.append(Problem("choices_missing", "fields", empty))
        there = before if spec.later else at_first
        if spec.show_if is not None and spec.show_if.field not in there:
            lost = _("“%(label)s” depends on a field that does not come before it.")
            found.append(Problem("condition_lost", "fields", lost % {"label": label}))
        before.add(spec.name)
        if not spec.later:
            at_first.add(spec.name)
        if spec.later and spec.name in {"email", "message"}:
            never = _("“%(label)s” cannot be asked later.") % {"label": label}
            found.append(Problem("never_later", "fields", never))
    return found


def _theme_problems(definition: Definition) -> list[Problem]:
    return [
        Problem(
            "css_refused", "theme", _("This CSS cannot be used here: %(line)s") % {"line": line}
        )
        for line in read_css(definition.theme.css).refused[:3]
    ]


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
