"""Whether a mail may be sent now: the one place that decides, asked inside every claim.

Each kind of message has its checks, the first that objects decides. Judging is set-based: five
queries, however many mails, and one for each colleague who is told about leads.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.actor import user_actor
from accounts.models import Organisation, User
from ground.together import Reader, read
from leads.models import Consent, ConsentChannel, ConsentPurpose, ConsentState, Lead
from nurturing.addresses import by_address, hashes_of, suppressions_by
from nurturing.models import (
    Enrolment,
    EnrolmentState,
    Message,
    MessageKind,
    MessageState,
    Reason,
    SequenceState,
    SuppressionReason,
    Topic,
)
from nurturing.models.responses import EVERYTHING
from nurturing.times import Window, day_start, next_day, zone_of

ADVERTISING = (ConsentPurpose.MARKETING, ConsentPurpose.NEWSLETTER)
# What stops even a mail that was asked for. Whoever was erased may sign up anew.
_DEAD = frozenset({SuppressionReason.BOUNCED, SuppressionReason.COMPLAINED})
_CONSENT_REASONS = {
    ConsentState.PENDING: Reason.UNCONFIRMED,
    ConsentState.WITHDRAWN: Reason.WITHDRAWN,
    ConsentState.OBJECTED: Reason.OBJECTED,
}
# When to look again at what waits for a person to do something.
LOOK_AGAIN = timedelta(hours=1)


class Decision(StrEnum):
    """What is to become of a mail."""

    SEND = "send"
    WAIT = "wait"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, why, and for a wait until when."""

    decision: Decision
    reason: str = ""
    until: datetime | None = None


SEND = Verdict(Decision.SEND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A mail that is meant to be sent; ``key`` is what the caller knows it by.

    ``is_answer`` is a personal mail to somebody who asked for it, which needs no consent;
    ``told_leads`` are the leads that a mail to a colleague names.
    """

    key: int
    kind: str
    address: str = ""
    lead: Lead | None = None
    recipient: User | None = None
    enrolment: Enrolment | None = None
    purpose: str = ""
    topic: Topic | None = None
    is_answer: bool = False
    told_leads: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about the leads and addresses of some intents, read at once.

    ``seen`` has by colleague the leads that they see, of those that they are told about.
    """

    as_of: datetime
    organisation: Organisation
    suppressions: Mapping[str, dict[str, str]]
    consents: Mapping[tuple[int, str], str]
    recent_mails: Mapping[int, list[datetime]]
    seen: Mapping[int, set[int]]


def intent_of(message: Message) -> Intent:
    """Return what ``message`` means to send; its relations should be loaded."""
    return Intent(
        key=message.pk,
        kind=message.kind,
        address=address_of(message),
        lead=message.lead,
        recipient=message.recipient,
        enrolment=message.enrolment,
        purpose=message.purpose,
        topic=message.topic,
        is_answer=bool(message.context.get("is_answer")),
        told_leads=frozenset(message.context.get("leads", ())),
    )


def address_of(message: Message) -> str:
    """Return where ``message`` goes: the present address of its reader.

    A confirmation mail goes to the address that is to be confirmed, and an answer to the one that
    asked; both stand in the message.
    """
    if message.kind in {MessageKind.OPT_IN, MessageKind.REPLY}:
        return message.to_address
    person = message.lead or message.recipient
    return person.email if person is not None else ""


def judge(intents: Sequence[Intent], *, as_of: datetime) -> dict[int, Verdict]:
    """Return for each intent whether it may be sent at ``as_of``, by its key."""
    facts = facts_about(intents, as_of)
    return {intent.key: judge_one(intent, facts) for intent in intents}


def judge_one(intent: Intent, facts: Facts) -> Verdict:
    """Return the verdict on one intent from facts that are known already."""
    return refusal(intent, facts) or _first(_DELAYS[intent.kind], intent, facts) or SEND


def refusal(intent: Intent, facts: Facts) -> Verdict | None:
    """Return why the mail must not be sent at all, or None; for plans that know their own time."""
    return _first(_REFUSALS[intent.kind], intent, facts)


def _first(checks: Iterable["Check"], intent: Intent, facts: Facts) -> Verdict | None:
    verdicts = (check(intent, facts) for check in checks)
    return next((verdict for verdict in verdicts if verdict is not None), None)


def facts_about(intents: Sequence[Intent], as_of: datetime) -> Facts:
    """Read what ``judge_one`` and ``refusal`` need to know; five queries, however many mails."""
    return read(read_facts(intents, as_of))


def read_facts(intents: Sequence[Intent], as_of: datetime) -> Reader[Facts]:
    """Return what ``facts_about`` does, beside other readers."""
    leads = {intent.lead.pk: intent.lead for intent in intents if intent.lead is not None}
    consents = Consent.objects.filter(
        lead__in=leads, channel=ConsentChannel.EMAIL, purpose__in=ADVERTISING
    )
    hashes = hashes_of(intent.address for intent in intents)
    wanted = [suppressions_by(hashes), consents, _recent_mails(leads, as_of)]
    suppressions, states, mails = yield wanted
    return Facts(
        as_of=as_of,
        organisation=Organisation.current(),
        suppressions=by_address(hashes, suppressions),
        consents={(row.lead_id, row.purpose): row.state for row in states},
        recent_mails=_by_lead(mails),
        seen=_seen(intents),
    )


def _seen(intents: Sequence[Intent]) -> dict[int, set[int]]:
    told: dict[User, set[int]] = {}
    for intent in intents:
        if intent.recipient is not None and intent.told_leads:
            told.setdefault(intent.recipient, set()).update(intent.told_leads)
    return {
        user.pk: set(
            Lead.objects.visible_to(user_actor(user))
            .filter(pk__in=lead_ids)
            .values_list("pk", flat=True)
        )
        for user, lead_ids in told.items()
    }


def _recent_mails(lead_ids: Iterable[int], as_of: datetime) -> QuerySet[Message, Any]:
    """Return when leads got mails of sequences on this day, whatever their time zone."""
    return Message.objects.filter(
        lead__in=lead_ids,
        kind=MessageKind.SEQUENCE,
        state__in=(MessageState.CLAIMED, MessageState.SENT, MessageState.UNKNOWN),
        # A day has 25 hours at most.
        claimed_at__gt=as_of - timedelta(hours=25),
    ).values_list("lead_id", "claimed_at")


def _by_lead(mails: Iterable[tuple[int | None, datetime | None]]) -> dict[int, list[datetime]]:
    recent: dict[int, list[datetime]] = {}
    for lead_id, claimed_at in mails:
        if lead_id is not None and claimed_at is not None:
            recent.setdefault(lead_id, []).append(claimed_at)
    return recent


def _skip(reason: Reason) -> Verdict:
    return Verdict(Decision.SKIP, reason)


def _is_known(intent: Intent, facts: Facts) -> Verdict | None:
    lead = intent.lead
    if lead is None or lead.deleted_at is not None:
        return _skip(Reason.NO_LEAD)
    return None


def _is_no_outsider(intent: Intent, facts: Facts) -> Verdict | None:
    """Refuse advertising to who was sorted out; an answer to them is none."""
    is_told = intent.lead is not None and intent.lead.is_sorted_out and not intent.is_answer
    return _skip(Reason.SORTED_OUT) if is_told else None


def _is_enrolled(intent: Intent, facts: Facts) -> Verdict | None:
    enrolment = intent.enrolment
    if enrolment is None or enrolment.state == EnrolmentState.EXITED:
        return _skip(Reason.LEFT_SEQUENCE)
    return None


def _has_address(intent: Intent, facts: Facts) -> Verdict | None:
    lead = intent.lead
    if not intent.address:
        return _skip(Reason.NO_ADDRESS)
    is_bad = lead is not None and lead.email == intent.address and not lead.is_email_valid
    return _skip(Reason.BAD_ADDRESS) if is_bad else None


def _is_not_suppressed(intent: Intent, facts: Facts) -> Verdict | None:
    scopes = facts.suppressions.get(intent.address, {})
    hit = EVERYTHING in scopes or (intent.topic is not None and intent.topic.scope in scopes)
    return _skip(Reason.SUPPRESSED) if hit else None


def _is_deliverable(intent: Intent, facts: Facts) -> Verdict | None:
    reasons = facts.suppressions.get(intent.address, {}).values()
    return _skip(Reason.SUPPRESSED) if _DEAD.intersection(reasons) else None


def _has_consent(intent: Intent, facts: Facts) -> Verdict | None:
    """Refuse without a granted consent for the purpose; an objection holds for all advertising."""
    assert intent.lead is not None
    states = [facts.consents.get((intent.lead.pk, purpose)) for purpose in ADVERTISING]
    if ConsentState.OBJECTED in states:
        return _skip(Reason.OBJECTED)
    state = facts.consents.get((intent.lead.pk, intent.purpose))
    if state == ConsentState.GRANTED:
        return None
    known = ConsentState(state) if state else None
    return _skip(_CONSENT_REASONS[known] if known else Reason.NO_CONSENT)


def _is_wanted(intent: Intent, facts: Facts) -> Verdict | None:
    if intent.is_answer:
        return _is_deliverable(intent, facts)
    return _is_not_suppressed(intent, facts) or _has_consent(intent, facts)


def _is_left_in_peace_by_advertising(intent: Intent, facts: Facts) -> Verdict | None:
    return None if intent.is_answer else _is_not_left_in_peace(intent, facts)


def _has_imprint(intent: Intent, facts: Facts) -> Verdict | None:
    if not facts.organisation.missing_for_imprint:
        return None
    return Verdict(Decision.WAIT, Reason.NO_IMPRINT, facts.as_of + LOOK_AGAIN)


def _is_sequence_running(intent: Intent, facts: Facts) -> Verdict | None:
    assert intent.enrolment is not None
    if intent.enrolment.sequence.state == SequenceState.ACTIVE:
        return None
    return Verdict(Decision.WAIT, Reason.SEQUENCE_PAUSED, facts.as_of + LOOK_AGAIN)


def _is_not_left_in_peace(intent: Intent, facts: Facts) -> Verdict | None:
    assert intent.lead is not None
    until = intent.lead.paused_until
    if until is None or until <= facts.as_of:
        return None
    return Verdict(Decision.WAIT, Reason.LEAD_PAUSED, until)


def _is_in_window(intent: Intent, facts: Facts) -> Verdict | None:
    assert intent.enrolment is not None
    window = Window.read(intent.enrolment.version.window)
    zone = zone_of(intent.lead, facts.organisation, window.zone)
    opens = window.next_open(facts.as_of, zone)
    if opens <= facts.as_of:
        return None
    return Verdict(Decision.WAIT, Reason.OUTSIDE_WINDOW, opens)


def _is_below_daily_cap(intent: Intent, facts: Facts) -> Verdict | None:
    assert intent.lead is not None
    assert intent.enrolment is not None
    window = Window.read(intent.enrolment.version.window)
    zone = zone_of(intent.lead, facts.organisation, window.zone)
    today = day_start(facts.as_of.astimezone(zone).date(), zone)
    mails = [at for at in facts.recent_mails.get(intent.lead.pk, []) if at >= today]
    if len(mails) < settings.MARKETING_MAILS_PER_DAY:
        return None
    tomorrow = window.next_open(next_day(facts.as_of, zone), zone)
    return Verdict(Decision.WAIT, Reason.DAILY_CAP, tomorrow)


def _is_colleague(intent: Intent, facts: Facts) -> Verdict | None:
    if intent.recipient is None or not intent.recipient.is_active:
        return _skip(Reason.NOT_ALLOWED)
    return None


def _sees_the_leads(intent: Intent, facts: Facts) -> Verdict | None:
    """Refuse a mail that names a lead which its recipient does not see any more."""
    assert intent.recipient is not None
    is_seen = intent.told_leads <= facts.seen.get(intent.recipient.pk, set())
    return None if is_seen else _skip(Reason.NOT_ALLOWED)


Check = Callable[[Intent, Facts], Verdict | None]
_REFUSALS: dict[str, tuple[Check, ...]] = {
    MessageKind.SEQUENCE: (
        _is_known,
        _is_no_outsider,
        _has_address,
        _is_not_suppressed,
        _has_consent,
        _is_enrolled,
    ),
    MessageKind.ONE_TO_ONE: (_is_known, _is_no_outsider, _has_address, _is_wanted),
    MessageKind.OPT_IN: (_is_known, _has_address, _is_deliverable),
    MessageKind.REPLY: (_is_known, _has_address, _is_deliverable),
    MessageKind.NOTIFICATION: (_is_colleague, _sees_the_leads),
}
_DELAYS: dict[str, tuple[Check, ...]] = {
    MessageKind.SEQUENCE: (
        _has_imprint,
        _is_sequence_running,
        _is_not_left_in_peace,
        _is_in_window,
        _is_below_daily_cap,
    ),
    MessageKind.ONE_TO_ONE: (_is_left_in_peace_by_advertising,),
    MessageKind.OPT_IN: (),
    MessageKind.REPLY: (),
    MessageKind.NOTIFICATION: (),
}

_SEAL = object()


class UnclearedError(Exception):
    """Somebody tried to send a mail that was not cleared."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """The proof that one mail may be sent; channels refuse to send without it.

    SECURITY: only ``clear_all`` makes one, from a verdict that was reached inside the claim.
    """

    message_id: str
    seal: object = field(repr=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise UnclearedError("A clearance comes from a verdict.")


def clear_all(
    messages: Collection[Message], *, as_of: datetime
) -> dict[int, tuple[Verdict, Clearance | None]]:
    """Judge locked messages, by key; the clearance is there when one may be sent.

    Of one lead there must be one message at most: what is sent of the others counts against it.
    """
    verdicts = judge([intent_of(message) for message in messages], as_of=as_of)
    return {
        message.pk: (verdicts[message.pk], _cleared(message, verdicts[message.pk]))
        for message in messages
    }


def _cleared(message: Message, verdict: Verdict) -> Clearance | None:
    may_go = verdict.decision is Decision.SEND
    return Clearance(message.message_id, _SEAL) if may_go else None
