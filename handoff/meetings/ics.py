"""Meetings as calendars want them (RFC 5545 and 5546)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from icalendar import Alarm, Event

from accounts.models import Organisation
from ground.ics import CANCEL, PUBLISH, REQUEST, calendar_of, person
from handoff.meetings.told import Told, where

_INVITED = {"role": "REQ-PARTICIPANT", "partstat": "ACCEPTED"}


def uid_of(public_id: str) -> str:
    """Return the name of a meeting in every calendar, which never changes."""
    return f"{public_id}@leadcrm"


def invitation(told: Told, language: str, *, stamp: datetime, is_host: bool) -> bytes:
    """Return the file that goes with a mail: an invitation, its change or its end."""
    method = CANCEL if told.is_cancelled else REQUEST
    event = event_of(told, language, stamp=stamp, is_host=is_host)
    return calendar_of([event], method=method)


def feed(events: Iterable[Event], name: str) -> bytes:
    """Return a calendar to subscribe to."""
    return calendar_of(events, method=PUBLISH, name=name)


def entry(told: Told, language: str, *, stamp: datetime) -> bytes:
    """Return a meeting as it is stored in a calendar, where no method may stand."""
    return calendar_of([event_of(told, language, stamp=stamp, is_host=True, is_asking=False)])


def event_of(
    told: Told,
    language: str,
    *,
    stamp: datetime,
    is_host: bool,
    is_asking: bool = True,
    summary: str = "",
) -> Event:
    """Return one meeting; ``is_asking`` names who organises it and who is invited.

    SECURITY: nothing that a visitor typed stands in it but the address that it goes to.
    """
    event = Event()
    event.add("uid", uid_of(told.public_id))
    event.add("dtstamp", stamp)
    event.add("sequence", told.sequence)
    # In UTC: right in every zone and over every change of the clock, without a table of zones.
    event.add("dtstart", told.starts_at)
    event.add("dtend", told.ends_at)
    name = summary or _summary(told, language, is_host=is_host)
    event.add("summary", name)
    event.add("location", where(told, is_host=is_host))
    event.add("status", "CANCELLED" if told.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if is_asking:
        event.add("organizer", person(_sender(), Organisation.current().name))
        event.add("attendee", person(told.host_email, told.host, **_INVITED), encode=False)
        if told.guest_email:
            event.add("attendee", person(told.guest_email, **_INVITED), encode=False)
    if not told.is_cancelled:
        event.add_component(_alarm(name))
    return event


def _summary(told: Told, language: str, *, is_host: bool) -> str:
    other = Organisation.current().name
    if is_host or not other:
        return f"{told.name_in(language)} ({told.guest_email or told.host})"
    return f"{told.name_in(language)}: {told.host}, {other}"


def _sender() -> str:
    """Return the address that mails come from; answers of calendars go there."""
    return Organisation.current().sender_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _alarm(text: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", timedelta(minutes=-15))
    return alarm
