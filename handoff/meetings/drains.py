"""What is done with meetings in the background; ``handoff/ticks.py`` says when."""

from collections.abc import Sequence
from datetime import datetime

from ground.due import drain
from handoff.authority import CALENDARS
from handoff.meetings.actions.booking import drop_forgotten
from handoff.meetings.actions.reminding import remind
from handoff.models import DueReminder

CHUNK = 100


def drain_reminders(as_of: datetime) -> int:
    """Remind of meetings that come."""

    def work(rows: Sequence[DueReminder]) -> None:
        remind([(row.meeting_id, row.step) for row in rows], by=CALENDARS, as_of=as_of)

    return drain(DueReminder, work, as_of=as_of, chunk=CHUNK).done


def give_back(as_of: datetime) -> int:
    """Give back slots that were taken and of which no meeting became."""
    return drop_forgotten(by=CALENDARS, as_of=as_of)
