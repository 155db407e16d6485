"""What tests about chats have in common: a published bot, a visitor's browser, people there."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from accounts.models import User
from capture.chat.actions.staff import be_there
from capture.chat.drains import look_after
from capture.chat.models import Chat
from capture.guard import proof
from capture.models import Form, FormKind
from tests.capture.scene import BROWSER, make_form, solved

FIELDS: list[dict[str, Any]] = [
    {
        "name": "q_1",
        "label": "What is it about?",
        "kind": "radio",
        "required": True,
        "choices": [
            {"value": "pumps", "label": "Pumps"},
            {"value": "valves", "label": "Valves"},
        ],
    },
    {"name": "last_name", "label": "What is your name?", "kind": "text", "required": True},
    {"name": "email", "label": "Your e-mail address?", "kind": "email", "required": True},
    {"name": "phone", "label": "Your number?", "kind": "tel"},
]


def make_bot(**overrides: Any) -> Form:
    """Return a published chat in English; ``definition`` overrides parts of it."""
    parts = {
        "headline": "Ask us",
        "intro": "Hello! How can we help?",
        "button": "Chat with us",
        "success_message": "Thank you, we will get back to you.",
        "fields": FIELDS,
        "consents": [],
        "chat": {"last_question": "Anything else?", "away_text": "Nobody is here now."},
        **overrides.pop("definition", {}),
    }
    values = {"kind": FormKind.CHAT, "name": "Website chat", "channel": "chat", **overrides}
    return make_form("contact", definition=parts, **values)


class Browser:
    """A visitor's window: it knows its talk and its secret and sends what a script would."""

    def __init__(self, form: Form, **more: Any) -> None:
        self.form, self.more = form, more
        self.talk, self.token = str(uuid4()), f"{uuid4().hex}{uuid4().hex}"
        self.client = Client(HTTP_USER_AGENT=BROWSER)
        self.after = 0
        self.altcha = solved(form)
        shown_at = timezone.now() - timedelta(seconds=10)
        self.started = proof.new_started(str(form.public_id), as_of=shown_at)

    def send(self, do: str, **said: Any) -> Any:
        """Post one message; ``said`` overrides everything."""
        body = {
            "talk": self.talk,
            "token": self.token,
            "id": str(uuid4()),
            "do": do,
            "after": self.after,
            "altcha": self.altcha,
            "started": self.started,
            "page_url": "https://www.example.org/pumps?utm_campaign=none",
            **self.more,
            **said,
        }
        return self.client.post(
            f"/chat/{self.form.public_id}/say/", json.dumps(body), content_type="text/plain"
        )

    def answer(self, field: str, *values: str, **said: Any) -> dict[str, Any]:
        """Answer a question and return what the window is told."""
        response = self.send("answer", field=field, values=list(values), **said)
        assert response.status_code in {200, 202}, response.content
        return response.json()

    def say(self, text: str) -> dict[str, Any]:
        """Say something freely."""
        response = self.send("say", text=text)
        assert response.status_code in {200, 202}, response.content
        return response.json()

    def fill(self, email: str = "eva@example.org") -> dict[str, Any]:
        """Answer everything."""
        self.answer("q_1", "pumps")
        self.answer("last_name", "Muster")
        self.answer("email", email)
        self.answer("phone")
        return self.answer("message", "Please call me about the big pump.")

    def look(self, tag: str = "") -> Any:
        """Ask what is new."""
        headers = {"Chat-Token": self.token}
        if tag:
            headers["If-None-Match"] = f'"{tag}"'
        return self.client.get(
            f"/chat/{self.form.public_id}/talks/{self.talk}/?after={self.after}", headers=headers
        )

    @property
    def chat(self) -> Chat:
        """The stored talk."""
        return Chat.objects.get(public_id=UUID(self.talk))


def there(user: User, *, as_of: datetime | None = None) -> str:
    """Have somebody be there for visitors, signed in; returns the key of their session."""
    with writing("scene"):
        session = SessionStore()
        session["of"] = user.pk
        session.create()
    be_there(
        True,
        session_key=session.session_key,
        by=user_actor(user),
        as_of=as_of or timezone.now(),
    )
    return str(session.session_key)


def texts(chat: Chat) -> list[tuple[str, str]]:
    """Return who said what, in order."""
    return list(chat.messages.order_by("number").values_list("author", "text"))


def care(**later: float) -> int:
    """Look after the talks as of so much later."""
    return look_after(timezone.now() + timedelta(**later))
