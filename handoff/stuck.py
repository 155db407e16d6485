"""What of hand-over can be stuck."""

from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ground.stuck import Told, register_queue
from handoff.models import (
    DueCalendar,
    DueCalendarEntry,
    DueHandoff,
    DueReminder,
    DueRevisit,
    DueSla,
    DueTask,
    SlaStep,
)
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
register_queue(
    DueReminder,
    tick="handoff.reminders",
    label=_("Reminders of meetings"),
    loss=_("Neither guest nor host is reminded. The meeting stays as it is."),
    tell=tell_by_lead(
        DueReminder,
        lambda row, name: gettext("Reminding of the meeting with %(lead)s") % {"lead": name},
        path="meeting__lead",
    ),
)
register_queue(
    DueCalendarEntry,
    tick="handoff.calendar_entries",
    label=_("Meetings in calendars"),
    loss=_("The calendar of the host does not show the meeting as it is now."),
    tell=tell_by_lead(
        DueCalendarEntry,
        lambda row, name: (
            gettext("Entering the meeting with %(lead)s in the calendar of its host")
            % {"lead": name}
        ),
        path="meeting__lead",
    ),
)


def _tell_calendars(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueCalendar.objects.filter(pk__in=keys).select_related("calendar__user")
    text = gettext("Reading the calendar “%(calendar)s” of %(host)s")
    return {
        row.pk: Told(text % {"calendar": row.calendar, "host": row.calendar.user}) for row in rows
    }


register_queue(
    DueCalendar,
    tick="handoff.calendars",
    label=_("Reading calendars"),
    loss=_("The calendar is not read any more; the times that are known go on counting."),
    tell=_tell_calendars,
)
