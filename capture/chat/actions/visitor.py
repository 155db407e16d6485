"""What a visitor does in a talk. Each message is stored as it was said before it is understood."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor
from capture.chat import people
from capture.chat.actions.writing import (
    add,
    definition_of,
    finish,
    hand_in,
    look_at,
    new_message,
    silence,
)
from capture.chat.models import Author, Chat, ChatMessage, ChatSettings, ChatState
from capture.chat.parts import DID
from capture.chat.steps import (
    asking,
    clean_answers,
    clean_values,
    next_question,
    question_named,
    refusal,
    told,
)
from capture.definition import Definition, FieldSpec
from capture.guard.proof import Check
from capture.models.forms import Form
from ground.errors import DomainError

# A person who does not answer for so long is said to be away.
ANSWERS_WITHIN = timedelta(minutes=3)
# More than anybody says; a program that talks on and on stops here.
MANY_MESSAGES = 500


@dataclass(frozen=True, slots=True)
class Talk:
    """How a browser knows its talk, and all that is known of where it comes from."""

    key: UUID
    token: str
    check: Check
    started: str = ""
    page_url: str = ""
    referrer: str = ""
    visitor: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    ip: str = ""
    user_agent: str = ""
    is_trapped: bool = False
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a visitor does: ``do`` is a name of ``VERBS``.

    ``name`` and ``values`` answer a question, ``text`` is free. ``answers`` and ``log`` are what
    the browser kept, for a talk of which nothing came in before.
    """

    key: UUID
    do: str
    name: str = ""
    values: Sequence[str] = ()
    text: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    log: Sequence[Mapping[str, Any]] = ()


def token_hash(token: str) -> str:
    """Return under which hash the secret of a talk is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_chat(form_id: UUID, key: UUID, token: str) -> Chat | None:
    """Return a talk of this form to whoever has its secret."""
    chat = Chat.objects.filter(public_id=key, form__public_id=form_id).first()
    return chat if chat and _is_theirs(chat, token) else None


def _is_theirs(chat: Chat, token: str) -> bool:
    return bool(token) and hmac.compare_digest(chat.token_hash, token_hash(token))


@action
def say(form_id: UUID, talk: Talk, said: Said, *, by: Actor, as_of: datetime) -> Chat:
    """Store what a visitor said or did and answer it; the first message begins the talk.

    The same key again changes nothing. Raises ``DomainError``: ``unchecked`` where a talk is to
    begin without the check against machines, ``unknown_talk``, ``talk_ended``, ``too_much``.
    """
    chat = _locked(talk) or _begin(form_id, talk, said, as_of)
    if not _is_theirs(chat, talk.token) or chat.form is None or chat.form.public_id != form_id:
        raise DomainError("unknown_talk", _("This talk is not there any more."))
    if ChatMessage.objects.filter(chat=chat, key=said.key).exists():
        return chat
    if chat.state == ChatState.ENDED:
        raise DomainError("talk_ended", _("This talk has ended."))
    if chat.revision > MANY_MESSAGES:
        raise DomainError("too_much", _("This talk is too long. Please begin a new one."))
    _catch_up(chat, said, as_of)
    chat.last_visitor_at = as_of
    with translation.override(chat.language):
        VERBS[said.do](_Turn(chat, said, by, as_of))
    chat.save()
    if chat.state != ChatState.ENDED:
        wait = ANSWERS_WITHIN if chat.state == ChatState.LIVE else silence(ChatSettings.current())
        look_at([chat], at=as_of + wait)
    return chat


def _locked(talk: Talk) -> Chat | None:
    found = Chat.objects.filter(public_id=talk.key).select_for_update(of=("self",))
    return found.select_related("form", "rep").first()


def _begin(form_id: UUID, talk: Talk, said: Said, as_of: datetime) -> Chat:
    """Return a new talk, locked; one that another request has just begun is that one."""
    if not talk.check.is_passed:
        raise DomainError("unchecked", _("The check against machines is missing."), "check")
    form = Form.objects.select_related("published").filter(public_id=form_id).first()
    if form is None or form.published is None:
        raise DomainError("unknown_talk", _("This chat does not exist."))
    definition = Definition.from_json(form.published.definition)
    new = Chat(
        public_id=talk.key,
        form=form,
        version=form.published.number,
        language=form.language,
        token_hash=token_hash(talk.token),
        answers=clean_answers(definition, said.answers),
        proof=talk.check.key,
        proof_way=talk.check.way,
        started_token=talk.started[:100],
        is_trapped=talk.is_trapped,
        is_held=talk.is_held,
        page_url=talk.page_url[:2000],
        referrer=talk.referrer[:2000],
        visitor=talk.visitor[:100],
        headers=dict(talk.headers),
        ip=talk.ip or None,
        user_agent=talk.user_agent[:500],
        started_at=as_of,
        last_visitor_at=as_of,
    )
    new.has_news = bool(new.answers)
    Chat.objects.bulk_create([new], ignore_conflicts=True)
    chat = _locked(talk)
    assert chat is not None
    if not ChatMessage.objects.filter(chat=chat).exists():
        add(chat, read_log(said.log, as_of) or _first(definition, chat, as_of))
    return chat


def _catch_up(chat: Chat, said: Said, as_of: datetime) -> None:
    """Add what a browser kept of this talk while nothing could be stored."""
    if not said.log:
        return
    known = set(ChatMessage.objects.filter(chat=chat).values_list("key", flat=True))
    lacking = [row for row in read_log(said.log, as_of) if row.key and row.key not in known]
    if lacking:
        add(chat, lacking)
        chat.answers = {**chat.answers, **clean_answers(definition_of(chat), said.answers)}
        chat.has_news = True


def _first(definition: Definition, chat: Chat, as_of: datetime) -> list[ChatMessage]:
    """Return what the window showed before the visitor said anything."""
    spec = next_question(definition, chat.answers)
    texts = [definition.intro, *asking(definition, chat.answers, spec)]
    return [new_message(Author.BOT, text, as_of) for text in texts if text]


def read_log(log: Sequence[Mapping[str, Any]], as_of: datetime) -> list[ChatMessage]:
    """Return what a browser kept of a talk while nothing could be stored."""
    found: dict[str, ChatMessage] = {}
    for number, entry in enumerate(log[:MANY_MESSAGES]):
        text, who = str(entry.get("text") or ""), entry.get("who")
        # SECURITY: a browser cannot put words into the mouth of a colleague.
        author = Author.VISITOR if who == Author.VISITOR else Author.BOT
        try:
            key = UUID(str(entry.get("id")))
        except ValueError:
            key = None
        if text.strip():
            named = str(entry.get("field") or "")[:60]
            found[str(key or number)] = new_message(author, text, as_of, key=key, field=named)
    return list(found.values())


@dataclass(slots=True)
class _Turn:
    """One thing that a visitor does in a talk that is locked."""

    chat: Chat
    said: Said
    by: Actor
    as_of: datetime
    definition: Definition = field(init=False)

    def __post_init__(self) -> None:
        self.definition = definition_of(self.chat)

    def visitor(self, text: str, name: str = "") -> ChatMessage:
        """Return what the visitor said, under their key."""
        return new_message(Author.VISITOR, text, self.as_of, key=self.said.key, field=name)

    def bot(self, text: str) -> ChatMessage:
        """Return what the bot says."""
        return new_message(Author.BOT, text, self.as_of)

    def note(self, text: str) -> ChatMessage:
        """Return what is told about the talk."""
        return new_message(Author.NOTE, text, self.as_of)

    def ask(self) -> list[ChatMessage]:
        """Return the next question, or the thanks after the last one."""
        spec = next_question(self.definition, self.chat.answers)
        return [self.bot(text) for text in asking(self.definition, self.chat.answers, spec)]

    def hand_in_when_done(self) -> None:
        """Hand the answers in as soon as nothing is left to ask."""
        if next_question(self.definition, self.chat.answers) is None:
            hand_in(self.chat, by=self.by, as_of=self.as_of)


def _answer(turn: _Turn) -> None:
    chat, said = turn.chat, turn.said
    spec = question_named(turn.definition, chat.answers, said.name)
    if spec is None:
        return _free(turn)
    values = clean_values(spec, said.values)
    raw = "\n".join(values) if spec.kind in {"text", "textarea"} else told(spec, values)
    wrong = refusal(spec, values)
    if wrong:
        shown = raw if values else _("(no answer)")
        add(chat, [turn.visitor(shown, spec.name), turn.bot(wrong)])
        return None
    add(chat, [turn.visitor(raw or _("(skipped)"), spec.name)])
    _keep(turn, spec, values)
    add(chat, turn.ask())
    turn.hand_in_when_done()
    return None


def _keep(turn: _Turn, spec: FieldSpec, values: list[str]) -> None:
    turn.chat.answers = {**turn.chat.answers, spec.name: values}
    turn.chat.has_news = True


def _free(turn: _Turn) -> None:
    """Keep what was said freely; outside a talk with a person it is handed in with the rest."""
    chat = turn.chat
    text = turn.said.text or " ".join(turn.said.values)
    if not text.strip():
        return
    add(chat, [turn.visitor(text)])
    if chat.state != ChatState.BOT:
        return
    chat.has_news = True
    add(chat, [turn.bot(_("Thank you, we pass that on."))])
    # Further words wait for the silence, so that ten lines are one submission.
    if chat.hand_ins == 0:
        turn.hand_in_when_done()


def _back(turn: _Turn) -> None:
    """Take an answer back and ask for it again."""
    chat, name = turn.chat, turn.said.name
    spec = question_named(turn.definition, chat.answers, name)
    if chat.state != ChatState.BOT or spec is None or name not in chat.answers:
        return
    chat.answers = {key: values for key, values in chat.answers.items() if key != name}
    add(chat, [turn.visitor(_("I would like to correct that."), DID), *turn.ask()])


def _person(turn: _Turn) -> None:
    """Ask for a person: everybody who is there is told, or the visitor that nobody is."""
    chat = turn.chat
    if chat.state != ChatState.BOT or not turn.definition.chat.offers_person:
        return
    add(chat, [turn.visitor(_("I would like to talk to a person."), DID)])
    # A trap that snapped rings nobody.
    if chat.is_trapped or not people.is_somebody_there(turn.as_of):
        add(chat, [turn.bot(away_text(turn.definition)), *turn.ask()])
        return
    chat.state, chat.asked_at = ChatState.WAITING, turn.as_of
    add(chat, [turn.note(_("One moment please, we are looking for somebody for you."))])
    hand_in(chat, by=turn.by, as_of=turn.as_of)
    wait = timedelta(seconds=ChatSettings.current().wait_seconds)
    look_at([chat], at=turn.as_of + wait)


def away_text(definition: Definition) -> str:
    """Return what a visitor is told when nobody is there."""
    return definition.chat.away_text or _(
        "Nobody is free at the moment. Leave us your address or number, and we will get back to"
        " you."
    )


def _end(turn: _Turn) -> None:
    add(turn.chat, [turn.visitor(_("I have ended the talk."), DID)])
    finish(turn.chat, by=turn.by, as_of=turn.as_of)


VERBS: dict[str, Callable[[_Turn], None]] = {
    "answer": _answer,
    "say": _free,
    "back": _back,
    "person": _person,
    "end": _end,
}
