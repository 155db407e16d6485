"""Talks of other chat tools: they come in pieces, in any order, and become one lead each."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.action import action
from accounts.actor import Actor
from capture.chat.actions.writing import (
    ENDS_AFTER,
    add,
    finish,
    look_at,
    new_message,
    report,
    silence,
)
from capture.chat.models import Author, Chat, ChatMessage, ChatSettings, ChatState
from capture.connectors.entries import Arrival, arrive
from capture.connectors.models import EventState, HookEvent
from capture.connectors.told import Field, HookError, Told, ToldChat
from capture.models.campaigns import Campaign
from leads.actions.entry import enter_leads
from leads.models import FieldDefinition


@dataclass(slots=True)
class TalkPart:
    """One piece of a talk; ``arrival`` is None as long as the talk names nobody."""

    event: HookEvent
    told: Told
    chat: Chat
    arrival: Arrival | None = None
    is_first: bool = False

    @property
    def part(self) -> ToldChat:
        """What it says of the talk."""
        assert self.told.chat is not None
        return self.told.chat


@action
def store_talks(
    parts: Sequence[tuple[HookEvent, Told]],
    known: Mapping[str, FieldDefinition],
    campaigns: Sequence[Campaign],
    *,
    by: Actor,
    as_of: datetime,
) -> list[TalkPart]:
    """Keep pieces of talks; what the whole talk knows of its visitor is what each piece tells.

    The first piece of a talk that names somebody is marked as such: it becomes the lead.
    """
    ordered = sorted(parts, key=lambda pair: (pair[0].connection_id, pair[1].chat.key))  # type: ignore[union-attr]
    found, named = [], set[int]()
    for event, told in ordered:
        assert told.chat is not None
        chat = _chat(event, told, as_of)
        _keep_lines(chat, told.chat, event)
        _merge(chat, told)
        piece = TalkPart(event, told, chat)
        try:
            piece.arrival = arrive(event, _whole(chat, told), known, campaigns)
        except HookError:
            event.state = EventState.IGNORED
            event.error = {"code": "talk_of_nobody", "details": {}}
        else:
            piece.arrival.messages += _said(chat)
            piece.is_first = chat.lead_id is None and chat.pk not in named
            named.add(chat.pk)
        chat.save()
        found.append(piece)
    return found


def _chat(event: HookEvent, told: Told, as_of: datetime) -> Chat:
    assert told.chat is not None
    at = min(told.occurred_at or event.received_at, event.received_at)
    chat = Chat(
        connection=event.connection,
        external_id=told.chat.key,
        language=event.connection.language,
        started_at=at,
        last_visitor_at=at,
        page_url=told.page_url[:2000],
        referrer=told.referrer[:2000],
        is_sample=event.is_sample,
    )
    Chat.objects.bulk_create([chat], ignore_conflicts=True)
    rows = Chat.objects.select_for_update(of=("self",)).select_related("connection", "lead")
    row = rows.get(connection=event.connection, external_id=told.chat.key)
    row.page_url = row.page_url or told.page_url[:2000]
    row.started_at = min(row.started_at, at)
    row.last_visitor_at = max(row.last_visitor_at, at)
    return row


def _keep_lines(chat: Chat, told: ToldChat, event: HookEvent) -> None:
    """Add the lines that are not there yet; those without an id are known by what they say."""
    lines = {}
    for line in told.lines:
        if line.text:
            said = line.key or f"{line.author}|{line.at}|{line.text}"
            lines[uuid.uuid5(chat.public_id, said)] = line
    there = ChatMessage.objects.filter(chat=chat, key__in=lines)
    known = set(there.values_list("key", flat=True))
    new = [
        new_message(
            Author(line.author),
            line.text,
            min(line.at or event.received_at, event.received_at),
            key=key,
            name=line.name,
        )
        for key, line in lines.items()
        if key not in known
    ]
    if new:
        add(chat, new)


def _merge(chat: Chat, told: Told) -> None:
    """Fill the gaps in what the talk knows of its visitor."""
    given = {item.name: list(item.values) for item in told.fields if item.text}
    chat.answers = {**given, **{name: values for name, values in chat.answers.items() if values}}
    chat.visitor = chat.visitor or (told.chat.handle[:100] if told.chat else "")
    names = ("name", "full_name", "last_name")
    chat.visitor_name = next((chat.answers[n][0] for n in names if chat.answers.get(n)), "")[:150]


def _whole(chat: Chat, told: Told) -> Told:
    """Return what the whole talk tells of its visitor."""
    service = chat.connection.settings.get("service") or "chat" if chat.connection else "chat"
    return replace(
        told,
        fields=[Field(name, values) for name, values in chat.answers.items()],
        page_url=told.page_url or chat.page_url,
        referrer=told.referrer or chat.referrer,
        external=f"talk:{chat.public_id}",
        handle=f"{service}:{chat.visitor}" if chat.visitor else "",
    )


def _said(chat: Chat) -> list[str]:
    said = ChatMessage.objects.filter(chat=chat, author=Author.VISITOR).order_by("at", "number")
    return list(said.values_list("text", flat=True))


@action
def settle_talks(pieces: Sequence[TalkPart], *, by: Actor, as_of: datetime) -> None:
    """Give talks to the leads that their first pieces became; what came later fills their gaps."""
    for piece in pieces:
        if piece.is_first:
            piece.chat.lead_id = piece.event.lead_id
    leads = {piece.chat.pk: piece.chat.lead_id for piece in pieces if piece.chat.lead_id}
    later = [piece for piece in pieces if piece.arrival and not piece.is_first]
    entries = [piece.arrival.entry() for piece in later if piece.arrival]
    entered = enter_leads(entries, by=by, as_of=as_of) if entries else []
    for piece, result in zip(later, entered, strict=True):
        piece.event.lead_id, piece.event.state = result.lead_id, EventState.PROCESSED
        piece.event.result = {"is_new": result.is_new, "warnings": [], "consents": []}
    over = {piece.chat.pk for piece in pieces if piece.part.is_over}
    quiet = silence(ChatSettings.current()) * ENDS_AFTER
    for chat in {piece.chat.pk: piece.chat for piece in pieces}.values():
        chat.lead_id = leads.get(chat.pk)
        chat.save()
        if chat.pk in over:
            finish(chat, by=by, as_of=as_of)
        elif chat.state == ChatState.ENDED:
            report([chat], by=by, as_of=as_of)
        else:
            look_at([chat], at=as_of + quiet)
