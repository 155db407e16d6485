"""Telling colleagues by mail what they should know at once."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import User
from leads.normalise import clean_text
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.compose import Content
from nurturing.models import Message, MessageKind


@action
def notify_users(
    users: Collection[User],
    *,
    subject: str | Promise,
    text: str | Promise,
    link: str,
    by: Actor,
    as_of: datetime,
    dedupe_key: str,
    lead_ids: Collection[int] = (),
    files: tuple[str, Any] | None = None,
) -> list[Message]:
    """Queue a mail to each of ``users`` in their language; returns the new messages.

    ``subject`` and ``text`` should be lazy translations, so that they speak each reader's
    language; ``link`` is an absolute address or "". The same ``dedupe_key`` for the same person is
    sent once. Whoever is deactivated before it goes out, or does not see one of ``lead_ids`` any
    more, which are the leads that it names, does not get it. ``files`` is the kind of files that go
    with it and what these are made of (``register_files``).
    """
    context: dict[str, Any] = {"leads": sorted(lead_ids)} if lead_ids else {}
    if files:
        context["files"] = list(files)
    messages = [_message(user, subject, text, link, f"{dedupe_key}:{user.pk}") for user in users]
    return queue_messages(
        [replace(message, context=context) for message in messages], by=by, as_of=as_of
    )


@action
def send_test_mail(user: User, content: Content, *, by: Actor, as_of: datetime) -> list[Message]:
    """Queue a mail of a sequence to the one who writes it, filled in for a sample lead."""
    with translation.override(user.language):
        subject = _("Test: %(subject)s") % {"subject": content.subject}
    new = NewMessage(
        kind=MessageKind.NOTIFICATION,
        recipient=user,
        language=user.language,
        subject=clean_text(subject, limit=300),
        text=content.text,
        html=content.html,
    )
    return queue_messages([new], by=by, as_of=as_of)


def _message(
    user: User, subject: str | Promise, text: str | Promise, link: str, dedupe_key: str
) -> NewMessage:
    with translation.override(user.language):
        context = {"text": str(text), "link": link, "name": user.display_name}
        return NewMessage(
            kind=MessageKind.NOTIFICATION,
            recipient=user,
            language=user.language,
            subject=clean_text(str(subject), limit=300),
            text=render_to_string("nurturing/mails/notification.txt", context),
            dedupe_key=dedupe_key,
        )
