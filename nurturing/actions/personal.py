"""A mail from one person to another."""

from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation, User
from accounts.rights import Right
from ground.errors import DomainError
from ground.together import Reader, read
from leads.actions.lifecycle import lock_leads
from leads.models import ConsentPurpose, Lead
from leads.normalise import clean_text
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.clearance import SEND, Intent, Verdict, judge_one, read_facts
from nurturing.compose import unsubscribe_link
from nurturing.models import Message, MessageKind, Reason


def clearance_for(lead: Lead, *, is_answer: bool, as_of: datetime) -> Reader[Verdict]:
    """Return whether somebody may write to ``lead`` now; an answer needs no consent."""
    intent = Intent(
        key=lead.pk,
        kind=MessageKind.ONE_TO_ONE,
        address=lead.email,
        lead=lead,
        purpose=ConsentPurpose.MARKETING,
        is_answer=is_answer,
    )
    return judge_one(intent, (yield from read_facts([intent], as_of)))


def blocked_because(lead: Lead, *, is_answer: bool = False) -> Reader[str]:
    """Return why nobody may write to ``lead`` now, or ""."""
    verdict = yield from clearance_for(lead, is_answer=is_answer, as_of=timezone.now())
    return str(Reason(verdict.reason).label) if verdict.reason else ""


@action
def send_personal_mail(
    lead_id: int,
    *,
    author: User,
    subject: str,
    text: str,
    asked_for: str,
    by: Actor,
    as_of: datetime,
) -> Message:
    """Queue a mail of ``author`` to one lead.

    ``asked_for`` says what the lead wanted to know; such an answer needs no consent. Without it the
    mail is advertising: it needs the consent and carries a link to unsubscribe. Raises
    ``DomainError`` (``lead_missing``, ``text_missing``, and ``mail_blocked`` with the reason).
    """
    by.require(Right.LEADS_EDIT)
    lead = lock_leads([lead_id]).visible_to(by).first()  # type: ignore[attr-defined]
    if lead is None:
        raise DomainError("lead_missing", gettext_lazy("This lead is not there any more."))
    subject, text = clean_text(subject, limit=300), clean_text(text, lines=True)
    if not subject or not text:
        raise DomainError("text_missing", gettext_lazy("Write a subject and a text."))
    is_answer = bool(asked_for.strip())
    verdict = read(clearance_for(lead, is_answer=is_answer, as_of=as_of))
    if verdict != SEND:
        reason = Reason(verdict.reason)
        raise DomainError("mail_blocked", reason.label, details={"reason": reason.value})
    new = NewMessage(
        kind=MessageKind.ONE_TO_ONE,
        lead=lead,
        author=author,
        subject=subject,
        language=lead.language[:2] or Organisation.current().default_language,
        purpose=ConsentPurpose.MARKETING,
        context={"is_answer": is_answer, "asked_for": clean_text(asked_for, limit=300)},
    )
    (message,) = queue_messages([new], by=by, as_of=as_of)
    message.text = f"{text}\n\n-- \n{_footer(message, is_answer=is_answer)}"
    message.save(update_fields=["text"])
    return message


def _footer(message: Message, *, is_answer: bool) -> str:
    lines = list(Organisation.current().imprint_lines)
    if not is_answer:
        with translation.override(message.language):
            lines.append(f"{_('No more mails like this?')} {unsubscribe_link(message)}")
    return "\n".join(lines) + "\n"
