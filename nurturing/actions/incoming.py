"""What comes in about mails that went out: answers, bounces, complaints."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.connectors.told import MailReport, ReportKind
from leads.models import Lead
from leads.models.identity import Identifier, IdentifierKind
from leads.normalise import normalise_email
from nurturing.actions.alarms import is_held_back
from nurturing.actions.outcomes import note_bounce
from nurturing.actions.unsubscribing import note_complaint, note_reply
from nurturing.addresses import address_hash
from nurturing.models import MailEvent, MailEventKind, Message, MessageState

# Shorter ones might stand in the answer to another mail by chance.
_SHORTEST_ID = 16


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
def take_report(report: MailReport, source: UUID, *, by: Actor, as_of: datetime) -> str:
    """Draw the conclusion from what the connection ``source`` tells of a mail.

    Returns what was made of it as a code of ``capture.connectors.words``, "" for a mail that is
    not ours. The same again, and what says less than is known, changes nothing.
    """
    by.require(Right.LEADS_EDIT)
    message = _reported(report)
    if message is None or message.lead_id is None:
        return ""
    if report.kind == ReportKind.DELIVERED:
        return "delivered"
    list(Lead.objects.filter(pk=message.lead_id).select_for_update(of=("self",), no_key=True))
    if report.kind == ReportKind.COMPLAINT:
        is_new = note_complaint(message, source=source, by=by, as_of=as_of)
        return "complaint" if is_new else "reported_before"
    if _is_known(message, is_hard=report.is_hard):
        return "reported_before"
    is_held = is_held_back(source, is_hard=report.is_hard, by=by, as_of=as_of)
    note_bounce(
        message,
        report.response,
        is_hard=report.is_hard,
        source=source,
        is_held=is_held,
        by=by,
        as_of=as_of,
    )
    return "bounce_held" if is_held else ("bounce_hard" if report.is_hard else "bounce_soft")


def _is_known(message: Message, *, is_hard: bool) -> bool:
    """Say whether as much was told of a mail before; what turned out to be false was not."""
    told = MailEvent.objects.filter(
        message=message, kind=MailEventKind.BOUNCE, disproved_at=None
    ).values_list("data__is_hard", flat=True)
    return any(told) or (bool(told) and not is_hard)


def _reported(report: MailReport) -> Message | None:
    """Return the mail to a lead that a report is about, if it went to whom the report names."""
    sent = _to_leads().filter(message_id__in=report.message_ids).first()
    sent = sent or _taken_as(report.taken_as, report.recipients)
    if sent is None or not report.recipients:
        return sent
    # Whoever wrote the report may name another mail than they mean.
    named = {address_hash(address) for address in report.recipients}
    return sent if address_hash(sent.to_address) in named else None


def _taken_as(given: str, recipients: Sequence[str]) -> Message | None:
    """Return the mail that a service took under an id of its own, which it answered with.

    Services that write a Message-ID of their own into mails are known by that alone.
    """
    if len(given) < _SHORTEST_ID or not recipients:
        return None
    keys = [normalise_email(address).key for address in recipients]
    known = Identifier.objects.filter(kind=IdentifierKind.EMAIL, normalised__in=keys)
    to_them = _to_leads().filter(lead__in=known.values("lead"), state=MessageState.SENT)
    return to_them.filter(detail__contains=given).first()


def _to_leads() -> QuerySet[Message]:
    return Message.objects.filter(lead__isnull=False).select_related("lead", "sequence")
