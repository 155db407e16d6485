"""What stands in addresses of connectors."""

import json
from typing import Any

from accounts.action import writing
from accounts.models import User
from capture.connectors.models import Connection, HookEvent
from capture.connectors.social import SocialProfile
from ground.seal import seal
from tests.connectors.letters import letter
from tests.connectors.scene import make_connection
from tests.factories import NOW, make_lead
from tests.rights.world import World, url_object


@url_object("connector")
def connector(world: World) -> str:
    return "meta"


@url_object("connection")
def connection(world: World) -> Any:
    return _connection().public_id


def _connection() -> Connection:
    row = make_connection("meta")
    with writing("scene"):
        row.secret = seal(json.dumps({**row.secrets(), "verify_token": "token"}))
        row.save()
    return row


@url_object("portal")
def portal(world: World) -> str:
    make_connection("hubspot", settings={"portal_id": "62515", "form_guid": "4f4c"})
    return "62515"


@url_object("form_guid")
def form_guid(world: World) -> str:
    """The form of the portal."""
    return "4f4c"


@url_object("hook_event")
def hook_event(world: World, who: User, place: str) -> Any:
    """What failed; it belongs to the lead of somebody."""
    owner = world.owner(who, place)
    with writing("scene"):
        return HookEvent.objects.create(
            connection=_connection(),
            key="id:1",
            body=b"{}",
            received_at=NOW,
            state="failed",
            lead=make_lead(owner=owner, team=owner.team),
        ).public_id


@url_object("profile")
def profile(world: World) -> Any:
    with writing("scene"):
        return SocialProfile.objects.create(
            network="facebook", external_id="1", first_seen_at=NOW, last_seen_at=NOW
        ).public_id


@url_object("mailbox")
def mailbox(world: World) -> Any:
    """A mailbox that nobody has entered yet: reading it says so."""
    return make_connection("mail").public_id


@url_object("mail_event")
def mail_event(world: World, who: User, place: str) -> Any:
    """A mail with a file, of the lead of somebody."""
    owner = world.owner(who, place)
    mail = letter()
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="plan.pdf")
    with writing("scene"):
        return HookEvent.objects.create(
            connection=make_connection("mail"),
            key="id:1",
            body=mail.as_bytes(),
            received_at=NOW,
            state="processed",
            lead=make_lead(owner=owner, team=owner.team),
        ).public_id


@url_object("first")
def first(world: World) -> int:
    return 0
