"""What tests about meetings have in common: a type, its host, and a visitor who books."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from accounts.models import User
from capture.models import Form, FormReply
from handoff.meetings.actions.changes import book_by_hand
from handoff.meetings.actions.types import create_meeting_type, set_availability
from handoff.meetings.slots import bookable, free_slots, hosts_of
from handoff.models import Availability, Meeting, MeetingType
from leads.models import Lead
from nurturing.models import Message
from tests.capture.scene import BROWSER, answers, visitor
from tests.factories import EVERYTHING, NOW

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
EVERY_DAY = {str(day): [["09:00", "17:00"]] for day in range(7)}


def make_type(host: User | None = None, **terms: Any) -> MeetingType:
    """Return a type of half an hour that ``host`` holds, or whom ``terms`` name."""
    values = {
        "name_de": "Erstgespräch",
        "name_en": "First talk",
        "notice_minutes": 0,
        "buffer_after": 0,
        "hosting": "person",
        "host": host,
        **terms,
    }
    return create_meeting_type(values, by=EVERYTHING, as_of=NOW)


def make_hours(user: User, hours: dict[str, Any] | None = None, **values: Any) -> Availability:
    """Set when ``user`` can be booked; every day from nine to five without ``hours``."""
    settings = {"time_zone": "Europe/Berlin", "region": "", **values}
    by = user_actor(user)
    return set_availability(EVERY_DAY if hours is None else hours, by=by, as_of=NOW, **settings)


def slots(kind: MeetingType, *, as_of: datetime, days: int = 1, zone: ZoneInfo = BERLIN):
    """Return the begins of the free slots of some days as wall-clock times."""
    found = free_slots(
        kind,
        list(hosts_of(kind)),
        start=as_of,
        end=as_of + timedelta(days=days),
        as_of=as_of,
    )
    return [slot.starts_at.astimezone(zone).strftime("%a %H:%M") for slot in found]


def first_slot(kind: MeetingType, number: int = 0) -> datetime:
    """Return a slot that is free, a day ahead so that a guest can still change it at any hour."""
    now = timezone.now()
    start, end = bookable(kind, now)
    start = max(start, now + timedelta(days=1))
    found = free_slots(kind, list(hosts_of(kind)), start=start, end=end, as_of=now)
    return found[number].starts_at


def wish(form: Form, at: datetime, **values: Any) -> dict[str, Any]:
    """Return what a person sends who books ``at``."""
    more = {"slot": at.isoformat(), "zone": "Europe/Berlin", "message": "Es geht um unser Dach."}
    return answers(form, **{**more, **values})


def book(kind: MeetingType, at: datetime, *, language: str = "en", **values: Any) -> Any:
    """Book as a browser without JavaScript does; returns the answer."""
    data = values.pop("data", None) or wish(kind.form_in(language), at, **values)
    return visitor().post(f"/m/{kind.public_id}/{language}/", data, HTTP_USER_AGENT=BROWSER)


def booked(kind: MeetingType, at: datetime | None = None, **values: Any) -> Meeting:
    """Book and return the meeting."""
    response = book(kind, at or first_slot(kind), **values)
    assert response.status_code == 200, response.content
    return Meeting.objects.select_related("kind", "host", "lead").latest("pk")


def by_hand(lead: Lead, kind: MeetingType, host: User, at: datetime, **values: Any) -> Meeting:
    """Return a meeting that its host made."""
    more = {"key": uuid4(), "by": user_actor(host), "as_of": NOW, **values}
    return book_by_hand(lead.pk, kind, host, at, **more)


def move_back(meeting: Meeting, **times: datetime) -> Meeting:
    """Let a meeting have been at another time, with everything that belongs to it."""
    start = times["starts_at"]
    length = meeting.ends_at - meeting.starts_at
    with writing("scene"):
        Meeting.objects.filter(pk=meeting.pk).update(
            starts_at=start,
            ends_at=start + length,
            blocked_from=start,
            blocked_until=start + length,
        )
    meeting.refresh_from_db()
    return meeting


def guest_mails(meeting: Meeting) -> list[FormReply]:
    """Return what the guest was told, in order."""
    return list(FormReply.objects.filter(data__meeting=meeting.pk).order_by("pk"))


def host_mails(meeting: Meeting) -> list[Message]:
    """Return what the host was told, in order."""
    return list(Message.objects.filter(recipient=meeting.host).order_by("pk"))


def manage_path(reply_text: str) -> str:
    """Return the path of the link with which a guest changes a meeting."""
    found = re.search(r"https?://[^/\s]+(/m/mine/[^\s]+/)", reply_text)
    assert found, reply_text
    return found[1]


def utc(*parts: int) -> datetime:
    """Return a moment in UTC."""
    return datetime(*parts, tzinfo=UTC)
