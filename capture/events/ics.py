"""Calendar entries of events (RFC 5545, RFC 5546), in UTC: every calendar shows its own zone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import icalendar

from accounts.models import Organisation
from capture.events.links import entry_uid

PRODUCT = "-//LeadCRM//Events//EN"
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


def calendar_entry(
    facts: Mapping[str, Any], *, method: str, as_of: datetime, to: str = ""
) -> bytes:
    """Return a calendar with one entry, the same bytes for the same arguments.

    ``facts`` has ``id``, ``sequence``, ``title``, ``text``, ``where``, ``link``, ``starts_at`` and
    ``ends_at`` (ISO). ``to`` is the address of whoever gets it by mail.
    """
    organisation = Organisation.current()
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    entry = icalendar.Event()
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
        entry.add("organizer", _person(sender, organisation.sender_name or organisation.name))
    if to:
        attendee = _person(to, "")
        attendee.params["PARTSTAT"] = icalendar.vText("ACCEPTED")
        attendee.params["RSVP"] = icalendar.vText("FALSE")
        entry.add("attendee", attendee)
    calendar.add_component(entry)
    written: bytes = calendar.to_ical()
    return written


def _person(address: str, name: str) -> icalendar.vCalAddress:
    person = icalendar.vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = icalendar.vText(name)
    return person


def content_type(method: str) -> str:
    """Return the type under which mail programs know such an entry."""
    return f"text/calendar; charset=utf-8; method={method}"
