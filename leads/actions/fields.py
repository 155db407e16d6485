"""Custom fields: what an organisation wants to know about its leads."""

import re
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.customfields import forget_fields
from leads.models import FieldDefinition, FieldType

# SECURITY: the key becomes a part of names, of addresses and of paths into JSON.
_KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")


@action
def save_field(
    field: FieldDefinition | None, values: dict[str, Any], *, by: Actor, as_of: datetime
) -> FieldDefinition:
    """Make or change a custom field; key and type are fixed once it exists.

    Raises ``DomainError`` for a key that is no plain word and for a type that there is not.
    """
    by.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    last = FieldDefinition.objects.aggregate(last=Max("position"))["last"] or 0
    target = field or FieldDefinition(position=last + 1)
    for name, value in values.items():
        if target.pk and name in {"key", "field_type"}:
            continue
        setattr(target, name, value)
    if not _KEY.fullmatch(str(target.key)):
        message = _("A key has small letters, digits and underscores, 50 at most.")
        raise DomainError("key_invalid", message, "key")
    if target.field_type not in FieldType.values:
        raise DomainError("type_unknown", _("There is no such type of field."), "field_type")
    target.save()
    forget_fields()
    return target
