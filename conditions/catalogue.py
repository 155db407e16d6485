"""Everything that the builder needs to know, in the language of the reader."""

from typing import Any

from django.utils.translation import gettext as _

from conditions.operators import OPS, Kind, Period
from conditions.registry import Choice, Field, Param, Snapshot
from conditions.tree import MAX_DEPTH, MAX_LEAVES
from conditions.values import to_jsonable


def catalogue(snapshot: Snapshot, *, is_personal: bool = False) -> dict[str, Any]:
    """Return the fields, operators, choices and words of the builder as JSON.

    What is no longer offered is marked and not left out, so that a condition that uses it can be
    shown. ``is_personal`` includes operators such as *is me*.
    """
    fields = snapshot.fields()
    return {
        "fields": {field.name: _field(field, snapshot, is_personal) for field in fields},
        "groups": [
            {"label": label, "fields": [f.name for f in fields if str(f.group) == label]}
            for label in dict.fromkeys(str(field.group) for field in fields)
        ],
        "ops": {name: _op(name) for name in OPS},
        "periods": [{"value": period.value, "label": str(period.label)} for period in Period],
        "limits": {"depth": MAX_DEPTH, "leaves": MAX_LEAVES},
        "words": _words(),
    }


def _field(field: Field, snapshot: Snapshot, is_personal: bool) -> dict[str, Any]:
    choices = snapshot.choices(field).values()
    return {
        "label": str(field.label),
        "kind": field.kind.value,
        "ops": [name for name in field.operators if is_personal or not OPS[name].is_personal],
        "params": [_param(field, param, snapshot) for param in field.parameters],
        "choices": [_choice(choice) for choice in choices],
        "isOpen": field.is_open or field.kind not in (Kind.CHOICE, Kind.CHOICES),
        "isWhole": field.is_whole,
        "start": True if field.kind is Kind.BOOLEAN else to_jsonable(field.start),
        "isOffered": field.is_offered,
        "hint": str(field.hint),
    }


def _param(field: Field, param: Param, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "name": param.name,
        "label": str(param.label),
        "kind": param.kind.value,
        "choices": [_choice(choice) for choice in snapshot.choices(field, param).values()],
        "isRequired": param.is_required,
        "lowest": param.lowest,
        "highest": param.highest,
        "onlyFor": list(param.only_for),
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {"value": choice.value, "label": str(choice.label), "isOffered": choice.is_offered}


def _op(name: str) -> dict[str, str]:
    op = OPS[name]
    opposite = op.of or next((other.name for other in OPS.values() if other.of == name), "")
    return {"label": str(op.label), "takes": op.takes.value, "opposite": opposite}


def _words() -> dict[str, str]:
    return {
        "all": _("all of these apply"),
        "any": _("at least one of these applies"),
        "none": _("none of these applies"),
        "group": _("Which of the conditions must hold"),
        "and": _("and"),
        "or": _("or"),
        "nor": _("nor"),
        "field": _("What is asked"),
        "op": _("How it is compared"),
        "value": _("Value"),
        "from": _("from"),
        "to": _("to"),
        "days": _("days"),
        "yes": _("yes"),
        "no": _("no"),
        "choose": _("Choose…"),
        "add": _("Add…"),
        "addCondition": _("Condition"),
        "addGroup": _("Group"),
        "remove": _("Remove"),
        "removeGroup": _("Remove the group"),
        "everyone": _("No condition: everyone is meant."),
        "nothing": _("No condition."),
        "unknown": _("unknown"),
        "condition": _("Condition {number}"),
        "several": _("Type, then Enter"),
    }
