"""A briefing in the reader's language: stored data in, lines to show out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from handoff.briefing import Briefing, may_contact
from handoff.models import DealStage
from handoff.models.handover import in_language
from leads.kinds import KINDS
from leads.models import ConsentChannel, MarkSource

QUESTIONS: dict[str, Promise] = {
    "phone": gettext_lazy("By which phone number can the lead be reached?"),
    "job_title": gettext_lazy("What does the lead do in the company?"),
    "company": gettext_lazy("Which company does the lead work for?"),
    "employees": gettext_lazy("How large is the company?"),
    "budget": gettext_lazy("Is there a budget?"),
    "purchase_date": gettext_lazy("When does the lead want to decide?"),
}
# By which a rep can reach somebody, with the icon of each.
CHANNELS = ((ConsentChannel.PHONE, "phone"), (ConsentChannel.EMAIL, "mail"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a briefing: what, and when it happened."""

    text: str
    at: datetime | None = None
    icon: str = "point"
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whether the lead may be contacted by one channel, in words."""

    label: str
    text: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class Caution:
    """That a lead only gathers information: who says so, and why sales has it all the same."""

    source: str
    since: datetime | None
    reason: str
    override: str


@dataclass(frozen=True, slots=True)
class Told:
    """A briefing ready to be shown."""

    who: dict[str, Any]
    company: dict[str, Any]
    score: dict[str, Any]
    why: Sequence[Line]
    interests: Sequence[Line]
    allowed: Sequence[Allowed]
    events: Sequence[Line]
    deals: Sequence[dict[str, Any]]
    caution: Caution | None
    questions: Sequence[str]
    opening: str


def tell(briefing: Briefing) -> Told:
    """Return what a briefing says, in the reader's language."""
    events = [_event(item) for item in briefing["events"]]
    return Told(
        who=briefing["who"],
        company=briefing["company"],
        score=briefing["score"],
        why=[Line(in_language(i["text"]), points=i["points"]) for i in briefing["why"]],
        interests=[Line(i["text"], _moment(i["at"]), "bulb") for i in briefing["interests"]],
        allowed=[_allowed(briefing, channel, icon) for channel, icon in CHANNELS],
        events=events,
        deals=[
            {**deal, "stage_label": DealStage(deal["stage"]).label} for deal in briefing["deals"]
        ],
        caution=_caution(briefing),
        questions=[str(QUESTIONS[name]) for name in briefing["questions"]],
        opening=opening(briefing),
    )


def why_now(briefing: Briefing) -> str:
    """Return in one line why somebody should speak to the lead now, or ""."""
    if briefing.get("why"):
        return in_language(briefing["why"][0]["text"])
    events = briefing.get("events") or ()
    for item in events:
        line = _event(item)
        return f"{line.text}, {date_format(timezone.localtime(line.at), 'SHORT_DATE_FORMAT')}"  # type: ignore[arg-type]
    return ""


def opening(briefing: Briefing) -> str:
    """Return how a rep might begin, from what the lead did last and is interested in."""
    day, interests = "", briefing["interests"]
    if briefing.get("informing"):
        return _without_selling(interests)
    if briefing["events"]:
        day = date_format(timezone.localtime(_moment(briefing["events"][0]["at"])))
    if briefing["asked"]:
        return _("You wrote to us on {day}. How can I help you?").format(day=day)
    if interests and day:
        return _("On {day} you looked at “{topic}” with us. What made you do so?").format(
            day=day, topic=interests[0]["text"]
        )
    if interests:
        return _("You are interested in “{topic}”. What are you planning?").format(
            topic=interests[0]["text"]
        )
    return ""


def _without_selling(interests: Sequence[dict[str, Any]]) -> str:
    """Return how to begin with somebody who reacts badly to being sold to (source 002)."""
    if interests:
        return _(
            "You are finding out about “{topic}” for now, and that is fine. Is there anything that"
            " I can send you or explain?"
        ).format(topic=interests[0]["text"])
    return _(
        "You are gathering information for now, and that is fine. Is there anything that I can send"
        " you or explain?"
    )


def _caution(briefing: Briefing) -> Caution | None:
    found = briefing.get("informing")
    if not found:
        return None
    return Caution(
        str(MarkSource(found["source"]).label),
        _moment(found["since"]),
        str(found.get("reason") or ""),
        found["override"],
    )


def _event(item: dict[str, Any]) -> Line:
    kind = KINDS.get(item["kind"])
    label = str(kind.label) if kind else str(item["kind"])
    about = item["note"] or (kind.describe(item["data"]) if kind and kind.describe else "")
    about = about or _subject(item["data"])
    text = f"{label}: {about}" if about else label
    return Line(text, _moment(item["at"]), kind.icon if kind else "point")


def _subject(data: dict[str, Any]) -> str:
    keys = ("form_name", "content", "title", "topic", "subject", "name", "url")
    return next((str(data[key]) for key in keys if data.get(key)), "")


def _allowed(briefing: Briefing, channel: ConsentChannel, icon: str) -> Allowed:
    label = str(channel.label)
    usable = briefing["who"][f"is_{channel.value}_usable"]
    if not usable:
        return Allowed(label, _("not known, or not valid"), "slate", icon)
    answer = may_contact(briefing, channel)
    if answer is False:
        return Allowed(label, _("no: withdrawn or objected"), "red", icon)
    if answer:
        return Allowed(label, _("yes: consent given"), "green", icon)
    if briefing["asked"]:
        return Allowed(label, _("to answer the request: yes"), "green", icon)
    return Allowed(label, _("never asked"), "amber", icon)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
