"""What happens in talks when nobody does anything, and when they are forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation
from capture.chat.actions.visitor import ANSWERS_WITHIN, away_text, read_log
from capture.chat.actions.writing import (
    ENDS_AFTER,
    add,
    definition_of,
    finish,
    hand_in,
    look_at,
    new_message,
    public_name,
    report,
    silence,
)
from capture.chat.models import Author, Chat, ChatMessage, ChatSettings, ChatState
from capture.chat.steps import asking, next_question
from capture.models.forms import Form

BATCH = 500


@action
def look_after_chats(chat_ids: Sequence[int], *, by: Actor, as_of: datetime) -> None:
    """Do what is due in these talks: tell of a delay, hand in what was left, end what is over.

    Whoever waits too long for a person, or whose colleague falls silent, is told so and offered
    another way. A talk that was left half-way is handed in. Each is looked at again until it ends.
    """
    settings = ChatSettings.current()
    rows = Chat.objects.filter(pk__in=chat_ids).order_by("pk").select_for_update(of=("self",))
    for chat in rows.select_related("form", "rep", "connection"):
        if chat.state == ChatState.ENDED:
            continue
        with translation.override(chat.language):
            again = _CARES[ChatState(chat.state)](chat, settings, by, as_of)
        if again is None:
            continue
        chat.save()
        look_at([chat], at=max(again, as_of + timedelta(seconds=1)))


def _waiting(chat: Chat, settings: ChatSettings, by: Actor, as_of: datetime) -> datetime | None:
    until = (chat.asked_at or as_of) + timedelta(seconds=settings.wait_seconds)
    if as_of < until:
        return until
    definition = definition_of(chat)
    chat.state = ChatState.BOT
    spec = next_question(definition, chat.answers)
    texts = [away_text(definition), *(asking(definition, chat.answers, spec) if spec else ())]
    add(chat, [new_message(Author.BOT, text, as_of) for text in texts])
    return as_of + silence(settings)


def _live(chat: Chat, settings: ChatSettings, by: Actor, as_of: datetime) -> datetime | None:
    heard = max(filter(None, [chat.last_visitor_at, chat.last_person_at, chat.taken_at]))
    over = heard + silence(settings) * ENDS_AFTER
    if as_of >= over:
        add(chat, [new_message(Author.NOTE, _("The talk has ended after a long silence."), as_of)])
        finish(chat, by=by, as_of=as_of)
        return None
    answered = max(filter(None, [chat.last_person_at, chat.taken_at]))
    if chat.last_visitor_at <= answered:
        return over
    late = chat.last_visitor_at + ANSWERS_WITHIN
    is_told = chat.told_late_at is not None and chat.told_late_at >= answered
    if as_of < late or is_told:
        return over if is_told else late
    chat.told_late_at = as_of
    add(chat, [new_message(Author.NOTE, _late_text(chat), as_of)])
    return over


def _late_text(chat: Chat) -> str:
    told = _("%(name)s is not answering at the moment; what you wrote is kept.") % {
        "name": public_name(chat.rep)
    }
    organisation = Organisation.current()
    contact = organisation.email or organisation.second_contact
    other = _("You need not wait: leave your number or address here, and we will get back to you.")
    direct = _("You can also write to %(contact)s.") % {"contact": contact} if contact else ""
    return " ".join(part for part in (told, other, direct) if part)


def _bot(chat: Chat, settings: ChatSettings, by: Actor, as_of: datetime) -> datetime | None:
    quiet = silence(settings)
    if as_of >= chat.last_visitor_at + quiet * ENDS_AFTER:
        finish(chat, by=by, as_of=as_of)
        return None
    if as_of < chat.last_visitor_at + quiet:
        return chat.last_visitor_at + quiet
    hand_in(chat, by=by, as_of=as_of)
    return chat.last_visitor_at + quiet * ENDS_AFTER


_CARES = {ChatState.WAITING: _waiting, ChatState.LIVE: _live, ChatState.BOT: _bot}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A submission of a talk that has become a lead."""

    talk: UUID
    lead_id: int
    submission: UUID
    form_id: int
    log: Sequence[Mapping[str, Any]] = ()
    answers: Mapping[str, Sequence[str]] | None = None


@action
def attach_chats(arrived: Sequence[Arrived], *, by: Actor, as_of: datetime) -> int:
    """Give talks to the leads that their submissions became; returns how many.

    What a browser sent by itself while nothing could be stored brings its talk with it.
    """
    by_talk = {item.talk: item for item in arrived}
    _make_missing(by_talk, as_of)
    rows = Chat.objects.filter(public_id__in=by_talk).order_by("pk")
    chats = []
    for chat in rows.select_for_update(of=("self",)).select_related("form", "rep"):
        item = by_talk[chat.public_id]
        if chat.form_id != item.form_id or chat.lead_id not in {None, item.lead_id}:
            continue
        chat.lead_id = item.lead_id
        if item.log:
            _complete(chat, item, as_of)
        chat.revision += 1
        chats.append(chat)
    Chat.objects.bulk_update(
        chats, ["lead", "revision", "submission", "has_news", "state", "ended_at"]
    )
    report(chats, by=by, as_of=as_of)
    return len(chats)


def _make_missing(by_talk: Mapping[UUID, Arrived], as_of: datetime) -> None:
    kept = {key: item for key, item in by_talk.items() if item.log}
    there = Chat.objects.filter(public_id__in=kept).values_list("public_id", flat=True)
    missing = kept.keys() - set(there)
    forms = Form.objects.in_bulk({kept[key].form_id for key in missing})
    Chat.objects.bulk_create(
        (
            Chat(
                public_id=key,
                form_id=kept[key].form_id,
                language=forms[kept[key].form_id].language,
                answers=dict(kept[key].answers or {}),
                started_at=as_of,
                last_visitor_at=as_of,
            )
            for key in sorted(missing)
        ),
        ignore_conflicts=True,
    )


def _complete(chat: Chat, item: Arrived, as_of: datetime) -> None:
    """Add what a talk lacks of what its browser kept, and end it."""
    messages = ChatMessage.objects.filter(chat=chat)
    known = set(messages.values_list("key", flat=True))
    is_new = not messages.exists()
    lacking = [
        row
        for row in read_log(item.log, as_of)
        if (is_new if row.key is None else row.key not in known)
    ]
    add(chat, lacking)
    chat.submission_id, chat.has_news = item.submission, False
    if chat.state == ChatState.BOT:
        chat.state, chat.ended_at = ChatState.ENDED, as_of


@action
def forget_chats(*, by: Actor, as_of: datetime) -> int:
    """Delete ended talks that were kept long enough; at most ``BATCH`` a call."""
    settings = ChatSettings.current()
    known = as_of - timedelta(days=settings.retention_days)
    unknown = as_of - timedelta(days=settings.unknown_days)
    old = Q(lead__isnull=False, last_visitor_at__lt=known)
    old |= Q(lead=None, last_visitor_at__lt=unknown)
    rows = Chat.objects.filter(old, state=ChatState.ENDED).order_by("last_visitor_at", "pk")
    keys = list(rows.values_list("pk", flat=True)[:BATCH])
    Chat.objects.filter(pk__in=keys).delete()
    return len(keys)
