"""Who only gathers information in the story."""

from datetime import datetime, timedelta

from accounts.action import action
from accounts.actor import Actor
from leads.actions.editing import edit_lead
from leads.actions.information import mark_information
from leads.models import Lead
from leads.stages import Stage

DECLARED = 3


@action
def tell_information(*, by: Actor, until: datetime) -> None:
    """Let some leads say that they only gather information, and one tell it on the phone."""
    leads = Lead.objects.filter(is_sample=True, deleted_at=None, stage=Stage.LEAD)
    newest = list(leads.order_by("-last_activity_at", "-pk").values_list("pk", flat=True)[:10])
    at = until - timedelta(hours=2)
    for pk in newest[1 : DECLARED + 1]:
        edit_lead(pk, {"custom.only_information": True}, by=by, as_of=at)
    reason = "Vergleicht erst im nächsten Jahr, möchte bis dahin nur lesen."
    mark_information(newest[:1], is_only=True, reason=reason, by=by, as_of=at)
