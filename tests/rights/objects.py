"""What stands in addresses; add yours here when a new kind of thing gets a page."""

import uuid
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.action import writing
from accounts.actions.first_start import make_setup_link
from accounts.links import invitation_link, reset_link
from accounts.models import User
from capture.actions.forms import create_ready_made_forms
from capture.imports.actions import stage_import
from capture.imports.models import LeadImport
from handoff.actions.agreements import note_absence
from handoff.actions.contacts import Contact, log_contacts
from handoff.authority import may_work
from leads.actions.groups import save_group
from leads.actions.segments import save_segment
from leads.models import LeadExport, SavedView, Segment
from leads.stages import Stage
from tests.factories import (
    EVERYTHING,
    NOW,
    make_field,
    make_lead,
    make_team,
    make_token,
    make_user,
)
from tests.handoff.factories import make_deal, make_mql, make_offer, make_rule, make_task
from tests.rights.world import World, url_object
from tests.scoring.scene import GERMAN, make_active


@url_object("person")
def person(world: World) -> Any:
    return make_user().public_id


@url_object("invited_person")
def invited_person(world: World) -> Any:
    return make_user(invitation_nonce="abc", invited_at=timezone.now()).public_id


@url_object("invitation")
def invitation(world: World) -> Any:
    guest = make_user(invitation_nonce="abc", invited_at=timezone.now())
    return invitation_link(guest).rstrip("/").rsplit("/", 1)[1]


@url_object("reset_user")
def reset_user(world: World) -> Any:
    return reset_link(world.colleague).rstrip("/").rsplit("/", 1)[1].split("-", 1)[0]


@url_object("reset_key")
def reset_key(world: World) -> Any:
    return reset_link(world.colleague).rstrip("/").rsplit("/", 1)[1].split("-", 1)[1]


@url_object("setup_token")
def setup_token(world: World) -> Any:
    return make_setup_link(by=EVERYTHING, as_of=timezone.now())


@url_object("team")
def team(world: World) -> Any:
    return make_team().public_id


@url_object("token")
def token(world: World, who: User) -> Any:
    return make_token(who, "leads:read")[0].public_id


@url_object("lead")
def lead(world: World, who: User, place: str) -> Any:
    """A lead of the person, of a colleague in their team, or of a stranger's team."""
    owner = world.owner(who, place)
    return make_lead(owner=owner, team=owner.team).public_id


@url_object("scored_lead")
def scored_lead(world: World, who: User, place: str) -> Any:
    """A lead while a scoring model is active."""
    make_active(GERMAN)
    return lead(world, who, place)


@url_object("word")
def word(world: World) -> str:
    """Something that leads nowhere."""
    return "nothing"


@url_object("pool_lead")
def pool_lead(world: World) -> Any:
    """A lead that nobody has taken yet."""
    return make_lead().public_id


@url_object("deleted_lead")
def deleted_lead(world: World, who: User, place: str) -> Any:
    owner = world.owner(who, place)
    return make_lead(
        owner=owner, team=owner.team, deleted_at=NOW, deleted_by=world.colleague
    ).public_id


@url_object("saved_view")
def saved_view(world: World, who: User, place: str) -> Any:
    with writing("scene"):
        return SavedView.objects.create(owner=world.owner(who, place), name="Heiß").public_id


@url_object("segment")
def segment(world: World) -> Any:
    where = {"field": "country", "op": "is", "value": "DE"}
    return save_segment(None, name="Inland", where=where, by=EVERYTHING, as_of=NOW).public_id


def _segment(name: str, code: str) -> Segment:
    where = {"field": "country", "op": "is", "value": code}
    known = Segment.objects.filter(name=name).first()
    return known or save_segment(None, name=name, where=where, by=EVERYTHING, as_of=NOW)


@url_object("segment_pk")
def segment_pk(world: World, who: User, place: str) -> Any:
    return _segment("Inland", "DE").pk


@url_object("other_segment_pk")
def other_segment_pk(world: World, who: User, place: str) -> Any:
    return _segment("Ausland", "AT").pk


@url_object("segment_group")
def segment_group(world: World, who: User, place: str) -> Any:
    segments = [_segment("Inland", "DE"), _segment("Ausland", "AT")]
    return save_group(None, name="Kataloge", segments=segments, by=EVERYTHING, as_of=NOW).public_id


@url_object("lead_list")
def lead_list(world: World, who: User, place: str) -> Any:
    return save_segment(None, name="Messe", kind="list", by=EVERYTHING, as_of=NOW).public_id


@url_object("field")
def field(world: World) -> Any:
    return make_field("budget").public_id


@url_object("import")
def started_import(world: World, who: User, place: str) -> Any:
    staged = stage_import(
        b"email\nada@example.org\n",
        file_name="leads.csv",
        channel="spreadsheet",
        by=EVERYTHING,
        as_of=NOW,
    )
    with writing("scene"):
        staged.created_by = world.owner(who, place)
        staged.save()
    return staged.public_id


@url_object("finished_import")
def finished_import(world: World, who: User, place: str) -> Any:
    """An import that has brought nothing, and can be taken back."""
    key = started_import(world, who, place)
    with writing("scene"):
        LeadImport.objects.filter(public_id=key).update(
            state="finished", started_at=NOW, finished_at=NOW
        )
    return key


@url_object("export")
def ready_export(world: World, who: User, place: str) -> Any:
    """An export that can be downloaded by the one who asked for it."""
    now, owner = timezone.now(), world.owner(who, place)
    with writing("scene"):
        export = LeadExport.objects.create(
            created_by=owner, created_at=now, state="ready", expires_at=now + timedelta(hours=1)
        )
    export.path.parent.mkdir(parents=True, exist_ok=True)
    export.path.write_bytes(b"")
    return export.public_id


@url_object("form")
def form(world: World) -> Any:
    """A published form for visitors."""
    return create_ready_made_forms(by=EVERYTHING, as_of=NOW, language="de")[0].public_id


@url_object("somebody")
def somebody(world: World) -> Any:
    """The key of a colleague, as a select box sends it."""
    return world.colleague.public_id


@url_object("mql")
def mql(world: World, who: User, place: str) -> Any:
    """An MQL that can be handed over."""
    owner = world.owner(who, place)
    return make_mql(owner=owner, team=owner.team).public_id


@url_object("sql")
def sql(world: World, who: User, place: str) -> Any:
    return _sql(world, who, place).public_id


def _sql(world: World, who: User, place: str) -> Any:
    owner = world.owner(who, place)
    return make_lead(owner=owner, team=owner.team, stage=Stage.SQL)


@url_object("handoff")
def handoff(world: World, who: User, place: str) -> Any:
    """A hand-over that waits for its owner, or for a colleague of those who do not sell."""
    owner = world.owner(who, place)
    return make_offer(owner if may_work(owner) else world.colleague).public_id


@url_object("assignment_rule")
def assignment_rule(world: World) -> Any:
    return make_rule(target_team=world.team).public_id


@url_object("absence")
def absence(world: World, who: User, place: str) -> Any:
    day = date(2099, 1, 1)
    return note_absence(world.owner(who, place), day, day, by=EVERYTHING, as_of=NOW).public_id


@url_object("task")
def task(world: World, who: User, place: str) -> Any:
    """A task of the owner of a lead, or of a colleague of those who do not sell."""
    owner = world.owner(who, place)
    lead = make_lead(owner=owner, team=owner.team)
    return make_task(lead, owner if may_work(owner) else world.colleague).public_id


@url_object("deal")
def deal(world: World, who: User, place: str) -> Any:
    return make_deal(_sql(world, who, place)).public_id


@url_object("contact")
def contact(world: World) -> Any:
    """The id under which a browser sends a contact."""
    return uuid.uuid4()


@url_object("target")
def target(world: World) -> str:
    """A colleague as the one who gets leads."""
    return f"user:{world.colleague.public_id}"


@url_object("somebody_email")
def somebody_email(world: World) -> str:
    return world.colleague.email


@url_object("talked_lead")
def talked_lead(world: World, who: User, place: str) -> Any:
    """A lead that somebody has talked to."""
    owner = world.owner(who, place)
    lead = make_lead(owner=owner, team=owner.team)
    log_contacts([Contact(lead.pk, "reached")], by=EVERYTHING, as_of=timezone.now())
    return lead.public_id
