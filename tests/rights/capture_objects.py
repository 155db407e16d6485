"""What stands in addresses of capture."""

import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from accounts.action import writing
from accounts.models import User
from capture.actions.forms import change_form
from capture.actions.trials import start_test
from capture.content import links
from capture.content.links import Ticket
from capture.definition import Definition
from capture.links import new_code
from capture.models import (
    Campaign,
    Content,
    LeadPhoto,
    Page,
    Post,
    ShortLink,
    Submission,
    SubmissionState,
)
from capture.readymade import ready_made
from tests.capture.cost_scene import make_campaign, spend
from tests.capture.scene import make_content, make_form
from tests.factories import (
    EVERYTHING,
    NOW,
    make_lead,
)
from tests.rights.world import World, url_object


@url_object("submission")
def submission(world: World, who: User, place: str) -> Any:
    """What somebody sent, still to be looked at; it belongs to the lead it became."""
    owner = world.owner(who, place)
    sent_by = make_lead(owner=owner, team=owner.team)
    with writing("scene"):
        return Submission.objects.create(
            form_public_id=uuid.uuid4(), body=b"", body_hash="", received_at=NOW, lead=sent_by
        ).pk


@url_object("submission_with_file")
def submission_with_file(world: World, who: User, place: str) -> Any:
    """A form with a file, which whoever sees its lead may have."""
    owner = world.owner(who, place)
    body = encode_multipart(BOUNDARY, {"q_1": SimpleUploadedFile("plan.pdf", b"%PDF-1.7")})
    with writing("scene"):
        return Submission.objects.create(
            form_public_id=uuid.uuid4(),
            body=body,
            body_hash="",
            content_type=MULTIPART_CONTENT,
            received_at=NOW,
            state=SubmissionState.PROCESSED,
            lead=make_lead(owner=owner, team=owner.team),
        ).pk


@url_object("file_field")
def file_field(world: World) -> Any:
    return "q_1"


@url_object("file_number")
def file_number(world: World) -> Any:
    return 0


@url_object("content")
def content(world: World) -> Any:
    return make_content(f"Leitfaden {Content.objects.count()}").public_id


@url_object("content_link")
def content_link(world: World, who: User, place: str) -> Any:
    ticket = Ticket(content(world), submission(world, who, place))
    return links.content_link(ticket, as_of=timezone.now()).rstrip("/").rpartition("/")[2]


@url_object("lead_photo")
def lead_photo(world: World, who: User, place: str) -> Any:
    owner = world.owner(who, place)
    lead = make_lead(owner=owner, team=owner.team)
    values = {"size": 3, "data": b"abc", "taken_by": "Rita", "taken_at": NOW}
    with writing("scene"):
        return LeadPhoto.objects.create(lead=lead, name="card.jpg", **values).public_id


@url_object("campaign")
def campaign(world: World) -> Any:
    with writing("scene"):
        return Campaign.objects.create(name="Herbst", created_at=NOW).public_id


@url_object("cost_change")
def cost_change(world: World) -> Any:
    change = spend(make_campaign(), "100")
    assert change is not None
    return change.public_id


def _link() -> ShortLink:
    with writing("scene"):
        made = Post.objects.create(
            network="instagram", title="Herbst", published_at=NOW, created_at=NOW
        )
        return ShortLink.objects.create(
            post=made, code=new_code(), target="https://muster.example/", created_at=NOW
        )


@url_object("post")
def post(world: World) -> Any:
    return _link().post.public_id


@url_object("short_link")
def short_link(world: World) -> Any:
    return _link().public_id


@url_object("short_link_code")
def short_link_code(world: World) -> Any:
    return _link().code


@url_object("page")
def page(world: World) -> Any:
    with writing("scene"):
        return Page.objects.create(
            host="muster.example", path=f"/{uuid.uuid4()}/", created_at=NOW
        ).public_id


@url_object("asking_form")
def asking_form(world: World) -> Any:
    """A published form that asks a known lead for more."""
    fields = ready_made("contact", "en").definition.to_json()["fields"]
    later = [spec | {"later": spec["name"] == "phone"} for spec in fields]
    return make_form(definition={"fields": later}).public_id


@url_object("tested_form")
def tested_form(world: World) -> Any:
    """A form of which two versions are tried against each other."""
    form = make_form()
    changed = Definition.from_json(form.draft).with_parts(headline="Anders")
    change_form(form.pk, definition=changed, by=EVERYTHING, as_of=NOW)
    start_test(form.pk, by=EVERYTHING, as_of=NOW)
    return form.public_id
