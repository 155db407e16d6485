"""Custom fields: what an organisation wants to know about its leads."""

from datetime import datetime
from typing import Any

from django.db.models import Max

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from leads.customfields import forget_fields
from leads.models import FieldDefinition


@action
def save_field(
    field: FieldDefinition | None, values: dict[str, Any], *, by: Actor, as_of: datetime
) -> FieldDefinition:
    """Make or change a custom field; key and type are fixed once it exists."""
    by.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    last = FieldDefinition.objects.aggregate(last=Max("position"))["last"] or 0
    target = field or FieldDefinition(position=last + 1)
    for name, value in values.items():
        if target.pk and name in {"key", "field_type"}:
            continue
        setattr(target, name, value)
    target.save()
    forget_fields()
    return target
