"""Custom fields: typed when they are written, so that conditions can trust them."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.memo import forget, memo
from accounts.rights import Right
from ground.errors import DomainError
from leads.models import FieldDefinition, FieldType, Lead
from leads.normalise import clean_text

_YES = {"1", "true", "yes", "y", "ja", "j", "on", "x", "wahr"}
_NO = {"0", "false", "no", "n", "nein", "off", "falsch"}
VALUE_MISFIT = _("“%(value)s” does not fit the field %(field)s.")


# Who works with leads reads what is marked as sensitive; who only looks on does not.
READS_SENSITIVE = Right.LEADS_EDIT


def sensitive_keys() -> frozenset[str]:
    """Return the keys of the fields that are marked as sensitive, in use or not."""
    return frozenset(field.key for field in all_fields() if field.is_sensitive)


def hidden_keys(actor: Actor) -> frozenset[str]:
    """Return the keys of the custom fields that ``actor`` may not read; one query at most."""
    return frozenset() if actor.may(READS_SENSITIVE) else sensitive_keys()


def readable_custom(lead: Lead, hidden: Collection[str]) -> dict[str, Any]:
    """Return the custom fields of ``lead`` without the ``hidden_keys`` of the reader."""
    return {key: value for key, value in lead.custom.items() if key not in hidden}


def all_fields() -> list[FieldDefinition]:
    """Return the custom fields, in use or not; read once in each request."""
    return memo("custom fields", lambda: list(FieldDefinition.objects.all()))


def forget_fields() -> None:
    """Read the custom fields anew at their next use; whoever changes them calls this."""
    forget("custom fields")


def definitions() -> dict[str, FieldDefinition]:
    """Return the custom fields in use, by key."""
    return {field.key: field for field in all_fields() if field.is_active}


def clean_custom(
    values: Mapping[str, Any], known: Mapping[str, FieldDefinition]
) -> tuple[dict[str, Any], dict[str, DomainError]]:
    """Return the typed values of known fields and the errors of those that cannot be read.

    Blank values and unknown keys are left out of both.
    """
    cleaned: dict[str, Any] = {}
    errors: dict[str, DomainError] = {}
    for key, raw in values.items():
        definition = known.get(key)
        if definition is None or raw is None or raw in ("", []):
            continue
        try:
            cleaned[key] = clean_value(definition, raw)
        except DomainError as error:
            errors[key] = error
    return cleaned, errors


def shown_custom(lead: Lead, actor: Actor) -> list[tuple[str, str]]:
    """Return label and value of each custom field that the lead has, as ``actor`` may see them."""
    readable = readable_custom(lead, hidden_keys(actor))
    return [
        (definition.label, _shown(definition, readable[key]))
        for key, definition in definitions().items()
        if key in readable
    ]


def _shown(definition: FieldDefinition, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list):
        return ", ".join(definition.choice_label(item) for item in value)
    if isinstance(value, int | float):
        return number_format(value, use_l10n=True, force_grouping=True)
    return definition.choice_label(value)


def clean_value(definition: FieldDefinition, raw: Any) -> Any:
    """Return ``raw`` as the JSON type of the field.

    Raises ``DomainError`` with code ``custom_value`` and the field's key.
    """
    try:
        return _READERS[definition.field_type](raw, definition)
    except (ValueError, ArithmeticError, ValidationError, TypeError) as error:
        shown = clean_text(str(raw), limit=60)
        raise DomainError(
            "custom_value",
            VALUE_MISFIT % {"value": shown, "field": definition.label},
            field=definition.key,
            details={"value": shown},
        ) from error


def _text(raw: Any, definition: FieldDefinition) -> str:
    is_long = definition.field_type == FieldType.LONG_TEXT
    return clean_text(str(raw), limit=10_000 if is_long else 500, lines=is_long)


def read_number(text: str) -> Decimal:
    """Return the number in ``text``, written the German or the English way.

    The last separator is the decimal one, except where it groups thousands: ``1.234`` and
    ``1,234`` are 1234. Raises ``decimal.InvalidOperation``.
    """
    text = text.replace(" ", "").replace("\u00a0", "").replace("'", "")
    comma, dot = text.rfind(","), text.rfind(".")
    if comma >= 0 and dot >= 0:
        decimal_sign = "," if comma > dot else "."
    else:
        sign = "," if comma >= 0 else "."
        groups = text.lstrip("+-").split(sign)
        grouped = len(groups) > 1 and groups[0].isdigit() and groups[0] != "0"
        grouped = grouped and len(groups[0]) <= 3 and all(len(part) == 3 for part in groups[1:])
        decimal_sign = "" if grouped else sign
    for sign in ",.":
        if sign != decimal_sign:
            text = text.replace(sign, "")
    number = Decimal(text.replace(",", "."))
    if not number.is_finite():
        raise InvalidOperation
    return number


def _number(raw: Any, definition: FieldDefinition) -> int | float:
    if isinstance(raw, bool):
        raise ValueError(raw)
    number = Decimal(str(raw)) if isinstance(raw, int | float) else read_number(str(raw))
    if not number.is_finite() or abs(number) > Decimal("1e15"):
        raise ValueError(raw)
    return int(number) if number == number.to_integral_value() else float(number)


def _boolean(raw: Any, definition: FieldDefinition) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(raw)


def _date(raw: Any, definition: FieldDefinition) -> str:
    if isinstance(raw, date):
        return raw.isoformat()[:10]
    text = str(raw).strip()
    parts = text.split(".")
    if len(parts) == 3 and len(parts[2]) == 4:
        return date(int(parts[2]), int(parts[1]), int(parts[0])).isoformat()
    moment = parse_datetime(text)
    day = moment.date() if moment else parse_date(text)
    if day is None:
        raise ValueError(raw)
    return day.isoformat()


def _choice(raw: Any, definition: FieldDefinition) -> str:
    wanted = str(raw).strip().casefold()
    for choice in definition.choices:
        if wanted in {str(choice.get(name, "")).casefold() for name in ("value", "de", "en")}:
            return str(choice["value"])
    raise ValueError(raw)


def _multi_choice(raw: Any, definition: FieldDefinition) -> list[str]:
    parts = raw if isinstance(raw, list | tuple) else str(raw).replace(";", ",").split(",")
    return sorted({_choice(part, definition) for part in parts if str(part).strip()})


def _url(raw: Any, definition: FieldDefinition) -> str:
    text = clean_text(str(raw), limit=500)
    URLValidator(schemes=["http", "https"])(text)
    return text


_READERS: dict[str, Callable[[Any, FieldDefinition], Any]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.MULTI_CHOICE: _multi_choice,
    FieldType.URL: _url,
}
