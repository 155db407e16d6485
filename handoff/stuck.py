"""What of hand-over can be stuck."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ground.stuck import register_queue
from handoff.models import DueHandoff, DueRevisit, DueSla, DueTask, SlaStep
from leads.stuck import tell_by_lead

_STEPS = {
    SlaStep.REMIND: _("Reminder that %(lead)s waits for an answer"),
    SlaStep.ESCALATE: _("Notice that %(lead)s has waited too long for an answer"),
    SlaStep.EXPIRE: _("Taking back %(lead)s, which nobody answered"),
}


def _say_step(row: DueSla, name: str) -> str:
    return str(_STEPS[SlaStep(row.step)]) % {"lead": name}


register_queue(
    DueHandoff,
    tick="handoff.assign",
    label=_("Assignment to sales"),
    loss=_("The rules give this lead to nobody. A manager can assign it on its page."),
    tell=tell_by_lead(
        DueHandoff,
        lambda row, name: gettext("Giving %(lead)s to sales by the rules") % {"lead": name},
    ),
)
register_queue(
    DueSla,
    tick="handoff.sla",
    label=_("Clock of hand-overs"),
    loss=_("Nobody is reminded, nothing is taken back by itself: the hand-over stays open."),
    tell=tell_by_lead(DueSla, _say_step, path="handoff__lead"),
)
register_queue(
    DueRevisit,
    tick="handoff.revisit",
    label=_("Asking again later"),
    loss=_("The lead is not brought back on the day that was agreed."),
    tell=tell_by_lead(
        DueRevisit, lambda row, name: gettext("Bringing back %(lead)s") % {"lead": name}
    ),
)
register_queue(
    DueTask,
    tick="handoff.tasks",
    label=_("Tasks after an event"),
    loss=_("Nobody gets the task to call back."),
    tell=tell_by_lead(
        DueTask,
        lambda row, name: gettext("Task to call %(lead)s back") % {"lead": name},
        path="activity__lead",
    ),
)
