"""Connecting calendars, keeping what they told, and entering meetings in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.audit import record as audit
from accounts.rights import Right
from ground.due import ask
from ground.errors import DomainError
from ground.seal import seal
from ground.ticks import wake
from handoff.calendars.reading import Reading, clean_address
from handoff.events import CALENDAR_CONNECTED, CALENDAR_REMOVED
from handoff.meetings.following import ask_entries
from handoff.models import (
    BusyTime,
    CalendarEntry,
    CalendarKind,
    DueCalendar,
    DueCalendarEntry,
    HostCalendar,
    Meeting,
    MeetingState,
)
from leads.normalise import clean_text

CALENDARS = "handoff.calendars"
MOST_CALENDARS = 5
EVERY = timedelta(minutes=10)
# After a failure: longer each time the calendar goes on failing, up to this.
LONGEST_PAUSE = timedelta(hours=2)
# So long entries wait for a server by themselves; then a person looks.
LONGEST_AWAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewCalendar:
    """A calendar to be connected; ``is_written`` says that meetings are entered in it."""

    kind: str
    name: str
    address: str
    username: str = ""
    password: str = ""
    is_written: bool = False


@action
def connect_calendar(new: NewCalendar, *, by: Actor, as_of: datetime) -> HostCalendar:
    """Connect a calendar of the actor; it is read soon, and coming meetings are entered.

    Raises ``DomainError`` (``address_unreadable``, ``too_many_calendars``, ``cannot_write``).
    """
    by.require(Right.HANDOFF_WORK)
    address, host = clean_address(new.address)
    if not address:
        raise DomainError(
            "address_unreadable", _("Enter an address that begins with https://."), "address"
        )
    own = HostCalendar.objects.select_for_update(of=("self",)).filter(user=by.user_id)
    if len(own) >= MOST_CALENDARS:
        raise DomainError("too_many_calendars", _("More than five calendars are not read."))
    if new.is_written and new.kind != CalendarKind.CALDAV:
        raise DomainError("cannot_write", _("Only CalDAV can be written to."), "is_written")
    if new.is_written:
        own.update(is_written=False)
    assert by.user_id is not None
    row = HostCalendar.objects.create(
        user_id=by.user_id,
        kind=new.kind,
        name=clean_text(new.name, limit=120) or host[:120],
        host_name=host[:255],
        address=seal(address),
        username=new.username[:255],
        password=seal(new.password) if new.password else "",
        is_written=new.is_written,
        created_at=as_of,
    )
    ask_reading([row.pk], as_of=as_of)
    if row.is_written:
        coming = Meeting.objects.coming(as_of).filter(host=by.user_id)
        ask_entries(list(coming), as_of=as_of)
    data = {"host": host, "kind": new.kind}
    audit(CALENDAR_CONNECTED, by=by, as_of=as_of, about=row.user, data=data)
    return row


@action
def remove_calendar(calendar: HostCalendar, *, by: Actor, as_of: datetime) -> None:
    """Forget a calendar of the actor with its busy times; what was entered in it stays there."""
    by.require(Right.HANDOFF_WORK)
    if calendar.user_id != by.user_id:
        raise DomainError("not_yours", _("This is somebody else's calendar."))
    HostCalendar.objects.filter(pk=calendar.pk).delete()
    data = {"host": calendar.host_name, "kind": calendar.kind}
    audit(CALENDAR_REMOVED, by=by, as_of=as_of, about=calendar.user, data=data)


@action
def ask_calendar(calendar: HostCalendar, *, by: Actor, as_of: datetime) -> None:
    """Have a calendar read now and not when its turn comes; whoever owns it may."""
    by.require(Right.HANDOFF_WORK)
    ask_reading([calendar.pk], as_of=as_of)


def ask_reading(ids: Sequence[int], *, as_of: datetime) -> None:
    """Have calendars read as soon as somebody is free to."""
    ask(DueCalendar, "calendar_id", ids, due_at=as_of)
    wake(CALENDARS)


@action
def keep_reading(calendar_id: int, reading: Reading, *, by: Actor, as_of: datetime) -> bool:
    """Keep what a look at a calendar told, and say when to look again; False for one that is gone.

    After a failure the times that were known go on counting.
    """
    row = HostCalendar.objects.select_for_update(of=("self",)).filter(pk=calendar_id).first()
    if row is None:
        return False
    row.tried_at = as_of
    if reading.failure:
        row.failure, row.failing_since = reading.failure, row.failing_since or as_of
        pause = min(max(EVERY, as_of - row.failing_since), LONGEST_PAUSE)
    else:
        row.failure, row.failing_since, row.read_at, pause = "", None, as_of, EVERY
        _replace_times(row, reading)
    row.save(update_fields=["tried_at", "failure", "failing_since", "read_at"])
    ask(DueCalendar, "calendar_id", [row.pk], due_at=as_of + pause)
    DueCalendar.objects.filter(calendar=row.pk).update(due_at=as_of + pause)
    return True


def _replace_times(row: HostCalendar, reading: Reading) -> None:
    known = set(row.busy_times.values_list("starts_at", "ends_at"))
    now = set(reading.times)
    if known == now:
        return
    row.busy_times.all().delete()
    BusyTime.objects.bulk_create(
        [BusyTime(calendar=row, starts_at=start, ends_at=end) for start, end in sorted(now)],
        batch_size=1000,
    )


@dataclass(frozen=True, slots=True)
class EntryWork:
    """What is to be done in one calendar: a meeting is to stand in it, or to be gone."""

    entry: CalendarEntry
    is_there: bool


@action
def plan_entries(meeting: Meeting, *, by: Actor, as_of: datetime) -> list[EntryWork]:
    """Return where the entry of a meeting is to be written and where removed.

    The calendar that is written to is asked in any case: a worker that was killed may have entered
    the meeting there without anybody knowing.
    """
    is_there = meeting.state in (MeetingState.BOOKED, MeetingState.HELD, MeetingState.MISSED)
    target = HostCalendar.objects.filter(user=meeting.host_id, is_written=True).first()
    if target is not None:
        CalendarEntry.objects.get_or_create(meeting=meeting, calendar=target)
    entries = CalendarEntry.objects.filter(meeting=meeting).select_related("calendar__user")
    return [EntryWork(entry, is_there) for entry in entries.order_by("pk")]


@action
def note_entry(entry: CalendarEntry, sequence: int, *, by: Actor, as_of: datetime) -> None:
    """Note which state of a meeting stands in a calendar."""
    CalendarEntry.objects.filter(pk=entry.pk).update(sequence=sequence)


@action
def forget_entry(entry: CalendarEntry, *, by: Actor, as_of: datetime) -> None:
    """Note that a meeting stands in a calendar no longer."""
    CalendarEntry.objects.filter(pk=entry.pk).delete()


@action
def put_off_entry(work: EntryWork, *, by: Actor, as_of: datetime) -> bool:
    """Try an entry again later, while its server has not been away for too long; else False."""
    calendar = work.entry.calendar
    row = HostCalendar.objects.select_for_update(of=("self",)).get(pk=calendar.pk)
    if row.failing_since is not None and as_of - row.failing_since > LONGEST_AWAY:
        return False
    row.failure, row.failing_since = "away", row.failing_since or as_of
    row.save(update_fields=["failure", "failing_since"])
    due_at = as_of + EVERY
    ask(DueCalendarEntry, "meeting_id", [work.entry.meeting_id], due_at=due_at)
    DueCalendarEntry.objects.filter(meeting=work.entry.meeting_id).update(due_at=due_at)
    return True
