"""A chat on the website: one talk that the bot led alone, one that a colleague took over."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from accounts.actor import Actor, user_actor
from accounts.models import User
from accounts.rights import Role
from capture.actions.forms import NewForm, create_forms, publish_forms
from capture.actions.intake import take_in_submissions
from capture.chat.actions.settings import save_snippet
from capture.chat.actions.staff import end_chat, reply, take_chat
from capture.chat.actions.visitor import Said, Talk, say
from capture.chat.models import Chat, ChatState
from capture.guard.proof import Check, new_started
from capture.models import Form
from capture.readymade import ready_made
from leads.stages import Channel

_SPACE = UUID("5d0e2f9c-8a35-4f4b-9c0b-2f6f3a1c7e90")
_SNIPPETS = (
    (
        "Rückruf",
        "Sehr gern rufen wir Sie zurück. Unter welcher Nummer erreichen wir Sie, und wann?",
        "We will gladly call you back. At which number can we reach you, and when?",
    ),
    (
        "Förderung",
        "Welche Zuschüsse es gibt, steht in unserem Leitfaden. Soll ich ihn Ihnen schicken?",
        "Our guide tells which grants there are. Shall I send it to you?",
    ),
)
_ALONE = (
    ("q_1", "offer"),
    ("last_name", "Petra Lohse"),
    ("email", "petra.lohse@dachwerk-lohse.example"),
    ("phone", "+49 421 555 0193"),
    (
        "message",
        "Wir haben 640 m² Blechdach in Bremen-Hemelingen und wollen im Frühjahr bauen.",
    ),
)
_WITH_PERSON = (
    ("q_1", "help"),
    ("last_name", "Jonas Wieck"),
    ("email", "jonas.wieck@wieck-logistik.example"),
)
_SPOKEN = (
    (False, "Unser Wechselrichter zeigt seit gestern einen Fehler."),
    (True, "Guten Tag, Herr Wieck! Welche Nummer zeigt er an?"),
    (False, "E-117. Die Anlage liefert aber noch."),
    (True, "Dann ist es nur der Zähler. Ich rufe Sie um 14 Uhr an, und wir stellen ihn ein."),
    (False, "Wunderbar, danke!"),
)


def play_chats(*, by: Actor, until: datetime) -> int:
    """Open a chat with two talks; returns how many there are."""
    for name, german, english in _SNIPPETS:
        save_snippet(
            None,
            name=name,
            text_de=german,
            text_en=english,
            by=by,
            as_of=until,
            is_sample=True,
        )
    made = ready_made("chat", "de")
    new = NewForm(
        "Chat der Website",
        made.kind,
        made.definition,
        language="de",
        channel=Channel.CHAT,
        is_sample=True,
    )
    (form,) = create_forms([new], by=by, as_of=until - timedelta(days=2))
    publish_forms([form.pk], by=by, as_of=until - timedelta(days=2))
    _alone(form, by=by, at=until - timedelta(hours=5))
    _with_person(form, by=by, at=until - timedelta(hours=2))
    return Chat.objects.filter(form=form).count()


class _Visitor:
    def __init__(self, form: Form, number: int, page: str, *, by: Actor, at: datetime) -> None:
        self.form, self.by, self.at, self.count = form, by, at, 0
        self.key = uuid5(_SPACE, f"talk {number}")
        self.talk = Talk(
            self.key,
            f"a visitor of the demo, number {number}",
            Check("work", uuid5(_SPACE, f"proof {number}").hex),
            started=new_started(str(form.public_id), as_of=at - timedelta(seconds=20)),
            page_url=f"https://nordlicht.example{page}",
            user_agent="Mozilla/5.0",
        )

    def do(self, verb: str, name: str = "", *values: str, text: str = "") -> Chat:
        """Do one thing, half a minute after the one before."""
        self.count += 1
        self.at += timedelta(seconds=30)
        said = Said(uuid5(self.key, str(self.count)), verb, name, values, text)
        chat = say(self.form.public_id, self.talk, said, by=self.by, as_of=self.at)
        if not chat.is_sample:
            Chat.objects.filter(pk=chat.pk).update(is_sample=True)
        return chat


def _alone(form: Form, *, by: Actor, at: datetime) -> None:
    visitor = _Visitor(form, 1, "/gewerbe/", by=by, at=at)
    for name, value in _ALONE:
        chat = visitor.do("answer", name, value)
    _take_in(chat, by=by, at=visitor.at)
    visitor.do("end")


def _with_person(form: Form, *, by: Actor, at: datetime) -> None:
    visitor = _Visitor(form, 2, "/service/wechselrichter/", by=by, at=at)
    for name, value in _WITH_PERSON:
        chat = visitor.do("answer", name, value)
    # Nobody is signed in while the story is told: the request is put down as it would have been.
    Chat.objects.filter(pk=chat.pk).update(state=ChatState.WAITING, asked_at=visitor.at)
    rep = User.objects.filter(role=Role.SALES_REP, is_active=True).order_by("pk").first()
    assert rep is not None
    take_chat(chat.pk, by=user_actor(rep), as_of=visitor.at)
    for number, (is_person, text) in enumerate(_SPOKEN):
        if is_person:
            visitor.at += timedelta(seconds=20)
            key = uuid5(visitor.key, f"reply {number}")
            reply(chat.pk, text, key=key, by=user_actor(rep), as_of=visitor.at)
        else:
            visitor.do("say", text=text)
    end_chat(chat.pk, by=user_actor(rep), as_of=visitor.at)
    _take_in(Chat.objects.get(pk=chat.pk), by=by, at=visitor.at)


def _take_in(chat: Chat, *, by: Actor, at: datetime) -> None:
    chat.refresh_from_db()
    if chat.submission_id is not None:
        take_in_submissions([chat.submission_id], by=by, as_of=at)
