"""What sales is told about a lead, gathered for many leads at once (source 002).

A briefing is plain data without sentences in one language: it is stored with the hand-over as it
was known then, and shown in the language of whoever reads it, as far as they may (``readable``).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.actor import Actor, ActorKind
from accounts.rights import Right
from ground.together import Reader, read
from handoff.models import BriefingPart, Opportunity
from handoff.reasons import strongest_reasons
from leads.activities import NOTE_ADDED
from leads.customfields import sensitive_keys
from leads.information import Informing, informing_rows, tell_informing
from leads.kinds import KINDS
from leads.models import Activity, Consent, ConsentState, Lead, MarkSource, Note
from leads.normalise import clean_text
from leads.reading import may_read, readable_data

EVENTS_SHOWN = 5
INTERESTS_SHOWN = 5
VERSION = 1

# Bookkeeping: true, but nothing that a rep can speak about.
_SILENT_PREFIXES = ("handoff.", "task.", "score.", "enrolment.", "sequence.")
_SILENT = frozenset(
    {
        "lead.created",
        "lead.updated",
        "lead.owner_changed",
        "lead.stage_changed",
        "lead.tagged",
        "lead.merged",
        "lead.merge_undone",
        "lead.deleted",
        "lead.restored",
        "email.sent",
        "email.delivered",
        "email.opened",
    }
)
# Under these keys of its data an activity says what the lead is interested in.
_INTEREST_KEYS = (
    "need",
    "interest",
    "message",
    "content",
    "topic",
    "webinar",
    "product",
    "form_name",
)
# Forms by which somebody asks to be spoken to; that may be answered without further consent.
_ASKING_FORMS = frozenset({"contact", "callback", "chat"})

Briefing = dict[str, Any]


def telling_kinds() -> list[str]:
    """Return the kinds of activities that say something about the lead."""
    return sorted(
        name for name in KINDS if name not in _SILENT and not name.startswith(_SILENT_PREFIXES)
    )


def build_briefings(
    leads: Sequence[Lead], *, as_of: datetime, interest: str = ""
) -> dict[int, Briefing]:
    """Return the briefing of each lead by its id; a fixed number of queries for all of them.

    ``interest`` is what somebody adds by hand for leads of which nothing else says it.
    """
    return read(read_briefings(leads, as_of=as_of, interest=interest))


def read_briefings(
    leads: Sequence[Lead], *, as_of: datetime, interest: str = ""
) -> Reader[dict[int, Briefing]]:
    """Return what ``build_briefings`` does, beside other readers."""
    ids = [lead.pk for lead in leads]
    events = last_events(ids, as_of=as_of, limit=4 * EVENTS_SHOWN)
    shown = [event for found in events.values() for event in found[:EVENTS_SHOWN]]
    noted, consented, sold, kept = yield [
        _notes(shown),
        Consent.objects.filter(lead__in=ids),
        Opportunity.objects.filter(lead__in=ids),
        informing_rows(ids, as_of=as_of),
    ]
    informing = tell_informing(kept)
    notes = {str(note.public_id): note.body for note in noted}
    consents, deals = _consents(ids, consented), _deals(ids, sold)
    # A briefing goes to whoever sees the lead, so that sensitive fields stay out of it.
    hidden = sensitive_keys()
    reasons = yield from strongest_reasons(ids, as_of=as_of)
    return {
        lead.pk: {
            "version": VERSION,
            "at": as_of.isoformat(),
            "who": _who(lead),
            "company": _company(lead),
            "score": _score(lead),
            "why": reasons[lead.pk],
            "interests": _interests(lead, events[lead.pk], interest, hidden),
            "consents": consents[lead.pk],
            "asked": _asked(events[lead.pk]),
            "events": [_event(item, notes) for item in events[lead.pk][:EVENTS_SHOWN]],
            "deals": deals[lead.pk],
            "informing": _informing(informing.get(lead.pk)),
            "questions": _questions(lead),
        }
        for lead in leads
    }


def readable(briefing: Briefing, actor: Actor) -> Briefing:
    """Return what ``actor`` may read of a briefing: scores and deals need rights of their own."""
    told = {
        **briefing,
        "events": [
            {**event, "data": readable_data(event["kind"], event["data"], actor)}
            for event in briefing["events"]
            if may_read(event["kind"], actor)
        ],
    }
    if not actor.may(Right.SCORES_READ):
        told |= {"score": {}, "why": []}
    if not actor.may(Right.DEALS_READ):
        told["deals"] = []
    return told


def missing_parts(
    briefing: Briefing, *, has_target: bool, required: Collection[str]
) -> list[BriefingPart]:
    """Return the required parts that a briefing does not have, in the order of the form."""
    who = briefing["who"]
    has = {
        BriefingPart.TARGET: has_target,
        BriefingPart.INTEREST: bool(briefing["interests"]),
        BriefingPart.CONSENT: bool(briefing["consents"] or briefing["asked"]),
        BriefingPart.EVENTS: bool(briefing["events"]),
        BriefingPart.CONTACT: who["is_email_usable"] or who["is_phone_usable"],
    }
    return [part for part in BriefingPart if part.value in required and not has[part]]


def last_events(
    lead_ids: Sequence[int], *, as_of: datetime, limit: int
) -> dict[int, list[Activity]]:
    """Return the newest telling activities of each lead, the newest first.

    One index probe a lead: a window function over all activities reads whole timelines.
    """
    found: dict[int, list[Activity]] = {lead_id: [] for lead_id in lead_ids}
    columns = ", ".join(f'newest."{f.column}"' for f in Activity._meta.local_concrete_fields)
    statement = f"""
        SELECT {columns}
        FROM unnest(%s::bigint[]) AS wanted (lead_id)
        CROSS JOIN LATERAL (
            SELECT * FROM leads_activity
            WHERE leads_activity.lead_id = wanted.lead_id
              AND kind = ANY(%s) AND NOT is_machine AND occurred_at <= %s
            ORDER BY occurred_at DESC, id DESC LIMIT %s
        ) AS newest
        ORDER BY newest.occurred_at DESC, newest.id DESC
    """  # noqa: S608 - the names are those of the model
    parameters = [list(lead_ids), telling_kinds(), as_of, limit]
    for activity in Activity.objects.raw(statement, parameters):
        found[activity.lead_id].append(activity)
    return found


def _informing(found: Informing | None) -> dict[str, str]:
    """Return why the lead only gathers information, or nothing."""
    if found is None:
        return {}
    since = found.since.isoformat() if found.since else ""
    said = {"source": found.source.value, "since": since, "override": ""}
    return said | ({} if found.source == MarkSource.INFERRED else {"reason": found.reason})


def _who(lead: Lead) -> dict[str, Any]:
    return {
        "name": lead.full_name,
        "salutation": lead.salutation,
        "job_title": lead.job_title,
        "email": lead.email,
        "phone": lead.phone,
        "is_email_usable": bool(lead.email) and lead.is_email_valid,
        "is_phone_usable": bool(lead.phone) and lead.is_phone_valid,
        "city": lead.city,
        "country": lead.country,
        "language": lead.language,
        "time_zone": lead.time_zone,
        "preferred_channel": lead.preferred_channel,
        "first_channel": lead.first_channel,
        "source": lead.source_detail,
    }


def _company(lead: Lead) -> dict[str, Any]:
    company = lead.company
    if company is None:
        return {}
    return {
        "name": company.name,
        "industry": company.industry,
        "employees": company.employees,
        "domain": company.domain,
    }


def _score(lead: Lead) -> dict[str, Any]:
    return {
        "score": lead.score,
        "fit": lead.fit,
        "engagement": lead.engagement,
        "grade": lead.grade,
        "temperature": lead.temperature,
    }


def _consents(
    lead_ids: Sequence[int], rows: Sequence[Consent]
) -> Mapping[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = {lead_id: [] for lead_id in lead_ids}
    for row in rows:
        found[row.lead_id].append(
            {
                "purpose": row.purpose,
                "channel": row.channel,
                "state": row.state,
                "since": row.since.isoformat(),
            }
        )
    return found


def may_contact(briefing: Briefing, channel: str) -> bool | None:
    """Say whether the lead may be contacted by ``channel``: yes, no, or None for never asked.

    One objection outweighs every consent.
    """
    states = {item["state"] for item in briefing["consents"] if item["channel"] == channel}
    if states & {ConsentState.WITHDRAWN, ConsentState.OBJECTED}:
        return False
    return True if ConsentState.GRANTED in states else None


def _deals(
    lead_ids: Sequence[int], rows: Sequence[Opportunity]
) -> Mapping[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {lead_id: [] for lead_id in lead_ids}
    for deal in rows:
        found[deal.lead_id].append(
            {
                "name": deal.name,
                "stage": deal.stage,
                "amount": None if deal.amount is None else str(deal.amount),
                "currency": deal.currency,
                "price_tolerance": deal.price_tolerance,
                "delivery_tolerance": deal.delivery_tolerance,
            }
        )
    return found


def _notes(events: Sequence[Activity]) -> QuerySet[Note]:
    """Return the notes among ``events``; private ones stay private."""
    keys = [event.data.get("note") for event in events if event.kind == NOTE_ADDED]
    return Note.objects.filter(public_id__in=keys, is_private=False)


def _event(activity: Activity, notes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "kind": activity.kind,
        "at": activity.occurred_at.isoformat(),
        "data": activity.data,
        "note": clean_text(notes.get(str(activity.data.get("note")), ""), limit=300),
        "by": activity.actor_label if activity.actor_kind == ActorKind.USER else "",
    }


def _asked(events: Sequence[Activity]) -> dict[str, str]:
    """Return the newest event by which the lead asked to be spoken to, or nothing."""
    for event in events:
        if event.data.get("form_kind") in _ASKING_FORMS:
            return {
                "at": event.occurred_at.isoformat(),
                "form": str(event.data.get("form_name", "")),
            }
    return {}


def _interests(
    lead: Lead, events: Sequence[Activity], by_hand: str, hidden: Collection[str]
) -> list[dict[str, str]]:
    found: dict[str, str] = {}
    if by_hand:
        found[by_hand[:200]] = ""
    for key in ("need", "interest"):
        told = None if key in hidden else lead.custom.get(key)
        if isinstance(told, str) and told:
            found.setdefault(told[:200], "")
    for activity in events:
        for key in _INTEREST_KEYS:
            text = activity.data.get(key)
            if isinstance(text, str) and text:
                found.setdefault(text[:200], activity.occurred_at.isoformat())
    return [{"text": text, "at": at} for text, at in list(found.items())[:INTERESTS_SHOWN]]


def _questions(lead: Lead) -> list[str]:
    """Return the names of what a rep should find out."""
    unknown = {
        "phone": not lead.phone,
        "job_title": not lead.job_title,
        "company": lead.company_id is None,
        "employees": lead.company is not None and lead.company.employees is None,
        "budget": not lead.custom.get("budget"),
        "purchase_date": not lead.custom.get("purchase_date"),
    }
    return [name for name, is_unknown in unknown.items() if is_unknown]
