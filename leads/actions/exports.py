"""Taking leads out of the house."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right

EXPORTED = audit.register_event("leads.exported", _("Leads exported"))


@action
def note_export(query: str, count: int, *, by: Actor, as_of: datetime) -> None:
    """Check the right to export and log who takes which leads."""
    by.require(Right.LEADS_EXPORT)
    audit.record(EXPORTED, by=by, as_of=as_of, data={"query": query[:2000], "count": count})
