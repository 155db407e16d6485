"""What stands in addresses of events."""

from typing import Any

from django.utils import timezone

from capture.events.links import registration_link
from capture.events.lists import stage_list
from capture.events.seats import NewRegistration, register_for_events
from capture.models import Event, EventRegistration, ReferralLink
from capture.referrals.actions import NewLink, give_links
from tests.capture.scene import make_form
from tests.events.scene import let_begin, make_event
from tests.factories import EVERYTHING, make_lead
from tests.rights.world import World, url_object


def _event() -> Event:
    return make_event()


@url_object("event")
def event(world: World) -> Any:
    return _event().public_id


@url_object("public_event")
def public_event(world: World) -> Any:
    found = _event()
    make_form("webinar", name=f"Webinar {found.pk}", definition={"event": str(found.public_id)})
    return found.public_id


@url_object("begun_event")
def begun_event(world: World) -> Any:
    return let_begin(_event()).public_id


@url_object("registration_link")
def a_registration_link(world: World) -> Any:
    wish = NewRegistration(_event().pk, make_lead().pk, "website", "en", timezone.now())
    (row,) = register_for_events([wish], by=EVERYTHING, as_of=timezone.now())
    assert isinstance(row, EventRegistration)
    return registration_link(row.public_id).rstrip("/").rpartition("/")[2]


@url_object("attendance")
def attendance(world: World) -> Any:
    found = let_begin(_event())
    content = b"E-Mail\nada@example.org\n"
    row = stage_list(found.pk, content, file_name="x.csv", by=EVERYTHING, as_of=timezone.now())
    return row.public_id


@url_object("referral_code")
def referral_code(world: World) -> Any:
    number = ReferralLink.objects.count()
    target = make_form("contact", name=f"Kontakt {number}")
    form = make_form(
        "referral", name=f"Empfehlung {number}", definition={"target": str(target.public_id)}
    )
    code = f"{number:020x}"
    give_links([NewLink(code, make_lead().pk, form)], by=EVERYTHING, as_of=timezone.now())
    return code
