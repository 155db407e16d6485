"""Opens and clicks: stored as they come, judged a moment later, told to the timeline then."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.action import action
from accounts.actor import Actor
from ground.due import ask
from leads.actions.timeline import NewActivity, record
from nurturing.activities import EMAIL_CLICKED, EMAIL_OPENED
from nurturing.compose import may_measure
from nurturing.models import (
    DueVerdict,
    EventVerdict,
    LinkKind,
    MailEvent,
    MailEventKind,
    TrackedLink,
)

# A scanner follows all links within seconds: only then it shows what it is.
SETTLING = timedelta(seconds=10)
# Gateways look at a mail while they deliver it; nobody reads that fast.
TOO_SOON = timedelta(seconds=60)
BURST = timedelta(seconds=2)
_HITS = (MailEventKind.OPEN, MailEventKind.CLICK)
_MACHINES = re.compile(
    r"bot|crawl|spider|scan|preview|monitor|curl|wget|python|java/|go-http|okhttp|headless"
    r"|proofpoint|mimecast|barracuda|safelinks|trendmicro|symantec|forcepoint",
    re.IGNORECASE,
)
# Apple's mail privacy protection loads every image through a proxy that gives only this.
_APPLE_PROXY = "Mozilla/5.0"


class Hit(NamedTuple):
    """How something in a mail was fetched."""

    method: str
    user_agent: str
    is_prefetch: bool
    is_opted_out: bool


@action
def note_hit(link: TrackedLink, hit: Hit, *, by: Actor, as_of: datetime) -> bool:
    """Store that something in a mail was fetched; returns whether it was stored.

    Nothing is stored without the lead's present consent to measuring, or when the browser asks not
    to be followed (GPC). Adds one raw row and asks for a verdict; nothing of the lead changes.
    """
    message = link.message
    if hit.is_opted_out or not may_measure(message.lead):
        return False
    MailEvent.objects.create(
        message=message,
        link=link,
        kind=MailEventKind.OPEN if link.kind == LinkKind.PIXEL else MailEventKind.CLICK,
        at=as_of,
        data={
            "method": hit.method,
            "agent": hit.user_agent[:200],
            "is_prefetch": hit.is_prefetch,
        },
    )
    ask(DueVerdict, "message_id", [message.pk], due_at=as_of + SETTLING)
    return True


@action
def judge_hits(rows: list[DueVerdict], *, by: Actor, as_of: datetime) -> None:
    """Give every new hit on these messages its verdict and record it; the work of a drain.

    A machine's hits are recorded as such, so that nothing counts them.
    """
    keys = [row.message_id for row in rows]
    events: dict[int, list[MailEvent]] = {key: [] for key in keys}
    hits = MailEvent.objects.filter(message__in=keys, kind__in=_HITS)
    for event in hits.select_related("link", "message__sequence").order_by("at", "pk"):
        events[event.message_id].append(event)
    judged = [
        event
        for of_message in events.values()
        for event, verdict, reason in judge_message(of_message)
        if _set(event, verdict, reason)
    ]
    MailEvent.objects.bulk_update(judged, ["verdict", "verdict_reason"], batch_size=500)
    record([_activity(event) for event in judged if _is_told(event)], by=by, as_of=as_of)


def _set(event: MailEvent, verdict: EventVerdict, reason: str) -> bool:
    if event.verdict:
        return False
    event.verdict, event.verdict_reason = verdict, reason
    return True


def judge_message(events: list[MailEvent]) -> list[tuple[MailEvent, EventVerdict, str]]:
    """Return the verdict and its reason for each hit on one message, given all its hits."""
    has_trap = any(event.link and event.link.kind == LinkKind.TRAP for event in events)
    judged = []
    for event in events:
        reason = "trap" if has_trap else _machine_reason(event, events)
        verdict = EventVerdict.MACHINE if reason else EventVerdict.HUMAN
        judged.append((event, verdict, reason))
    return judged


def _machine_reason(event: MailEvent, events: list[MailEvent]) -> str:
    data: Mapping[str, object] = event.data
    agent = str(data.get("agent", ""))
    sent_at = event.message.handed_at
    if data.get("method") != "GET":
        return "method"
    if data.get("is_prefetch"):
        return "prefetch"
    if sent_at is not None and event.at < sent_at + TOO_SOON:
        return "too_soon"
    if not agent or _MACHINES.search(agent):
        return "agent"
    if event.kind == MailEventKind.OPEN:
        return "apple" if agent == _APPLE_PROXY else ""
    is_burst = any(
        other.kind == MailEventKind.CLICK
        and other.link_id != event.link_id
        and abs(other.at - event.at) <= BURST
        for other in events
    )
    return "burst" if is_burst else ""


def _is_told(event: MailEvent) -> bool:
    return event.link is not None and event.link.kind != LinkKind.TRAP


def _activity(event: MailEvent) -> NewActivity:
    """Return what the timeline says: the first open, and the first click on each link."""
    message, link = event.message, event.link
    assert message.lead_id is not None
    assert link is not None
    is_open = event.kind == MailEventKind.OPEN
    told = {
        "message": str(message.public_id),
        "subject": message.subject,
        "sequence": message.sequence.name if message.sequence else "",
        "reason": event.verdict_reason,
    }
    return NewActivity(
        message.lead_id,
        EMAIL_OPENED if is_open else EMAIL_CLICKED,
        event.at,
        told if is_open else told | {"url": link.url},
        dedupe_key=f"mail:{message.pk}:{link.pk}:{event.verdict}",
        is_machine=event.verdict == EventVerdict.MACHINE,
    )
