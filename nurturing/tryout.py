"""The time machine: what a draft would do to a lead, day by day, without sending anything."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.actor import Actor
from accounts.models import Organisation
from leads.conditions import leads_where
from leads.models import Lead
from nurturing.clearance import Facts, Intent, facts_about, refusal
from nurturing.compose import fill_texts, language_for
from nurturing.drafts import Draft, MailStep
from nurturing.models import (
    Enrolment,
    EnrolmentState,
    MessageKind,
    Reason,
    Step,
    StepKind,
    Topic,
)
from nurturing.models import Sequence as SequenceModel
from nurturing.schedule import next_mail
from nurturing.times import next_day, zone_of

DAYS = 90
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class PlannedMail:
    """One mail of a plan: when in local time, what, and why it would not be sent ("" if it is)."""

    number: int
    at: datetime
    local: datetime
    subject: str
    reason: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether the mail would go out."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen to one lead within ``DAYS``."""

    lead: Lead
    zone: ZoneInfo
    mails: list[PlannedMail] = field(default_factory=list)


def plans_for(
    draft: Draft, sequence: SequenceModel, leads: Sequence[Lead], *, start: datetime
) -> list[Plan]:
    """Return what ``draft`` would do to each of ``leads`` that entered at ``start``.

    Consents, suppressions and the mails of today count as they are now. Writes nothing.
    """
    organisation = Organisation.current()
    topic = Topic.objects.filter(public_id=draft.topic).first() if draft.topic else None
    run = Enrolment(sequence=sequence, state=EnrolmentState.ACTIVE)
    intents = [
        Intent(
            key=lead.pk,
            kind=MessageKind.SEQUENCE,
            address=lead.email,
            lead=lead,
            enrolment=run,
            purpose=draft.purpose,
            topic=topic,
        )
        for lead in leads
    ]
    facts = facts_about(intents, start)
    return [_plan(draft, intent, facts, organisation, start) for intent in intents]


def _plan(
    draft: Draft, intent: Intent, facts: Facts, organisation: Organisation, start: datetime
) -> Plan:
    lead = intent.lead
    assert lead is not None
    zone = zone_of(lead, organisation, draft.window.zone)
    verdict = refusal(intent, facts)
    reason = str(Reason(verdict.reason).label) if verdict else ""
    plan, steps = Plan(lead, zone), draft_steps(draft)
    days = [at.astimezone(zone).date() for at in facts.recent_mails.get(lead.pk, [])]
    at, after = start, 0
    while due := next_mail(steps, after=after, at=at, window=draft.window, zone=zone):
        at, after = due.at, due.step.position
        if not reason:
            at = _free_moment(draft, lead, at, zone, days)
            days.append(at.astimezone(zone).date())
        if at > start + timedelta(days=DAYS):
            break
        text = _subject(draft, due.step.key, lead, organisation)
        number = len(plan.mails) + 1
        plan.mails.append(PlannedMail(number, at, at.astimezone(zone), text, reason))
    return plan


def _free_moment(
    draft: Draft, lead: Lead, at: datetime, zone: ZoneInfo, days: list[date]
) -> datetime:
    """Return when the mail really goes out: after a pause of the lead, on a day that is free."""
    if lead.paused_until is not None and at < lead.paused_until:
        at = draft.window.next_open(lead.paused_until, zone)
    while days.count(at.astimezone(zone).date()) >= settings.MARKETING_MAILS_PER_DAY:
        at = draft.window.next_open(next_day(at, zone), zone)
    return at


def draft_steps(draft: Draft) -> list[Step]:
    """Return the steps of ``draft`` as rows that are not stored."""
    return [
        Step(position=number, key=step.key, kind=StepKind.MAIL)
        if isinstance(step, MailStep)
        else Step(position=number, key=step.key, kind=StepKind.WAIT, wait=step.wait.as_json())
        for number, step in enumerate(draft.steps, start=1)
    ]


def _subject(draft: Draft, key: str, lead: Lead, organisation: Organisation) -> str:
    step = draft.step(key)
    assert isinstance(step, MailStep)
    if not step.texts:
        return ""
    language = language_for(lead, list(step.texts), organisation)
    texts: dict[str, Any] = {"subject": step.texts[language]["subject"], "text": "", "html": ""}
    return fill_texts(texts, language, lead, organisation, "").subject


def sample_leads(draft: Draft, *, actor: Actor, as_of: datetime) -> list[Lead]:
    """Return up to three leads to try ``draft`` on: those who would enter now, then the newest."""
    where = draft.trigger.get("where")
    rows = Lead.objects.visible_to(actor).select_related("company", "owner").order_by("-pk")
    chosen: list[Lead] = []
    if where:
        entering = leads_where(dict(where), actor=actor, as_of=as_of)
        chosen = list(rows.filter(pk__in=entering.order_by("-pk").values("pk")[:SAMPLES]))
    missing = SAMPLES - len(chosen)
    if missing:
        known = [lead.pk for lead in chosen]
        chosen += rows.exclude(pk__in=known).exclude(email="")[:missing]
    return chosen
