"""The organisation's own fields as fields of conditions: ``custom.<key>``."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from conditions import json_columns
from conditions.operators import OPS_OF_KIND, Kind
from conditions.registry import Choice, ChoiceLoader, Field, Ref, Snapshot
from leads.customfields import READS_SENSITIVE, all_fields
from leads.models import FieldDefinition, FieldType

PREFIX = "custom."
GROUP = _("Own fields")
_TYPES = {
    FieldType.TEXT: (Kind.TEXT, json_columns.text),
    FieldType.LONG_TEXT: (Kind.TEXT, json_columns.text),
    FieldType.URL: (Kind.TEXT, json_columns.text),
    FieldType.NUMBER: (Kind.NUMBER, json_columns.number),
    FieldType.BOOLEAN: (Kind.BOOLEAN, json_columns.boolean),
    FieldType.DATE: (Kind.DATE, json_columns.day),
    FieldType.CHOICE: (Kind.CHOICE, json_columns.choice),
    FieldType.MULTI_CHOICE: (Kind.CHOICES, json_columns.members),
}


def _in_language(german: str, english: str) -> str:
    return german if (get_language() or "").startswith("de") else english


# Chosen when it is read: a condition may be described in another language than it was loaded in.
in_language: Callable[[str, str], Any] = lazy(_in_language, str)


def load_fields(_snapshot: Snapshot) -> Iterable[Field]:
    """Load every custom field in one query; one out of use works where it is used."""
    for definition in all_fields():
        kind, test = _TYPES[FieldType(definition.field_type)]
        ops = OPS_OF_KIND[kind]
        yield Field(
            name=f"{PREFIX}{definition.key}",
            label=in_language(definition.label_de, definition.label_en),
            group=GROUP,
            kind=kind,
            ops=(*ops, "is_not", "is_set", "is_empty") if kind is Kind.BOOLEAN else ops,
            choices=_choices(definition) if definition.choices else None,
            is_offered=definition.is_active,
            readable_by=READS_SENSITIVE if definition.is_sensitive else "",
            ref=Ref("custom", definition.key),
            test=test("custom", definition.key),
        )


def _choices(definition: FieldDefinition) -> ChoiceLoader:
    loaded = [
        Choice(value, in_language(item.get("de") or value, item.get("en") or value), value)
        for item in definition.choices
        for value in [str(item["value"])]
    ]
    return lambda _snapshot: loaded
