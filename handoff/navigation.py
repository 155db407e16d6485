from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.rights import Right
from ground.navigation import Entry, register_entry
from ground.palette import Command, Hit, Source, register_command, register_source
from handoff.models import Opportunity

ENTRIES = (
    (_("Queue"), "queue", "inbox", Right.HANDOFF_WORK),
    (_("Team"), "team_queue", "users-group", Right.HANDOFF_DISTRIBUTE),
    (_("Handed over"), "handoff_list", "send", Right.HANDOFF_GIVE),
    (_("Tasks"), "task_list", "checklist", Right.HANDOFF_WORK),
    (_("Meetings"), "meeting_list", "calendar-event", Right.LEADS_READ),
    (_("Deals"), "deal_board", "briefcase", Right.DEALS_READ),
    (_("Without next step"), "watchdog", "alert-triangle", Right.HANDOFF_WORK),
    (_("Agreement"), "agreement", "file-check", Right.HANDOFF_WORK),
    (_("Assignment"), "assignment_rules", "route", Right.ASSIGNMENT_MANAGE),
    (_("Absences"), "absences", "beach", Right.HANDOFF_WORK),
)
for number, (label, url_name, icon, right) in enumerate(ENTRIES, start=1):
    register_entry(Entry("handover", label, url_name, icon, right, number * 10))

register_command(
    Command(_("Work on the next lead"), "work_next", "player-play", Right.HANDOFF_WORK, 20)
)


def find_deals(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Return the newest deals whose name contains ``text``."""
    deals = Opportunity.objects.visible_to(actor).filter(name__icontains=text)
    return [
        Hit(deal.name, reverse("deal", args=[deal.public_id]), "briefcase", str(deal.lead))
        for deal in deals.select_related("lead__company").order_by("-pk")[:limit]
    ]


register_source(Source("deals", _("Deals"), find_deals, Right.DEALS_READ, 40))
