"""What is said about single rows: stored as codes, told in the language of whoever reads it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from capture.imports.models import ImportRow
from leads.activities import column_label
from leads.customfields import VALUE_MISFIT, definitions
from leads.identification import CONTACTS, IDENTIFIER_TAKEN
from leads.models import FieldDefinition

_TEXTS = {
    "total": _("A row of totals."),
    "contact_missing": _("No e-mail address, phone number, address or id in this row."),
    "row_unreadable": _("A value in this row cannot be stored."),
    "note_too_long": _("This note is too long."),
    "same_person": _("The same person as in row %(number)s."),
    "undo_gone": _("You do not see this lead any more."),
    "undo_touched": _("Somebody has worked with this lead since."),
    "undo_changed": _("The field %(field)s was changed since."),
    "identifier_taken": IDENTIFIER_TAKEN,
    "custom_value": VALUE_MISFIT,
    **{f"{name}_invalid": text for name, text in CONTACTS.items()},
}


def problem(code: str, message: Any = "", field: str = "", **values: Any) -> dict[str, Any]:
    """Return what is stored about a row; ``message`` only counts for a code without a text here."""
    stored = {"code": code, "field": field, **({"values": values} if values else {})}
    return stored if code in _TEXTS else stored | {"message": str(message)}


def tell(rows: Iterable[ImportRow]) -> Iterator[tuple[ImportRow, str]]:
    """Yield each row with what is said about it, in the reader's language."""
    known = definitions()
    for row in rows:
        yield row, " ".join(_told(item, known) for item in row.problems)


def _told(stored: Mapping[str, Any], known: Mapping[str, FieldDefinition]) -> str:
    text = _TEXTS.get(stored["code"])
    if text is None or "message" in stored:
        return str(stored.get("message", stored["code"]))
    definition = known.get(stored["field"])
    shown = {"field": definition.label if definition else column_label(stored["field"])}
    told: str = str(text) % (shown | stored.get("values", {}))
    return told
