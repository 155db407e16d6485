"""Who only gathers information in the story, and how many leads its stages should hold."""

from datetime import datetime, timedelta

from accounts.action import action
from accounts.actor import Actor
from leads.actions.editing import edit_lead
from leads.actions.information import mark_information
from leads.actions.targets import Target, set_targets
from leads.models import Lead
from leads.stages import Stage

DECLARED = 3


TARGETS: dict[str, Target] = {
    Stage.SUBSCRIBER: Target(stock=180),
    Stage.LEAD: Target(stock=1000, inflow=35),
    Stage.MQL: Target(stock=60, inflow=22),
    Stage.OPPORTUNITY: Target(stock=30),
}


@action
def tell_information(*, by: Actor, until: datetime) -> None:
    """Let some leads say that they only gather information, one tell it on the phone.

    Marketing has set itself targets, too.
    """
    leads = Lead.objects.filter(is_sample=True, deleted_at=None, stage=Stage.LEAD)
    newest = list(leads.order_by("-last_activity_at", "-pk").values_list("pk", flat=True)[:10])
    at = until - timedelta(hours=2)
    for pk in newest[1 : DECLARED + 1]:
        edit_lead(pk, {"custom.only_information": True}, by=by, as_of=at)
    reason = "Vergleicht erst im nächsten Jahr, möchte bis dahin nur lesen."
    set_targets(TARGETS, by=by, as_of=at, is_sample=True)
    mark_information(newest[:1], is_only=True, reason=reason, by=by, as_of=at)
