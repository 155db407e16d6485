"""The public door of chats: from a request to a message, with and without the database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.actor import VISITOR
from accounts.visitors import client_ip
from capture import spool
from capture.attribution import clean_address
from capture.catalogue import MESSAGE
from capture.chat import people
from capture.chat.actions.visitor import VERBS, Said, Talk, find_chat, say
from capture.chat.models import Chat, ChatMessage, ChatState
from capture.chat.steps import (
    asking,
    clean_answers,
    clean_values,
    hidden_values,
    last_answered,
    next_question,
    question_named,
    refusal,
    to_json,
)
from capture.definition import Definition
from capture.door import BodyTooLargeError, find_form, read_body
from capture.guard import doors, proof
from capture.guard.throttle import Pace
from capture.judging import HONEYPOT
from capture.models.forms import FormKind, FormVersion
from capture.outage import DatabaseAwayError, with_database
from capture.raw import KEPT_HEADERS, RawSubmission
from capture.snapshots import PublicForm
from ground.errors import DomainError
from leads.normalise import clean_text

MAX_BODY = 128 * 1024
# What a browser makes by itself: 128 bits as text, or more.
SHORTEST_TOKEN = 22


@dataclass(slots=True)
class Answered:
    """What a visitor's browser is told.

    Status 200 stored, 202 taken without the database, 400 unreadable, 404 no such chat or talk,
    409 ended, 410 closed, 413 too large, 422 refused, 429 too many, 503 could not be taken.
    """

    status: int
    form: PublicForm | None = None
    body: dict[str, Any] = field(default_factory=dict)


def find_bot(public_id: UUID) -> PublicForm | None:
    """Return a published chat, also while the database is away."""
    form, _is_from_disk = find_form(public_id)
    return form if form is not None and form.kind == FormKind.CHAT else None


def _refused(status: int, message: Any, form: PublicForm | None = None, **more: Any) -> Answered:
    return Answered(status, form, {"message": str(message), **more})


def receive(request: HttpRequest, public_id: UUID, *, as_of: datetime) -> Answered:
    """Take one message that a script sent as JSON."""
    try:
        data = json.loads(read_body(request, MAX_BODY))
    except BodyTooLargeError:
        return _refused(413, _("This is too much for one message."))
    except (ValueError, RecursionError):
        return _refused(400, _("This is not readable JSON."))
    if not isinstance(data, dict):
        return _refused(400, _("This is not readable JSON."))
    return take(request, public_id, data, as_of=as_of)


def take(
    request: HttpRequest, public_id: UUID, data: Mapping[str, Any], *, as_of: datetime
) -> Answered:
    """Take one message: store it and answer it; without the database answer it from the form."""
    pace = doors.CHAT.enter(request)
    if pace == Pace.REFUSED:
        return _refused(429, _("Too many messages from your network. Please wait a minute."))
    form = find_bot(public_id)
    if form is None:
        return _refused(404, _("This chat does not exist."))
    with translation.override(form.language):
        if form.is_archived:
            return _refused(410, _("This chat is closed."), form)
        said = _said(data)
        key, token = read_key(data.get("talk")), str(data.get("token") or "")[:200]
        if said is None or key is None or len(token) < SHORTEST_TOKEN:
            return _refused(400, _("This is not readable JSON."), form)
        talk = _talk(request, form, key, token, data, as_of)
        if pace == Pace.HELD:
            talk = replace(talk, is_held=True)
        return _store(form, talk, said, data, as_of)


def _store(
    form: PublicForm, talk: Talk, said: Said, data: Mapping[str, Any], as_of: datetime
) -> Answered:
    try:
        chat = with_database(lambda: say(form.public_id, talk, said, by=VISITOR, as_of=as_of))
        return Answered(200, form, told(form, chat, _number(data.get("after")), as_of))
    except DatabaseAwayError:
        return _without_database(form, talk, said, data, as_of)
    except DomainError as error:
        status = {"talk_ended": 409, "unknown_talk": 404}.get(error.code, 422)
        return _refused(status, error.message, form, code=error.code)


def read_key(value: Any) -> UUID | None:
    """Return the id in ``value``, None where there is none."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _number(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def _said(data: Mapping[str, Any]) -> Said | None:
    key, verb = read_key(data.get("id")), str(data.get("do") or "")
    if key is None or verb not in VERBS:
        return None
    values, answers, log = (data.get(name) for name in ("values", "answers", "log"))
    return Said(
        key,
        verb,
        name=str(data.get("field") or "")[:60],
        values=[str(value)[:5000] for value in values[:60]] if isinstance(values, list) else [],
        text=str(data.get("text") or "")[:5000],
        answers=answers if isinstance(answers, dict) else {},
        log=[entry for entry in log if isinstance(entry, dict)] if isinstance(log, list) else [],
    )


def _talk(
    request: HttpRequest,
    form: PublicForm,
    key: UUID,
    token: str,
    data: Mapping[str, Any],
    as_of: datetime,
) -> Talk:
    given = {
        name: str(data.get(name) or "") for name in (proof.PROOF, proof.SUM_FIELD, proof.SUM_ANSWER)
    }
    kept = {name: request.headers.get(name, "")[:1000] for name in KEPT_HEADERS}
    page = clean_address(str(data.get("page_url") or "")) or clean_address(kept["Referer"])
    return Talk(
        key,
        token,
        proof.check(given, str(form.public_id), as_of=as_of),
        started=str(data.get(proof.STARTED) or ""),
        page_url=page,
        referrer=clean_address(str(data.get("referrer") or "")),
        visitor=clean_text(str(data.get("visitor") or ""), limit=100),
        headers={name: clean_text(value) for name, value in kept.items() if value},
        ip=client_ip(request),
        user_agent=clean_text(request.headers.get("User-Agent", ""), limit=500),
        is_trapped=bool(str(data.get(HONEYPOT) or "").strip()),
    )


def told(form: PublicForm, chat: Chat, after: int, as_of: datetime) -> dict[str, Any]:
    """Return a talk as its visitor sees it: what is new, what is asked, who is there."""
    rows = ChatMessage.objects.filter(chat=chat, number__gt=after).order_by("number")
    definition = pinned(form, chat)
    step = next_question(definition, chat.answers) if chat.state == ChatState.BOT else None
    offers = chat.state == ChatState.BOT and definition.chat.offers_person
    return {
        "talk": str(chat.public_id),
        "tag": str(chat.revision),
        "state": chat.state,
        "messages": [
            {"n": row.number, "who": row.author, "name": row.name, "text": row.text, "id": row.key}
            for row in rows
        ],
        "step": to_json(step) if step else None,
        "back": last_answered(definition, chat.answers) if chat.state == ChatState.BOT else "",
        "answers": chat.answers,
        "person": offers and people.is_somebody_there(as_of),
    }


def pinned(form: PublicForm, chat: Chat) -> Definition:
    """Return what this talk asks: the version that was published when it began."""
    if chat.version == form.version:
        return form.definition
    rows = FormVersion.objects.filter(form__public_id=form.public_id, number=chat.version)
    version = rows.first()
    return Definition.from_json(version.definition) if version else form.definition


def look(
    form: PublicForm, key: UUID, token: str, after: int, as_of: datetime, known: str = ""
) -> Answered:
    """Return what is new in a talk, to whoever has its secret; writes nothing.

    Status 304 while it is still as under the tag ``known``.
    """
    try:
        chat = with_database(lambda: find_chat(form.public_id, key, token))
        if chat is None:
            return _refused(404, _("This talk is not there any more."), form)
        if known == str(chat.revision):
            return Answered(304, form, {"tag": known})
        return Answered(200, form, with_database(lambda: told(form, chat, after, as_of)))
    except DatabaseAwayError:
        return _refused(503, _("We cannot look this up right now."), form)


def _without_database(
    form: PublicForm, talk: Talk, said: Said, data: Mapping[str, Any], as_of: datetime
) -> Answered:
    """Go on from what the browser keeps; what is complete or ended is put into the spool."""
    definition = form.definition
    answers = clean_answers(definition, said.answers)
    messages, wrong = [], ""
    spec = question_named(definition, answers, said.name)
    if said.do == "answer" and spec is not None:
        values = clean_values(spec, said.values)
        wrong = refusal(spec, values)
        if not wrong:
            answers[spec.name] = values
    elif said.do == "back":
        answers.pop(said.name, None)
    step = next_question(definition, answers)
    is_over = said.do == "end" or (step is None and not wrong)
    if is_over and not _put_aside(form, talk, said, answers, as_of):
        contact = form.contact
        return _refused(503, _("We cannot take this right now. Please try again."), contact=contact)
    texts = [wrong] if wrong else asking(definition, answers, step)
    messages = [{"n": 0, "who": "bot", "name": "", "text": text, "id": None} for text in texts]
    body = {
        "talk": str(talk.key),
        "tag": "",
        "state": ChatState.ENDED if is_over else ChatState.BOT,
        "messages": messages,
        "step": to_json(step) if step and not is_over else None,
        "back": last_answered(definition, answers),
        "answers": answers,
        "person": False,
        "away": True,
    }
    return Answered(202, form, body)


def _put_aside(
    form: PublicForm,
    talk: Talk,
    said: Said,
    answers: Mapping[str, Sequence[str]],
    as_of: datetime,
) -> bool:
    """Put a whole talk into the spool, as a submission that passes the guard of all others."""
    log = [*said.log]
    if said.text or said.values:
        text = said.text or ", ".join(said.values)
        log.append({"id": str(said.key), "who": "visitor", "text": text, "field": said.name})
    free = [
        str(entry.get("text") or "")
        for entry in log
        if entry.get("who") == "visitor" and not entry.get("field")
    ]
    body: dict[str, Any] = {name: list(values) for name, values in answers.items() if values}
    body |= hidden_values(form.definition, talk.page_url)
    body |= {
        MESSAGE: "\n".join([*(answers.get(MESSAGE) or []), *free])[:5000],
        "log": log,
        "talk": str(talk.key),
        proof.STARTED: talk.started,
        proof.SEAL: _seal(talk, form),
        "page_url": talk.page_url,
        "referrer": talk.referrer,
        "visitor": talk.visitor,
        HONEYPOT: "filled in" if talk.is_trapped else "",
    }
    raw = RawSubmission(
        key=uuid5(talk.key, "spool"),
        form_id=form.public_id,
        version=form.version,
        body=json.dumps(body).encode(),
        content_type="application/json",
        received_at=as_of,
        headers=talk.headers,
        ip=talk.ip,
        user_agent=talk.user_agent,
        page_url=talk.page_url,
        state="throttled" if talk.is_held else "received",
    )
    try:
        spool.put(raw)
    except spool.SpoolFullError:
        return False
    return True


def _seal(talk: Talk, form: PublicForm) -> str:
    if not talk.check.is_passed:
        return ""
    # Of its own: what was handed in of this talk before carries the key itself.
    passed = proof.Check(talk.check.way, f"{talk.check.key[:48]}-s")
    return proof.new_seal(passed, str(form.public_id))


def new_talk() -> tuple[str, str]:
    """Return the id and the secret of a new talk, for pages without scripts."""
    return str(uuid4()), f"{uuid4().hex}{uuid4().hex}"
