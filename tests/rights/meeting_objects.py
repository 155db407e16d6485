"""Meetings, their types and calendars, as they stand in addresses."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.action import writing
from accounts.models import User
from ground.seal import seal
from handoff.meetings.actions.types import create_meeting_type, hash_of
from handoff.meetings.links import manage_link
from handoff.models import Availability, HostCalendar, Meeting, MeetingType
from tests.factories import EVERYTHING, NOW, make_lead
from tests.rights.world import World, url_object

_hours = count()


def _type(host: User) -> MeetingType:
    terms = {"name_de": "Gespräch", "name_en": "Talk", "hosting": "person", "host": host}
    return create_meeting_type(terms, by=EVERYTHING, as_of=NOW)


def _meeting(owner: User, after: timedelta) -> Meeting:
    # Nobody is booked twice: each is an hour after the one before.
    start = timezone.now() + after + timedelta(hours=next(_hours))
    lead = make_lead(owner=owner, team=owner.team)
    with writing("scene"):
        return Meeting.objects.create(
            public_id=uuid4(),
            kind=_type(owner),
            lead=lead,
            host=owner,
            state="booked",
            starts_at=start,
            ends_at=start + timedelta(minutes=30),
            blocked_from=start,
            blocked_until=start + timedelta(minutes=30),
            guest_email=lead.email,
            guest_zone="Europe/Berlin",
            language="en",
            place="phone",
            created_at=NOW,
            updated_at=NOW,
        )


@url_object("meeting")
def meeting(world: World, who: User, place: str) -> Any:
    return _meeting(world.owner(who, place), timedelta(days=3)).public_id


@url_object("past_meeting")
def past_meeting(world: World, who: User, place: str) -> Any:
    return _meeting(world.owner(who, place), -timedelta(days=300)).public_id


@url_object("meeting_type")
def meeting_type(world: World) -> Any:
    return _type(world.colleague).public_id


@url_object("meeting_language")
def meeting_language(world: World) -> str:
    return "de"


@url_object("meeting_token")
def meeting_token(world: World) -> str:
    link = manage_link(_meeting(world.colleague, timedelta(days=3)).public_id)
    return link.rstrip("/").rsplit("/", 1)[1]


@url_object("feed_secret")
def feed_secret(world: World) -> str:
    with writing("scene"):
        Availability.objects.create(user=world.colleague, feed_hash=hash_of("feed"), updated_at=NOW)
    return "feed"


@url_object("calendar")
def calendar(world: World, who: User, place: str) -> Any:
    """A calendar of the person, or of somebody else."""
    with writing("scene"):
        return HostCalendar.objects.create(
            user=world.owner(who, place),
            kind="ics",
            name="Work",
            host_name="example.org",
            address=seal("https://example.org/x.ics"),
            created_at=NOW,
        ).public_id


@url_object("myself")
def myself(world: World, who: User) -> Any:
    return who.public_id
