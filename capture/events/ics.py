"""Calendar entries of events (RFC 5545, RFC 5546), in UTC: every calendar shows its own zone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from icalendar import Event

from accounts.models import Organisation
from capture.events.links import entry_uid
from ground.ics import CANCEL, calendar_of, person


def calendar_entry(
    facts: Mapping[str, Any], *, method: str, as_of: datetime, to: str = ""
) -> bytes:
    """Return a calendar with one entry, the same bytes for the same arguments.

    ``facts`` has ``id``, ``sequence``, ``title``, ``text``, ``where``, ``link``, ``starts_at`` and
    ``ends_at`` (ISO). ``to`` is the address of whoever gets it by mail.
    """
    organisation = Organisation.current()
    entry = Event()
    entry.add("uid", entry_uid(facts["id"]))
    entry.add("sequence", facts["sequence"])
    entry.add("dtstamp", as_of.astimezone(UTC).replace(microsecond=0))
    for name in ("starts_at", "ends_at"):
        moment = datetime.fromisoformat(facts[name]).astimezone(UTC)
        entry.add("dtstart" if name == "starts_at" else "dtend", moment.replace(microsecond=0))
    entry.add("summary", facts["title"])
    for name, key in (("description", "text"), ("location", "where"), ("url", "link")):
        if facts.get(key):
            entry.add(name, facts[key])
    entry.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    sender = organisation.sender_email or organisation.email
    if sender:
        entry.add("organizer", person(sender, organisation.sender_name or organisation.name))
    if to:
        entry.add("attendee", person(to, partstat="ACCEPTED", rsvp="FALSE"))
    return calendar_of([entry], method=method)
