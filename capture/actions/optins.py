"""Asking to confirm a consent, and the confirmation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor, delegated
from accounts.rights import Right
from capture.activities import OPTIN_CONFIRMED, OPTIN_OUTDATED, OPTIN_REQUESTED
from capture.guard.flood import room_left, sound_alarm
from capture.models import OptIn, Submission
from capture.optin import LIFE, mailbox_of, open_requests, token_hash, token_of
from ground.errors import DomainError
from leads.actions.consent import Declaration, record_consents
from leads.actions.editing import edit_lead
from leads.actions.lifecycle import change_stage, is_step_up, open_episodes
from leads.actions.timeline import NewActivity, record
from leads.identification import lock_identifiers
from leads.models import (
    Consent,
    ConsentPurpose,
    ConsentState,
    Identifier,
    IdentifierKind,
    Lead,
)
from leads.normalise import normalise_email
from leads.stages import OtherReason, Stage

log = structlog.get_logger(__name__)

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OptInRequest:
    """Consents of one lead that are to be confirmed by mail; ``evidence`` as in ``OptIn``."""

    lead_id: int
    email: str
    email_key: str
    language: str
    purposes: Sequence[tuple[str, str]]
    evidence: dict[str, Any]
    submission: Submission | None = None


@action
def request_opt_ins(requests: Sequence[OptInRequest], *, by: Actor, as_of: datetime) -> list[OptIn]:
    """Ask for confirmation, as far as the caps for one mailbox allow; returns the new requests.

    What is granted already is not asked for again. The mail follows from the activity. Where one
    form or all of them ask for too many within an hour, the mails wait for a person, who is told.
    """
    by.require(Right.CONSENT_ADD)
    granted = set(
        Consent.objects.filter(
            lead__in={item.lead_id for item in requests}, state=ConsentState.GRANTED
        ).values_list("lead_id", "purpose", "channel")
    )
    left = open_requests({mailbox_of(item.email_key) for item in requests}, as_of=as_of)
    rows = []
    for item in requests:
        missing = [pair for pair in item.purposes if (item.lead_id, *pair) not in granted]
        mailbox = mailbox_of(item.email_key)
        if missing and left[mailbox] > 0:
            left[mailbox] -= 1
            rows.append(_row(item, missing, as_of))
    _hold_flood(rows, as_of)
    OptIn.objects.bulk_create(rows)
    _send([row for row in rows if row.held_at is None], by=by, as_of=as_of)
    return rows


def _hold_flood(rows: Sequence[OptIn], as_of: datetime) -> None:
    """Hold what goes beyond the caps for an hour, and sound the alarm once an hour."""
    left = room_left({row.form_id for row in rows}, as_of=as_of)
    for row in rows:
        if left.take(row.form_id):
            continue
        row.held_at = as_of
    if any(row.held_at for row in rows):
        log.warning("opt_ins_held", count=sum(row.held_at is not None for row in rows))
        sound_alarm(as_of)


def _send(rows: Sequence[OptIn], *, by: Actor, as_of: datetime) -> None:
    record(
        [NewActivity(row.lead_id, OPTIN_REQUESTED, as_of, {"opt_in_id": row.pk}) for row in rows],
        by=by,
        as_of=as_of,
    )


@action
def send_held_opt_ins(*, by: Actor, as_of: datetime) -> int:
    """Send the mails that waited because there were too many; returns how many.

    At most ``AT_ONCE`` a call; those whose link would have run out are left out.
    """
    by.require(Right.FORMS_MANAGE)
    held = OptIn.objects.filter(held_at__gt=as_of - LIFE, confirmed_at=None, lead__deleted_at=None)
    rows = list(held.order_by("pk").select_for_update(of=("self",))[:AT_ONCE])
    for row in rows:
        row.held_at, row.requested_at, row.expires_at = None, as_of, as_of + LIFE
    OptIn.objects.bulk_update(rows, ["held_at", "requested_at", "expires_at"])
    _send(rows, by=by, as_of=as_of)
    return len(rows)


def _row(item: OptInRequest, purposes: Sequence[tuple[str, str]], as_of: datetime) -> OptIn:
    public_id = uuid4()
    return OptIn(
        public_id=public_id,
        lead_id=item.lead_id,
        submission=item.submission,
        form_id=item.submission.form_id if item.submission else None,
        email=item.email[:320],
        email_key=item.email_key,
        mailbox_key=mailbox_of(item.email_key),
        language=item.language,
        purposes=[list(pair) for pair in purposes],
        evidence=item.evidence,
        token_hash=token_hash(token_of(public_id)),
        requested_at=as_of,
        expires_at=as_of + LIFE,
    )


@action
def store_mail_evidence(
    opt_in_id: int,
    message_id: str,
    subject: str,
    body_text: str,
    at: datetime,
    *,
    by: Actor,
) -> None:
    """Keep the mail that asked for confirmation as it was sent; the first one stays."""
    by.require(Right.CONSENT_ADD)
    opt_in = OptIn.objects.select_for_update().get(pk=opt_in_id)
    if opt_in.mail:
        return
    opt_in.mail = {
        "message_id": message_id,
        "subject": subject,
        "body": body_text,
        "sent_at": at.isoformat(),
    }
    opt_in.save(update_fields=["mail"])


@action
def confirm_opt_in(
    opt_in_id: int, *, ip: str, user_agent: str, by: Actor, as_of: datetime
) -> OptIn:
    """Grant what was asked for, with the whole proof, and make a newsletter reader a subscriber.

    A lead without an address gets the one that was confirmed. One with another address by now
    agreed to nothing for it: only the proof is kept. Confirming again changes nothing. Raises
    ``DomainError`` with code ``opt_in_expired``.
    """
    by.require(Right.CONSENT_ADD)
    opt_in = OptIn.objects.select_for_update(of=("self",)).get(pk=opt_in_id)
    if opt_in.confirmed_at is not None:
        return opt_in
    if as_of > opt_in.expires_at:
        raise DomainError("opt_in_expired", _("This link has expired. Please sign up once more."))
    opt_in.confirmed_at, opt_in.confirmed_ip = as_of, ip or None
    opt_in.confirmed_user_agent = user_agent[:500]
    opt_in.save(update_fields=["confirmed_at", "confirmed_ip", "confirmed_user_agent"])
    Identifier.objects.filter(
        lead=opt_in.lead_id, kind=IdentifierKind.EMAIL, normalised=opt_in.email_key
    ).update(confirmed_at=as_of)
    is_reached = _take_address(opt_in, by=by, as_of=as_of)
    if is_reached:
        _grant(opt_in, by=by, as_of=as_of)
        if any(purpose == ConsentPurpose.NEWSLETTER for purpose, _channel in opt_in.pairs):
            _make_subscriber(opt_in, by=by, as_of=as_of)
    kind = OPTIN_CONFIRMED if is_reached else OPTIN_OUTDATED
    data = {"opt_in_id": opt_in.pk, "purposes": opt_in.purposes}
    record([NewActivity(opt_in.lead_id, kind, as_of, data)], by=by, as_of=as_of)
    return opt_in


def _take_address(opt_in: OptIn, *, by: Actor, as_of: datetime) -> bool:
    """Say whether the lead is written to at the address that was confirmed.

    A lead without any gets it, unless another lead has it.
    """
    key = (IdentifierKind.EMAIL.value, opt_in.email_key)
    lock_identifiers([key])
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).get(pk=opt_in.lead_id)
    if lead.email or lead.deleted_at is not None:
        return normalise_email(lead.email).key == opt_in.email_key
    holders = Identifier.objects.filter(kind=key[0], normalised=key[1])
    if holders.exclude(lead=lead).exists():
        return False
    editor = delegated(by, Right.LEADS_READ, Right.LEADS_EDIT)
    edit_lead(lead.pk, {"email": opt_in.email}, by=editor, as_of=as_of)
    return True


def _grant(opt_in: OptIn, *, by: Actor, as_of: datetime) -> None:
    confirmation = {
        "at": as_of.isoformat(),
        "ip": opt_in.confirmed_ip,
        "user_agent": opt_in.confirmed_user_agent,
        "opt_in": str(opt_in.public_id),
        "token_hash": opt_in.token_hash,
    }
    declared = opt_in.evidence.get("consents", {})
    record_consents(
        [
            Declaration(
                opt_in.lead_id,
                purpose,
                channel,
                ConsentState.GRANTED,
                as_of,
                {
                    **declared.get(f"{purpose}/{channel}", {}),
                    "email": opt_in.email,
                    "mail": opt_in.mail,
                    "confirmation": confirmation,
                },
            )
            for purpose, channel in opt_in.pairs
        ],
        by=by,
        as_of=as_of,
    )


def _make_subscriber(opt_in: OptIn, *, by: Actor, as_of: datetime) -> None:
    """Lift whoever stands below; whoever was lost and comes back begins a new episode."""
    lead = Lead.objects.get(pk=opt_in.lead_id)
    if lead.stage == Stage.OTHER and lead.other_reason != OtherReason.UNCONFIRMED:
        channel = lead.first_channel
        open_episodes([lead.pk], channel=channel, by=by, as_of=as_of, stage=Stage.SUBSCRIBER)
    elif is_step_up(lead.stage, Stage.SUBSCRIBER):
        reason = str(_("Newsletter confirmed"))
        change_stage([lead.pk], to=Stage.SUBSCRIBER, by=by, as_of=as_of, reason=reason)
