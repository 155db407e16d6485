"""How hand-overs, their clocks and tasks are shown."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ground.badges import write_badge
from handoff.models import DealStage, Handoff, HandoffState, Task
from handoff.telling import why_now

register = template.Library()

TONES = {
    HandoffState.OFFERED: ("blue", "send"),
    HandoffState.ACCEPTED: ("green", "checks"),
    HandoffState.REJECTED: ("red", "x"),
    HandoffState.RETURNED: ("amber", "arrow-back-up"),
    HandoffState.EXPIRED: ("red", "clock-x"),
    HandoffState.WITHDRAWN: ("slate", "arrow-back"),
}
# From this share of the time on the clock turns amber where nobody was reminded yet.
WARN_SHARE = 0.75


@register.simple_tag
def handoff_state(handoff: Handoff | None) -> SafeString:
    """Show the state of a hand-over as a chip."""
    if handoff is None:
        return write_badge(_("Not handed over"), "slate")
    tone, icon = TONES[HandoffState(handoff.state)]
    label = _("In the pool") if handoff.is_pool else handoff.get_state_display()
    return write_badge(label, tone, icon=icon)


@register.inclusion_tag("handoff/parts/clock.html")
def sla_clock(handoff: Handoff | None, as_of: datetime | None = None) -> dict[str, Any]:
    """Show how long there is to answer, live; after the answer whether it came in time."""
    now = as_of or timezone.now()
    if handoff is None or handoff.due_at is None:
        return {"due_at": None}
    left = handoff.offered_at + (handoff.due_at - handoff.offered_at) * WARN_SHARE
    warn_at = handoff.reminded_at or left
    is_late = handoff.is_late(now)
    tone = "red" if is_late else "amber" if now >= warn_at else "green"
    return {
        "due_at": handoff.due_at,
        "warn_at": warn_at,
        "is_open": handoff.is_open,
        "is_late": is_late,
        "tone": tone,
    }


@register.filter
def reason_now(handoff: Handoff | None) -> str:
    """Say in one line why somebody should speak to the lead now."""
    return why_now(handoff.briefing) if handoff is not None and handoff.briefing else ""


@register.filter
def is_overdue(task: Task) -> bool:
    """Say whether a task should have been done already."""
    return task.done_at is None and task.due_at < timezone.now()


DEAL_TONES = {
    DealStage.NEW: "slate",
    DealStage.MEETING: "blue",
    DealStage.PROPOSAL: "violet",
    DealStage.NEGOTIATION: "amber",
    DealStage.WON: "green",
    DealStage.LOST: "red",
}


@register.simple_tag
def deal_stage(value: str) -> SafeString:
    """Show how far a deal is."""
    stage = DealStage(value)
    return write_badge(stage.label, DEAL_TONES[stage], kind="dot")
