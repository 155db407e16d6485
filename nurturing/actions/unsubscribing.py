"""Readers decide what they still want to get."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from leads.actions.consent import Declaration, record_consents
from leads.actions.editing import pause_leads
from leads.actions.timeline import NewActivity, record
from leads.models import Consent, ConsentChannel, ConsentState, Lead
from nurturing.actions.enrolment import end_runs_of
from nurturing.actions.suppression import suppress_addresses
from nurturing.activities import EMAIL_COMPLAINED, EMAIL_REPLIED, EMAIL_UNSUBSCRIBED
from nurturing.clearance import ADVERTISING
from nurturing.models import (
    ExitReason,
    MailEvent,
    MailEventKind,
    Message,
    SuppressionReason,
)
from nurturing.models.responses import EVERYTHING

PAUSE = timedelta(days=30)


class Choice(TextChoices):
    """What a reader wants to stop."""

    TOPIC = "topic", _("Only this topic")
    EVERYTHING = "everything", _("All mails")
    PAUSE = "pause", _("Take a break of 30 days")


@action
def unsubscribe(
    message: Message,
    *,
    choice: Choice,
    by: Actor,
    as_of: datetime,
    evidence: Mapping[str, Any],
) -> bool:
    """Carry out what the reader of ``message`` decided; False when the address was suppressed.

    *Everything* withdraws the consents for advertising mails and suppresses the address; *topic*
    suppresses the address for the topic of the mail, or everything when the mail has none. Both
    end the runs concerned. An address that was suppressed already, for whatever reason, may not be
    so for ever: consents and runs end all the same. ``evidence`` goes into the consent log. Counts
    from the next claim on.
    """
    assert message.lead_id is not None
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).get(pk=message.lead_id)
    if choice == Choice.PAUSE:
        return bool(pause_leads([lead.pk], until=as_of + PAUSE, by=by, as_of=as_of))
    topic = message.topic if choice == Choice.TOPIC else None
    addresses = {message.to_address, lead.email}
    is_new = suppress_addresses(
        [address for address in addresses if address],
        reason=SuppressionReason.UNSUBSCRIBED,
        scope=topic.scope if topic else EVERYTHING,
        by=by,
        as_of=as_of,
    )
    if topic is None:
        _withdraw(lead, message, evidence, by=by, as_of=as_of)
    only: dict[str, Any] = {"version__topic": topic} if topic else {}
    end_runs_of({lead.pk: ExitReason.UNSUBSCRIBED}, by=by, as_of=as_of, **only)
    if not is_new:
        return False
    MailEvent.objects.create(message=message, kind=MailEventKind.UNSUBSCRIBE, at=as_of)
    told = _told(message) | {"topic": topic.label if topic else ""}
    record([NewActivity(lead.pk, EMAIL_UNSUBSCRIBED, as_of, told)], by=by, as_of=as_of)
    return True


def _withdraw(
    lead: Lead, message: Message, evidence: Mapping[str, Any], *, by: Actor, as_of: datetime
) -> None:
    known = {
        consent.purpose: consent.state
        for consent in Consent.objects.filter(
            lead=lead, channel=ConsentChannel.EMAIL, purpose__in=ADVERTISING
        )
    }
    ended = (ConsentState.WITHDRAWN, ConsentState.OBJECTED)
    record_consents(
        [
            Declaration(
                lead.pk,
                purpose,
                ConsentChannel.EMAIL,
                ConsentState.WITHDRAWN,
                as_of,
                dict(evidence) | {"message_id": message.message_id},
            )
            for purpose in ADVERTISING
            if known.get(purpose) not in ended
        ],
        by=by,
        as_of=as_of,
    )


@action
def note_complaint(
    message: Message,
    *,
    by: Actor,
    as_of: datetime,
    event_id: str | None = None,
    source: UUID | None = None,
) -> bool:
    """Draw the conclusion from a report as spam; False when this mail was called so before.

    The address is suppressed for everything, consents are withdrawn, all runs end, whatever else
    was known of the address. ``source`` is the connection that told of it.
    """
    assert message.lead_id is not None
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).get(pk=message.lead_id)
    complaints = MailEvent.objects.filter(message=message, kind=MailEventKind.COMPLAINT)
    is_new = not complaints.exists()
    suppress_addresses(
        [message.to_address],
        reason=SuppressionReason.COMPLAINED,
        source=source,
        by=by,
        as_of=as_of,
    )
    # Before the consent is withdrawn, which ends the runs for another reason.
    end_runs_of({lead.pk: ExitReason.COMPLAINED}, by=by, as_of=as_of)
    _withdraw(lead, message, {"source": "complaint"}, by=by, as_of=as_of)
    if not is_new:
        return False
    MailEvent.objects.create(
        message=message,
        kind=MailEventKind.COMPLAINT,
        at=as_of,
        event_id=event_id,
        source=source,
    )
    record([NewActivity(lead.pk, EMAIL_COMPLAINED, as_of, _told(message))], by=by, as_of=as_of)
    return True


@action
def note_reply(message: Message, *, by: Actor, as_of: datetime) -> bool:
    """Note that the reader answered ``message``; False when that is known.

    Ends all runs of the lead: a person who answers is written to by people. Needs ``leads.edit``.
    """
    by.require(Right.LEADS_EDIT)
    assert message.lead_id is not None
    list(Lead.objects.select_for_update(of=("self",), no_key=True).filter(pk=message.lead_id))
    key = f"mail:{message.pk}:replied"
    added = record(
        [NewActivity(message.lead_id, EMAIL_REPLIED, as_of, _told(message), dedupe_key=key)],
        by=by,
        as_of=as_of,
    )
    if added:
        end_runs_of({message.lead_id: ExitReason.REPLIED}, by=by, as_of=as_of)
    return bool(added)


def _told(message: Message) -> dict[str, str]:
    return {"message": str(message.public_id), "subject": message.subject}
