"""The handles by which somebody who left no address is found and answered."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record
from leads.activities import LEAD_HANDLE_ADDED
from leads.models import Identifier, IdentifierKind, Lead
from leads.normalise import clean_text, normalise_name


@action
def add_chat_handle(lead_id: int, handle: str, *, by: Actor, as_of: datetime) -> bool:
    """Note a chat handle as one more way to find a lead; False where the lead has it already.

    ``handle`` carries its service in front: ``whatsapp:ada``. Raises ``DomainError``
    (``lead_missing``, ``identifier_taken`` for the handle of another lead).
    """
    by.require(Right.LEADS_EDIT)
    lead = lock_leads([lead_id]).select_related(None).first()
    if lead is None or not Lead.objects.visible_to(by).filter(pk=lead_id).exists():
        raise DomainError("lead_missing", _("This lead is not there any more."))
    value = clean_text(handle, limit=200)
    row, is_new = Identifier.objects.get_or_create(
        kind=IdentifierKind.CHAT,
        normalised=normalise_name(value),
        defaults={"lead": lead, "value": value, "created_at": as_of},
    )
    if row.lead_id != lead.pk:
        raise DomainError(
            "identifier_taken", _("Another lead has this already."), field="chat_handle"
        )
    if not is_new:
        return False
    lead.updated_at = as_of
    lead.version += 1
    lead.save(update_fields=["updated_at", "version"])
    record([NewActivity(lead.pk, LEAD_HANDLE_ADDED, as_of, {"text": value})], by=by, as_of=as_of)
    return True
