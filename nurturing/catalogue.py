"""What can be put into a mail about its reader: the tokens, their labels and their values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import formats, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from leads.customfields import definitions
from leads.models import FieldDefinition, FieldType, Lead

CUSTOM = "custom."


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a mail is put together, and who sends it."""

    lead: Lead
    organisation: Organisation
    language: str


@dataclass(frozen=True, slots=True)
class Token:
    """One thing that a mail can say: ``read`` returns it as text, "" where it is not known."""

    name: str
    label: str | Promise
    read: Callable[[Reader], str]


_TOKENS: dict[str, Token] = {}
# Tokens that come and go, by what their names begin with.
_SOURCES: dict[str, Callable[[], list[Token]]] = {}
# Tokens whose values belong to one mail; ``nurturing.compose`` sets them.
OF_THE_MAIL = {
    "unsubscribe_link": _("Unsubscribe link"),
    "imprint": _("Imprint"),
}


def register_token(name: str, label: str | Promise, read: Callable[[Reader], str]) -> None:
    """Offer a token to everybody who writes mails; upper apps add theirs."""
    if name in _TOKENS or name in OF_THE_MAIL:
        raise ValueError(f"The token {name} exists twice.")
    _TOKENS[name] = Token(name, label, read)


def register_source(prefix: str, found: Callable[[], list[Token]]) -> None:
    """Offer the tokens that ``found`` returns, whose names begin with ``prefix``."""
    _SOURCES[prefix] = found


def tokens() -> list[Token]:
    """Return every token about a lead, the fields of the organisation's own included.

    SECURITY: sensitive custom fields cannot be mailed.
    """
    own = [_custom_token(item) for item in definitions().values() if not item.is_sensitive]
    more = [token for found in _SOURCES.values() for token in found()]
    return [*_TOKENS.values(), *more, *own]


def known_names() -> set[str]:
    """Return the names that a mail may use."""
    return {token.name for token in tokens()} | set(OF_THE_MAIL)


def values_for(reader: Reader, names: Iterable[str]) -> dict[str, str]:
    """Return the value of each token in ``names`` for one reader; unknown names are left out."""
    wanted = set(names)
    offered = dict(_TOKENS)
    if any(name.startswith(CUSTOM) for name in wanted):
        offered = {token.name: token for token in tokens()}
    else:
        for prefix, found in _SOURCES.items():
            if any(name.startswith(prefix) for name in wanted):
                offered |= {token.name: token for token in found()}
    with translation.override(reader.language):
        return {name: offered[name].read(reader) for name in wanted if name in offered}


def _custom_token(item: FieldDefinition) -> Token:
    return Token(
        f"{CUSTOM}{item.key}",
        item.label,
        lambda reader: _custom_text(item, reader.lead.custom.get(item.key)),
    )


def _custom_text(item: FieldDefinition, value: Any) -> str:
    match item.field_type:
        case _ if value is None:
            return ""
        case FieldType.BOOLEAN:
            return str(_("yes") if value else _("no"))
        case FieldType.NUMBER:
            return formats.number_format(Decimal(str(value)), force_grouping=True)
        case FieldType.DATE:
            return formats.date_format(date.fromisoformat(str(value)))
        case FieldType.CHOICE | FieldType.MULTI_CHOICE:
            return _chosen(item, value if isinstance(value, list) else [value])
    return str(value)


def _chosen(item: FieldDefinition, values: list[Any]) -> str:
    language = (translation.get_language() or "en")[:2]
    labels: Mapping[str, str] = {
        str(choice["value"]): str(choice.get(language) or choice["value"])
        for choice in item.choices
    }
    return ", ".join(labels.get(str(value), str(value)) for value in values)


_FEMALE = {"frau", "ms", "ms.", "mrs", "mrs.", "miss", "f", "female", "weiblich"}
_MALE = {"herr", "herrn", "mr", "mr.", "m", "male", "männlich"}


def greeting(reader: Reader) -> str:
    """Return how to begin a letter: by name where it is known, else without."""
    lead, is_formal = reader.lead, reader.organisation.form_of_address == "sie"
    word = lead.salutation.strip().casefold()
    if reader.language.startswith("de"):
        if not is_formal:
            return f"Hallo {lead.first_name}".strip()
        if lead.last_name and word in _FEMALE:
            return f"Sehr geehrte Frau {lead.last_name}"
        if lead.last_name and word in _MALE:
            return f"Sehr geehrter Herr {lead.last_name}"
        return f"Guten Tag {lead.full_name}".strip()
    if not is_formal or not lead.last_name:
        return f"Hello {lead.first_name}".strip()
    title = {True: "Ms ", False: ""}[word in _FEMALE] or {True: "Mr ", False: ""}[word in _MALE]
    return f"Dear {title}{lead.last_name if title else lead.full_name}"


def _owner(reader: Reader) -> User | None:
    return reader.lead.owner


def _column(name: str) -> Callable[[Reader], str]:
    return lambda reader: str(getattr(reader.lead, name))


for _name, _label in (
    ("first_name", _("First name")),
    ("last_name", _("Last name")),
    ("full_name", _("First and last name")),
    ("salutation", _("Salutation")),
):
    register_token(_name, _label, _column(_name))
register_token("greeting", _("Greeting (Dear Ms Smith)"), greeting)
for _name, _label in (
    ("email", _("E-mail")),
    ("phone", _("Phone")),
    ("job_title", _("Job title")),
    ("street", _("Street")),
    ("postal_code", _("Postal code")),
    ("city", _("City")),
    ("country", _("Country")),
):
    register_token(_name, _label, _column(_name))
register_token(
    "company",
    _("Company"),
    lambda reader: reader.lead.company.name if reader.lead.company else "",
)
register_token(
    "owner_name",
    _("Name of the owner"),
    lambda reader: owner.display_name if (owner := _owner(reader)) else "",
)
register_token(
    "owner_phone",
    _("Phone of the owner"),
    lambda reader: owner.phone if (owner := _owner(reader)) else "",
)
register_token(
    "owner_email",
    _("E-mail of the owner"),
    lambda reader: owner.email if (owner := _owner(reader)) else "",
)
register_token(
    "organisation", _("Name of the organisation"), lambda reader: reader.organisation.name
)
