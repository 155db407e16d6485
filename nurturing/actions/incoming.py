"""What mails that come in say about mails that went out."""

from collections.abc import Sequence
from datetime import datetime

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.connectors.mail.machines import Bounce
from leads.models import Lead
from nurturing.actions.outcomes import note_bounce
from nurturing.actions.unsubscribing import note_reply
from nurturing.models import MailEvent, MailEventKind, Message


def known_messages(message_ids: Sequence[str]) -> set[str]:
    """Return those of ``message_ids`` under which a mail went out to a lead."""
    sent = Message.objects.filter(message_id__in=message_ids, lead__isnull=False)
    return set(sent.values_list("message_id", flat=True))


@action
def take_answer(message_ids: Sequence[str], *, by: Actor, as_of: datetime) -> int:
    """Note that somebody answered mails of ours, which ends the runs of their leads."""
    sent = Message.objects.filter(message_id__in=message_ids, lead__isnull=False).order_by("pk")
    return sum(note_reply(message, by=by, as_of=as_of) for message in sent)


@action
def take_bounce(bounce: Bounce, *, by: Actor, as_of: datetime) -> bool:
    """Note that a mail of ours came back; False when it is none of ours or known already."""
    by.require(Right.LEADS_EDIT)
    sent = Message.objects.filter(message_id__in=bounce.message_ids, lead__isnull=False)
    message = sent.select_related("lead").first()
    if message is None or message.lead_id is None:
        return False
    list(Lead.objects.filter(pk=message.lead_id).select_for_update(of=("self",), no_key=True))
    if MailEvent.objects.filter(message=message, kind=MailEventKind.BOUNCE).exists():
        return False
    note_bounce(message, bounce.response, is_hard=bounce.is_hard, by=by, as_of=as_of)
    return True
