"""The mails that answer a form: what somebody asked for, and nothing else."""

from collections.abc import Iterable
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import translation

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation
from capture.models import FormReply
from capture.replies import write
from leads.normalise import clean_text
from nurturing.actions.optins import safe_name
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.models import Message, MessageKind


@action
def queue_replies(replies: Iterable[FormReply], *, by: Actor, as_of: datetime) -> list[Message]:
    """Queue one mail each; the same reply is queued once."""
    organisation = Organisation.current()
    return queue_messages([_message(reply, organisation) for reply in replies], by=by, as_of=as_of)


def _message(reply: FormReply, organisation: Organisation) -> NewMessage:
    with translation.override(reply.language):
        mail = write(reply)
        context = {
            "mail": mail,
            "name": safe_name(reply.lead.full_name),
            "organisation": organisation,
        }
        return NewMessage(
            kind=MessageKind.REPLY,
            lead=reply.lead,
            to_address=reply.email,
            language=reply.language,
            subject=clean_text(mail.subject, limit=300),
            text=render_to_string("nurturing/mails/reply.txt", context),
            html=render_to_string("nurturing/mails/reply.html", context),
            context={"reply_id": reply.pk},
            dedupe_key=f"reply:{reply.public_id}",
        )
