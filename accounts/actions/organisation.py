from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts import audit, events
from accounts.action import action
from accounts.actor import Actor
from accounts.changes import assign
from accounts.memo import forget
from accounts.models import Organisation
from accounts.models.organisation import ONLY
from accounts.rights import Right
from ground import days

FIELDS = frozenset(
    field.name for field in Organisation._meta.concrete_fields if not field.primary_key
)


@action
def change_organisation(values: Mapping[str, Any], *, by: Actor, as_of: datetime) -> Organisation:
    """Set ``values`` on the organisation and leave its other fields as they are.

    Raises ``ValueError`` for a name that is no field of it.
    """
    by.require(Right.SETTINGS_MANAGE)
    unknown = values.keys() - FIELDS
    if unknown:
        raise ValueError(f"No fields of the organisation: {', '.join(sorted(unknown))}")
    Organisation.objects.bulk_create([Organisation()], ignore_conflicts=True)
    organisation = Organisation.objects.select_for_update().get(pk=ONLY)
    changed = assign(organisation, values)
    if changed:
        organisation.save(update_fields=list(changed))
        forget("organisation")
        days.forget()
        audit.record(events.ORGANISATION_CHANGED, by=by, as_of=as_of, data=changed)
    return organisation
