"""What stands in addresses of chats."""

from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.action import writing
from accounts.models import User
from capture.chat.actions.visitor import token_hash
from capture.chat.models import Chat, ChatSnippet
from capture.models import Form
from tests.chat.scene import make_bot, there
from tests.factories import NOW, make_lead
from tests.rights.world import World, url_object


def _chat(**values: Any) -> Any:
    with writing("scene"):
        return Chat.objects.create(started_at=NOW, last_visitor_at=NOW, **values).public_id


@url_object("chat_bot")
def chat_bot(world: World) -> Any:
    """A published chat; it belongs to nobody."""
    return make_bot(name=f"Chat {uuid4()}").public_id


@url_object("chat")
def chat(world: World, who: User, place: str) -> Any:
    """An ended talk of a lead."""
    owner = world.owner(who, place)
    lead = make_lead(owner=owner, team=owner.team)
    return _chat(state="ended", ended_at=NOW, lead=lead)


@url_object("waiting_chat")
def waiting_chat(world: World, who: User, place: str) -> Any:
    """A talk that waits for anybody, of somebody's lead."""
    owner = world.owner(who, place)
    lead = make_lead(owner=owner, team=owner.team)
    return _chat(state="waiting", asked_at=NOW, lead=lead)


@url_object("live_chat")
def live_chat(world: World, who: User, place: str) -> Any:
    """A talk that somebody has."""
    owner = world.owner(who, place)
    return _chat(state="live", taken_at=NOW, rep=owner)


@url_object("snippet")
def snippet(world: World) -> Any:
    """A ready answer; it belongs to nobody."""
    with writing("scene"):
        return ChatSnippet.objects.create(name=str(uuid4())[:30], text_en="Hello").public_id


TOKEN = "a secret that the matrix knows"


@url_object("talk")
def talk(world: World) -> Any:
    """A talk with the newest chat, to whoever has its secret."""
    form = Form.objects.filter(kind="chat").latest("pk")
    return _chat(form=form, token_hash=token_hash(TOKEN))


@url_object("somebody_there")
def somebody_there(world: World) -> Any:
    """A colleague who is there for visitors."""
    there(world.stranger, as_of=timezone.now())
    return world.stranger.public_id
