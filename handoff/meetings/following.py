"""What follows from a change of a meeting: reminders, the entry in the calendar of its host."""

from collections.abc import Collection, Sequence
from datetime import datetime

from ground.due import ask, cancel
from ground.ticks import wake
from handoff.models import (
    REMIND_BEFORE,
    CalendarEntry,
    DueCalendarEntry,
    DueReminder,
    HostCalendar,
    Meeting,
    MeetingState,
    ReminderStep,
)

ENTRIES = "handoff.calendar_entries"


def plan_reminders(meetings: Collection[Meeting], *, as_of: datetime) -> None:
    """Ask for the reminders of booked meetings whose time has not passed, and for no others."""
    forget_reminders(meetings)
    for meeting in sorted(meetings, key=lambda row: row.pk):
        for step, before in REMIND_BEFORE.items():
            due_at = meeting.starts_at - before
            if meeting.state == MeetingState.BOOKED and due_at > as_of:
                ask(
                    DueReminder,
                    "key",
                    [_key(meeting, step)],
                    due_at=due_at,
                    meeting_id=meeting.pk,
                    step=step.value,
                )


def forget_reminders(meetings: Collection[Meeting]) -> None:
    """Take back the reminders of meetings."""
    cancel(DueReminder, "key", [_key(row, step) for row in meetings for step in ReminderStep])


def _key(meeting: Meeting, step: ReminderStep) -> str:
    return f"{meeting.pk}:{step.value}"


def ask_entries(meetings: Sequence[Meeting], *, as_of: datetime) -> None:
    """Ask for the entries of meetings to be brought up to date, where a calendar is written."""
    written = set(
        HostCalendar.objects.filter(
            user__in={row.host_id for row in meetings}, is_written=True
        ).values_list("user_id", flat=True)
    )
    known = set(
        CalendarEntry.objects.filter(meeting__in=meetings).values_list("meeting_id", flat=True)
    )
    keys = [row.pk for row in meetings if row.host_id in written or row.pk in known]
    if keys:
        ask(DueCalendarEntry, "meeting_id", keys, due_at=as_of)
        wake(ENTRIES)
