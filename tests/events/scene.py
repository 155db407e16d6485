"""What tests about events have in common: an event that comes, its form, and who registers."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import icalendar
from django.utils import timezone

from accounts.action import writing
from capture.events.actions import save_event
from capture.events.drains import drain_mails, drain_seats
from capture.models import Event, EventRegistration, Form, FormReply
from capture.replies import attachments_of
from nurturing.models import Message
from tests.capture.scene import make_form, submit
from tests.factories import EVERYTHING

JOIN = "https://meet.example/abc"


@cache
def today() -> datetime:
    """Return one moment for all tests of a run, a whole minute."""
    return timezone.now().replace(second=0, microsecond=0)


def in_days(days: float) -> datetime:
    """Return a moment so many days from now."""
    return today() + timedelta(days=days)


def make_event(days: float = 3, **values: Any) -> Event:
    """Return a webinar of one hour in ``days`` days."""
    starts = values.pop("starts_at", in_days(days))
    as_of = values.pop("as_of", timezone.now())
    given = {
        "kind": "webinar",
        "title_de": "Solar für Betriebe",
        "title_en": "Solar for firms",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=1),
        "time_zone": "Europe/Berlin",
        "join_url": JOIN,
        **values,
    }
    return save_event(None, by=EVERYTHING, as_of=as_of, **given)


def make_event_form(event: Event, **more: Any) -> Form:
    """Return the published ready-made form for ``event``."""
    parts = {"event": str(event.public_id), **more.pop("definition", {})}
    name = more.pop("name", f"Form {event.pk}")
    return make_form(event.kind, definition=parts, name=name, **more)


def register(form: Form, email: str = "eva@example.org", **values: Any) -> EventRegistration:
    """Send the form and return the registration that came of it."""
    submission = submit(form, **{"first_name": "Eva", "email": email, **values})
    assert submission.lead_id is not None, submission.verdict
    return EventRegistration.objects.get(lead=submission.lead_id)


def change(event: Event, as_of: datetime | None = None, **values: Any) -> Event:
    """Change an event as a marketer does."""
    return save_event(event.pk, by=EVERYTHING, as_of=as_of or timezone.now(), **values)


def let_begin(event: Event, hours: float = 2) -> Event:
    """Let an event have begun so many hours ago, without telling anybody."""
    starts = timezone.now() - timedelta(hours=hours)
    with writing("scene"):
        Event.objects.filter(pk=event.pk).update(
            starts_at=starts, ends_at=starts + timedelta(hours=1)
        )
    event.refresh_from_db()
    return event


def run_drains(as_of: datetime | None = None) -> None:
    """Do what the clock does for events."""
    moment = as_of or timezone.now() + timedelta(seconds=1)
    drain_seats(moment)
    drain_mails(moment)


def mails_to(email: str) -> list[str]:
    """Return what the mails to an address are about, in their order."""
    rows = FormReply.objects.filter(email=email, kind="event").order_by("pk")
    return [row.data["what"] for row in rows]


def last_mail(email: str) -> Message:
    """Return the last mail to an address."""
    return Message.objects.filter(to_address=email).order_by("-pk")[0]


def entry_of(email: str) -> tuple[str, Any]:
    """Return method and entry of the calendar in the last mail to an address."""
    reply = FormReply.objects.filter(email=email, kind="event").order_by("-pk")[0]
    (file,) = attachments_of(reply)
    calendar = icalendar.Calendar.from_ical(file.data)
    (entry,) = calendar.walk("VEVENT")
    assert f"method={calendar['method']}" in file.content_type
    return str(calendar["method"]), entry
