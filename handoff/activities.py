"""The activity kinds of hand-over and sales, and how each is told in one line."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.rights import Right
from handoff.models import (
    BriefingPart,
    CallOutcome,
    DealStage,
    LostReason,
    RejectReason,
    TaskKind,
    VerdictValue,
)
from handoff.models.handover import in_language
from leads.kinds import register_kind

Data = dict[str, Any]

# Of 0 to 10 for "Would you recommend us?"; from here on people do (Reichheld 2003).
PROMOTER_SCORE = 9


def describe_offer(data: Data) -> str:
    """Say to whom and why."""
    return _joined(_target(data), in_language(data.get("reason") or {}))


def describe_held_back(data: Data) -> str:
    """Say what the briefing lacks."""
    parts = [BriefingPart(part).label for part in data.get("missing", []) if part in BriefingPart]
    if data.get("is_informing"):
        said = gettext("only gathering information, without a signal to buy")
        return _joined(said, describe_held_back({"missing": data["missing"]}) if parts else "")
    return gettext("Missing: {parts}").format(parts=", ".join(map(str, parts)))


def describe_rejection(data: Data) -> str:
    """Say why, in which words, and when to ask again."""
    label = _word(RejectReason, data.get("reject_reason"))
    again = data.get("revisit_on")
    ask = gettext("ask again on {day}").format(day=again) if again else ""
    return _joined(label, str(data.get("text") or ""), ask)


def describe_end(data: Data) -> str:
    """Say who had it and what was said."""
    return _joined(_target(data), str(data.get("text") or ""))


def describe_call(data: Data) -> str:
    """Say how the call ended."""
    return _word(CallOutcome, data.get("outcome"))


def describe_verdict(data: Data) -> str:
    """Say how good the lead is, and in which words."""
    return _joined(_word(VerdictValue, data.get("value")), str(data.get("text") or ""))


def describe_meeting(data: Data) -> str:
    """Say which meeting, when and with whom, in the language and zone of the reader."""
    names = data.get("names") or {}
    language = "de" if (get_language() or "").startswith("de") else "en"
    when = ""
    if starts_at := data.get("starts_at"):
        local = timezone.localtime(datetime.fromisoformat(starts_at))
        when = date_format(local, "SHORT_DATETIME_FORMAT")
    said = (str(data.get(name) or "") for name in ("host", "reason"))
    return _joined(str(names.get(language) or ""), when, *said)


def describe_task(data: Data) -> str:
    """Say what is to be done."""
    return _joined(_word(TaskKind, data.get("kind")), str(data.get("title") or ""))


def describe_deal(data: Data) -> str:
    """Say which deal, how far and what it is worth."""
    label = _word(DealStage, data.get("stage"))
    why = _word(LostReason, data.get("lost_reason"))
    amount = data.get("amount")
    worth = ""
    if amount is not None:
        shown = number_format(Decimal(amount), use_l10n=True, force_grouping=True)
        worth = f"{shown} {data.get('currency', '')}"
    return _joined(str(data.get("name") or ""), label, worth, why, str(data.get("text") or ""))


def describe_satisfaction(data: Data) -> str:
    """Say how likely the lead would recommend us."""
    score = gettext("{score} of 10").format(score=data.get("score"))
    return _joined(score, str(data.get("text") or ""))


def _target(data: Data) -> str:
    return str(data.get("to_name") or data.get("to_team_name") or "")


def _word(words: type[TextChoices], value: Any) -> str:
    return str(words(value).label) if value in words.values else ""


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


HANDOFF_OFFERED = register_kind(
    "handoff.offered", _("Handed over to sales"), icon="send", describe=describe_offer
)
HANDOFF_HELD_BACK = register_kind(
    "handoff.held_back",
    _("Not handed over yet"),
    icon="hand-stop",
    describe=describe_held_back,
)
HANDOFF_ACCEPTED = register_kind(
    "handoff.accepted", _("Accepted by sales"), icon="checks", describe=_target
)
HANDOFF_REJECTED = register_kind(
    "handoff.rejected", _("Rejected by sales"), icon="x", describe=describe_rejection
)
HANDOFF_RETURNED = register_kind(
    "handoff.returned",
    _("Returned: wrong assignment"),
    icon="arrow-back-up",
    describe=describe_end,
)
HANDOFF_WITHDRAWN = register_kind(
    "handoff.withdrawn", _("Hand-over withdrawn"), icon="arrow-back", describe=describe_end
)
HANDOFF_ESCALATED = register_kind(
    "handoff.escalated", _("Not answered in time"), icon="alarm", describe=_target
)
HANDOFF_EXPIRED = register_kind(
    "handoff.expired", _("Hand-over expired"), icon="clock-x", describe=describe_end
)
HANDOFF_REVISIT_DUE = register_kind(
    "handoff.revisit_due", _("To be asked again"), icon="calendar-repeat"
)
HANDOFF_OVERRIDDEN = register_kind(
    "handoff.guard_lifted",
    _("Handed over although only gathering information"),
    icon="alert-triangle",
    describe=lambda data: str(data.get("reason") or ""),
)
CALL_LOGGED = register_kind("call.logged", _("Call"), icon="phone", describe=describe_call)
VERDICT_GIVEN = register_kind(
    "verdict.given",
    _("Judged by sales after contact"),
    icon="thumb-up",
    describe=describe_verdict,
)
MEETING_BOOKED = register_kind(
    "meeting.booked",
    _("Meeting booked"),
    icon="calendar-plus",
    is_touch=True,
    describe=describe_meeting,
)
MEETING_MOVED = register_kind(
    "meeting.moved", _("Meeting moved"), icon="calendar-time", describe=describe_meeting
)
MEETING_HELD = register_kind(
    "meeting.held",
    _("Meeting took place"),
    icon="calendar-check",
    is_touch=True,
    describe=describe_meeting,
)
MEETING_MISSED = register_kind(
    "meeting.missed", _("Meeting missed"), icon="calendar-off", describe=describe_meeting
)
MEETING_CANCELLED = register_kind(
    "meeting.cancelled", _("Meeting cancelled"), icon="calendar-x", describe=describe_meeting
)
MEETING_ASKED = register_kind(
    "meeting.asked",
    _("Wanted a meeting at a time that was taken"),
    icon="calendar-question",
    describe=describe_meeting,
)
TASK_CREATED = register_kind(
    "task.created", _("Task created"), icon="square-plus", describe=describe_task
)
TASK_CHANGED = register_kind(
    "task.changed", _("Task changed"), icon="square-dot", describe=describe_task
)
TASK_DONE = register_kind("task.done", _("Task done"), icon="square-check", describe=describe_task)
OPPORTUNITY_CREATED = register_kind(
    "opportunity.created",
    _("Deal created"),
    icon="briefcase",
    describe=describe_deal,
    right=Right.DEALS_READ,
)
OPPORTUNITY_CHANGED = register_kind(
    "opportunity.changed",
    _("Deal changed"),
    icon="briefcase-2",
    describe=describe_deal,
    right=Right.DEALS_READ,
)
OPPORTUNITY_WON = register_kind(
    "opportunity.won",
    _("Deal won"),
    icon="trophy",
    describe=describe_deal,
    right=Right.DEALS_READ,
)
OPPORTUNITY_LOST = register_kind(
    "opportunity.lost",
    _("Deal lost"),
    icon="mood-sad",
    describe=describe_deal,
    right=Right.DEALS_READ,
)
LEAD_REFERRED = register_kind(
    "lead.referred", _("Recommended us"), icon="heart-handshake", names_lead=True
)
SATISFACTION_GIVEN = register_kind(
    "lead.satisfaction_given",
    _("Satisfaction told"),
    icon="mood-smile",
    is_touch=True,
    describe=describe_satisfaction,
)
