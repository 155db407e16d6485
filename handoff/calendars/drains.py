"""What is done with calendars in the background; ``handoff/ticks.py`` says when."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation

from ground.due import drain
from ground.errors import RetryableError
from handoff.authority import CALENDARS
from handoff.calendars.actions import (
    EntryWork,
    forget_entry,
    keep_reading,
    note_entry,
    plan_entries,
    put_off_entry,
)
from handoff.calendars.caldav import delete_event, write_event
from handoff.calendars.reading import account_of, read_calendar
from handoff.meetings.ics import entry as entry_text
from handoff.meetings.ics import uid_of
from handoff.meetings.told import tell
from handoff.models import DueCalendar, DueCalendarEntry, HostCalendar, Meeting

# Each waits for another server, ten seconds at worst; a tick may take a hundred.
MOST_AT_ONCE = 50


def drain_readings(as_of: datetime) -> int:
    """Read the calendars that are due, one at a time, so that a slow one holds up no other long."""

    def work(rows: Sequence[DueCalendar]) -> None:
        for row in rows:
            calendar = HostCalendar.objects.select_related("user").get(pk=row.calendar_id)
            reading = read_calendar(calendar, as_of=as_of)
            keep_reading(calendar.pk, reading, by=CALENDARS, as_of=as_of)

    return drain(DueCalendar, work, as_of=as_of, chunk=1, limit=MOST_AT_ONCE).done


def drain_entries(as_of: datetime) -> int:
    """Bring the entries of meetings up to date. To write one twice is to write it once.

    A server that is away is asked again later; what it refuses fails and is shown as stuck.
    """

    def work(rows: Sequence[DueCalendarEntry]) -> None:
        for row in rows:
            meeting = Meeting.objects.select_related("kind", "host", "lead").get(pk=row.meeting_id)
            for one in plan_entries(meeting, by=CALENDARS, as_of=as_of):
                _bring_up_to_date(meeting, one, as_of)

    return drain(DueCalendarEntry, work, as_of=as_of, chunk=1, limit=MOST_AT_ONCE).done


def _bring_up_to_date(meeting: Meeting, work: EntryWork, as_of: datetime) -> None:
    entry = work.entry
    if work.is_there and entry.sequence == meeting.sequence:
        return
    uid = uid_of(str(meeting.public_id))
    try:
        account = account_of(entry.calendar)
        if not work.is_there:
            delete_event(account, uid)
        else:
            write_event(account, uid, _text(meeting))
    except RetryableError:
        if not put_off_entry(work, by=CALENDARS, as_of=as_of):
            raise
        return
    if work.is_there:
        note_entry(entry, meeting.sequence, by=CALENDARS, as_of=as_of)
    else:
        forget_entry(entry, by=CALENDARS, as_of=as_of)


def _text(meeting: Meeting) -> bytes:
    host = meeting.host
    with translation.override(host.language):
        told = tell(meeting, "booked", zone=host.time_zone)
        return entry_text(told, host.language, stamp=meeting.updated_at)
