"""What the actions of both sides share: adding to a talk that is locked, handing it in."""

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import User
from capture.actions.receiving import store_submissions
from capture.activities import CHAT_ENDED
from capture.catalogue import MESSAGE
from capture.chat.models import Author, Chat, ChatMessage, ChatSettings, ChatState, DueChat
from capture.chat.parts import FRESH, PART, part_key
from capture.chat.steps import CONSENT, hidden_values
from capture.definition import Definition
from capture.guard import proof
from capture.judging import HONEYPOT
from capture.models.forms import FormVersion
from capture.models.submissions import Submission, SubmissionState
from capture.raw import RawSubmission
from ground.due import ask
from ground.ticks import wake
from leads.actions.timeline import NewActivity, record
from leads.normalise import clean_text

CARE = "capture.chat"
LONGEST = 5000
# A talk in which nothing happens for so many times the silence is over.
ENDS_AFTER = 6


def new_message(author: str, text: str, at: datetime, **more: Any) -> ChatMessage:
    """Return a message that ``add`` puts into a talk."""
    return ChatMessage(
        author=author, text=clean_text(text, limit=LONGEST, lines=True), at=at, **more
    )


def add(chat: Chat, messages: Sequence[ChatMessage]) -> None:
    """Put ``messages`` at the end of a talk that is locked, and let its revision grow."""
    last = (
        ChatMessage.objects.filter(chat=chat).order_by("-number").values_list("number", flat=True)
    ).first() or 0
    for number, message in enumerate(messages, start=last + 1):
        message.chat, message.number = chat, number
    ChatMessage.objects.bulk_create(messages)
    chat.revision += 1


def public_name(user: User | None) -> str:
    """Return what visitors are told a colleague is called; never an address."""
    return (user.name if user else "") or _("A colleague")


def definition_of(chat: Chat) -> Definition:
    """Return what the visitor of this talk is asked, as it was when the talk began."""
    version = FormVersion.objects.filter(form=chat.form_id, number=chat.version).first()
    return Definition.from_json(version.definition if version else {})


def look_at(chats: Iterable[Chat], *, at: datetime) -> None:
    """Have somebody look at these talks at ``at``, or earlier where that was asked for."""
    ask(DueChat, "chat_id", [chat.pk for chat in chats], due_at=at)


def silence(settings: ChatSettings) -> timedelta:
    """Return the silence after which a talk counts as left."""
    return timedelta(minutes=settings.idle_minutes)


@action
def hand_in(chat: Chat, *, by: Actor, as_of: datetime) -> bool:
    """Make a submission of what was said in a talk that is locked; says whether it did.

    Without an address or number, or without anything new, nothing is done. It takes the way of
    all submissions from there: verdict, quarantine, lead, consent, assignment.
    """
    if chat.form is None or not chat.has_news or not chat.has_contact:
        return False
    chat.hand_ins += 1
    key = part_key(chat.public_id, chat.hand_ins)
    raw = RawSubmission(
        key=key,
        form_id=chat.form.public_id,
        version=chat.version or None,
        body=json.dumps(_body(chat, key)).encode(),
        content_type="application/json",
        received_at=as_of,
        headers=chat.headers,
        ip=chat.ip or "",
        user_agent=chat.user_agent,
        page_url=chat.page_url,
        state=SubmissionState.THROTTLED if chat.is_held else SubmissionState.RECEIVED,
    )
    store_submissions([raw], by=by, as_of=as_of)
    chat.submission_id = key
    if chat.is_sample:
        Submission.objects.filter(pk=key).update(is_sample=True)
    chat.handed_until = _last_number(chat)
    chat.has_news = False
    return True


def _last_number(chat: Chat) -> int:
    numbers = ChatMessage.objects.filter(chat=chat).order_by("-number")
    return numbers.values_list("number", flat=True).first() or 0


def _body(chat: Chat, key: uuid.UUID) -> dict[str, Any]:
    assert chat.form is not None
    # The first submission carries the check itself, so that one used for two talks is seen.
    passed = proof.Check(
        chat.proof_way, chat.proof if chat.hand_ins == 1 else f"{chat.proof[:48]}-{chat.hand_ins}"
    )
    new = ChatMessage.objects.filter(
        chat=chat, author=Author.VISITOR, number__gt=chat.handed_until
    ).order_by("number")
    # What was told with an earlier part is not told again.
    fresh = set(new.exclude(field="").values_list("field", flat=True))
    answered = (chat.answers.get(MESSAGE) or []) if MESSAGE in fresh else []
    said = [*answered, *new.filter(field="").values_list("text", flat=True)]
    body: dict[str, Any] = hidden_values(definition_of(chat), chat.page_url)
    body |= {
        name: list(values)
        for name, values in chat.answers.items()
        if values and (name in fresh or not name.startswith(CONSENT))
    }
    body |= {
        MESSAGE: "\n".join(said)[:LONGEST],
        proof.SEAL: proof.new_seal(passed, str(chat.form.public_id)),
        proof.STARTED: chat.started_token,
        "submission_id": str(key),
        "talk": str(chat.public_id),
        PART: str(chat.hand_ins),
        FRESH: sorted(fresh),
        "page_url": chat.page_url,
        "referrer": chat.referrer,
        "visitor": chat.visitor,
    }
    if chat.is_trapped:
        body[HONEYPOT] = "filled in"
    return body


@action
def finish(chat: Chat, *, by: Actor, as_of: datetime) -> None:
    """End a talk that is locked: hand in what is new, and tell it on the timeline of its lead."""
    if chat.state == ChatState.ENDED:
        return
    hand_in(chat, by=by, as_of=as_of)
    chat.state, chat.ended_at = ChatState.ENDED, as_of
    chat.revision += 1
    chat.save()
    report([chat], by=by, as_of=as_of)


@action
def report(chats: Sequence[Chat], *, by: Actor, as_of: datetime) -> None:
    """Tell ended talks on the timelines of their leads, each once."""
    told = [
        chat
        for chat in chats
        if chat.state == ChatState.ENDED and chat.lead_id and chat.reported_at is None
    ]
    record([_activity(chat) for chat in told], by=by, as_of=as_of)
    for chat in told:
        chat.reported_at = as_of
    Chat.objects.bulk_update(told, ["reported_at"])


def _activity(chat: Chat) -> NewActivity:
    said = ChatMessage.objects.filter(chat=chat, author=Author.VISITOR).order_by("-number")
    last = said.values_list("text", flat=True).first() or ""
    where = chat.form or chat.connection
    data = {
        "chat": str(chat.public_id),
        "form": str(chat.form.public_id) if chat.form else "",
        "form_name": where.name if where else "",
        "rep_name": chat.rep.display_name if chat.rep else "",
        "messages": ChatMessage.objects.filter(chat=chat).count(),
        "last_said": last[:300],
        "page_url": chat.page_url,
    }
    return NewActivity(
        chat.lead_id or 0,
        CHAT_ENDED,
        chat.ended_at or chat.last_visitor_at,
        data,
        dedupe_key=f"chat:{chat.public_id}",
    )


def wake_care() -> None:
    """Have talks looked at now."""
    wake(CARE)
