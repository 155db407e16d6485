"""What stands in addresses of capture."""

import uuid
from typing import Any

from accounts.action import writing
from accounts.models import User
from capture.links import new_code
from capture.models import Campaign, Cost, Page, Post, ShortLink, Submission
from tests.factories import (
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


@url_object("campaign")
def campaign(world: World, who: User, place: str) -> Any:
    with writing("scene"):
        return Campaign.objects.create(name="Herbst", created_at=NOW).public_id


@url_object("cost")
def cost(world: World, who: User, place: str) -> Any:
    day = NOW.date()
    with writing("scene"):
        made = Campaign.objects.create(name="Herbst", created_at=NOW)
        return Cost.objects.create(
            campaign=made, kind="media", amount=100, starts_on=day, ends_on=day, created_at=NOW
        ).public_id


def _link() -> ShortLink:
    with writing("scene"):
        made = Post.objects.create(
            network="instagram", title="Herbst", published_at=NOW, created_at=NOW
        )
        return ShortLink.objects.create(
            post=made, code=new_code(), target="https://muster.example/", created_at=NOW
        )


@url_object("post")
def post(world: World, who: User, place: str) -> Any:
    return _link().post.public_id


@url_object("short_link")
def short_link(world: World, who: User, place: str) -> Any:
    return _link().public_id


@url_object("short_link_code")
def short_link_code(world: World, who: User, place: str) -> Any:
    return _link().code


@url_object("page")
def page(world: World, who: User, place: str) -> Any:
    with writing("scene"):
        return Page.objects.create(
            host="muster.example", path=f"/{uuid.uuid4()}/", created_at=NOW
        ).public_id
