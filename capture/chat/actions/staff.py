"""What colleagues do in talks: being there, taking one, answering, passing it on, ending it."""

from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import User
from accounts.rights import Right
from capture.chat.actions.visitor import ANSWERS_WITHIN
from capture.chat.actions.writing import (
    add,
    finish,
    hand_in,
    look_at,
    new_message,
    public_name,
)
from capture.chat.models import (
    Author,
    Chat,
    ChatMessage,
    ChatPresence,
    ChatSettings,
    ChatState,
)
from capture.chat.people import is_open
from ground.errors import ConflictError, DomainError


def _id(by: Actor) -> int:
    # Whoever may answer chats is a person.
    assert by.user_id is not None
    return by.user_id


@action
def be_there(is_on: bool, *, session_key: str, by: Actor, as_of: datetime) -> ChatPresence:
    """Say that somebody is there for visitors, or is not any more.

    Raises ``DomainError`` ``closed`` out of business hours where these are kept to.
    """
    by.require(Right.CHATS_ANSWER)
    if is_on and not is_open(ChatSettings.current(), as_of):
        raise DomainError("closed", _("Chats are answered in business hours only."))
    presence, _is_new = ChatPresence.objects.update_or_create(
        user_id=_id(by),
        defaults={"is_on": is_on, "session_key": session_key, "seen_at": as_of},
        create_defaults={
            "is_on": is_on,
            "session_key": session_key,
            "seen_at": as_of,
            "since": as_of,
        },
    )
    return presence


@action
def keep_there(*, session_key: str, by: Actor, as_of: datetime) -> bool:
    """Note that the browser of somebody who is there still reports; says whether they are.

    Who was gone for too long has to say so again.
    """
    by.require(Right.CHATS_ANSWER)
    mine = ChatPresence.objects.there(as_of).filter(user_id=_id(by))
    if not is_open(ChatSettings.current(), as_of):
        mine.update(is_on=False)
        return False
    return bool(mine.update(seen_at=as_of, session_key=session_key))


def _locked(chat_id: int) -> Chat:
    rows = Chat.objects.select_for_update(of=("self",)).select_related("form", "rep")
    return rows.get(pk=chat_id)


def _name(by: Actor) -> str:
    return public_name(User.objects.get(pk=_id(by)))


def _note(chat: Chat, text: str, as_of: datetime) -> ChatMessage:
    return new_message(Author.NOTE, text, as_of)


@action
def take_chat(chat_id: int, *, by: Actor, as_of: datetime) -> Chat:
    """Take a talk that waits; exactly one of many does.

    Taking one's own again changes nothing. Raises ``ConflictError`` ``chat_taken`` where somebody
    else was faster, ``chat_gone`` where nobody waits any more.
    """
    by.require(Right.CHATS_ANSWER)
    chat = _locked(chat_id)
    if chat.state == ChatState.LIVE and chat.rep_id == by.user_id:
        return chat
    if chat.state == ChatState.LIVE:
        name = chat.rep.display_name if chat.rep else ""
        raise ConflictError("chat_taken", _("%(name)s has taken this talk.") % {"name": name})
    if chat.state != ChatState.WAITING:
        raise ConflictError("chat_gone", _("This visitor does not wait any more."))
    chat.state, chat.rep_id, chat.taken_at = ChatState.LIVE, by.user_id, as_of
    with translation.override(chat.language):
        text = _("You are now talking to %(name)s.") % {"name": _name(by)}
        add(chat, [_note(chat, text, as_of)])
    chat.save()
    look_at([chat], at=as_of + ANSWERS_WITHIN)
    return chat


def _mine(chat_id: int, by: Actor) -> Chat:
    by.require(Right.CHATS_ANSWER)
    chat = _locked(chat_id)
    if chat.state == ChatState.ENDED:
        raise ConflictError("chat_ended", _("This talk has ended."))
    if chat.state != ChatState.LIVE or chat.rep_id != by.user_id:
        raise ConflictError("not_yours", _("Somebody else has this talk."))
    return chat


@action
def reply(chat_id: int, text: str, *, key: UUID, by: Actor, as_of: datetime) -> Chat:
    """Say something to a visitor; the same key again changes nothing.

    Raises ``DomainError`` ``nothing_said`` for no text, ``ConflictError`` ``chat_ended`` or
    ``not_yours``.
    """
    if not text.strip():
        raise DomainError("nothing_said", _("Write something."), "text")
    chat = _mine(chat_id, by)
    if ChatMessage.objects.filter(chat=chat, key=key).exists():
        return chat
    said = new_message(Author.PERSON, text, as_of, key=key, user_id=by.user_id, name=_name(by))
    add(chat, [said])
    chat.last_person_at = as_of
    chat.save()
    return chat


@action
def end_chat(chat_id: int, *, by: Actor, as_of: datetime) -> Chat:
    """End one's own talk; it stands on the timeline of its lead. Ending it twice changes nothing.

    Raises ``ConflictError`` ``not_yours``.
    """
    by.require(Right.CHATS_ANSWER)
    chat = _locked(chat_id)
    if chat.state == ChatState.ENDED and chat.rep_id == by.user_id:
        return chat
    chat = _mine(chat_id, by)
    with translation.override(chat.language):
        text = _("%(name)s has ended the talk. Thank you!") % {"name": public_name(chat.rep)}
        add(chat, [_note(chat, text, as_of)])
    finish(chat, by=by, as_of=as_of)
    return chat


@action
def transfer_chat(chat_id: int, *, to: User, by: Actor, as_of: datetime) -> Chat:
    """Pass one's own talk on to a colleague who is there.

    Raises ``DomainError`` ``not_there``, ``ConflictError`` ``chat_ended`` or ``not_yours``.
    """
    chat = _mine(chat_id, by)
    if not ChatPresence.objects.there(as_of).filter(user=to).exists():
        message = _("%(name)s is not there for chats.") % {"name": to.display_name}
        raise DomainError("not_there", message, "to")
    chat.rep, chat.taken_at, chat.told_late_at = to, as_of, None
    with translation.override(chat.language):
        text = _("%(name)s goes on with this talk.") % {"name": public_name(to)}
        add(chat, [_note(chat, text, as_of)])
    hand_in(chat, by=by, as_of=as_of)
    chat.save()
    look_at([chat], at=as_of + ANSWERS_WITHIN)
    return chat
