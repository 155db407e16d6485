"""What every calendar entry that leaves the house has in common (RFC 5545, RFC 5546)."""

from collections.abc import Iterable

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//LeadCRM//EN"
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


def calendar_of(events: Iterable[Event], *, method: str = "", name: str = "") -> bytes:
    """Return the file; ``method`` says what the reader is asked, ``name`` is for subscriptions."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    if method:
        calendar.add("method", method)
    if name:
        calendar.add("x-wr-calname", name)
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def person(address: str, name: str = "", **parameters: str) -> vCalAddress:
    """Return somebody in an entry; ``parameters`` such as ``partstat`` say more of them."""
    found = vCalAddress(f"mailto:{address}")
    for key, value in {"cn": name, **parameters}.items():
        if value:
            found.params[key] = vText(value)
    return found


def content_type(method: str) -> str:
    """Return the type under which mail programs know such a file."""
    return f"text/calendar; charset=utf-8; method={method}"
