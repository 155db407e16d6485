"""The timeline of a lead as people read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.actor import Actor
from ground.together import Reader
from leads.kinds import KINDS
from leads.models import Activity, Lead, Note
from leads.reading import named_leads, readable_activities, told_to

PAGE = 30
# What the data of a kind without a description of its own is told by, in this order.
_TELLING = ("subject", "title", "name", "form", "sequence", "url", "outcome", "reason", "text")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline, ready to be shown; ``note`` is set where it is about a note."""

    activity: Activity
    title: str
    text: str
    icon: str
    tone: str
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the timeline, the newest first; ``older`` is where the next one begins."""

    entries: list[Entry]
    older: str


def read_timeline(lead: Lead, actor: Actor, *, before: str = "", area: str = "") -> Reader[Stretch]:
    """Return the next ``PAGE`` entries before the cursor ``before``; two rounds at most.

    ``area`` narrows it to kinds of one area ("email"). What the actor may not read is left out. A
    cursor that is not readable starts from the newest.
    """
    activities = readable_activities(lead.activities.all(), actor)
    if area and any(name.startswith(f"{area}.") for name in KINDS):
        activities = activities.filter(kind__startswith=f"{area}.")
    at, _comma, key = before.partition(",")
    try:
        moment = datetime.fromisoformat(at)
        activities = activities.filter(
            Q(occurred_at__lt=moment) | Q(occurred_at=moment, pk__lt=int(key))
        )
    except ValueError:
        pass
    (rows,) = yield [activities[: PAGE + 1]]
    shown = rows[:PAGE]
    older = f"{shown[-1].occurred_at.isoformat()},{shown[-1].pk}" if len(rows) > PAGE else ""
    keys = [item.data.get("note") for item in shown if item.kind == "note.added"]
    named = named_leads(shown, actor)
    notes, leads = yield [Note.objects.filter(public_id__in=keys), named]
    return Stretch(_entries(told_to(actor, shown, leads), notes), older)


def _entries(activities: Sequence[Activity], notes: Sequence[Note]) -> list[Entry]:
    by_key = {str(note.public_id): note for note in notes}
    return [_entry(item, by_key.get(str(item.data.get("note")))) for item in activities]


def _entry(activity: Activity, note: Note | None) -> Entry:
    kind = KINDS.get(activity.kind)
    title = str(kind.label) if kind else activity.kind
    tone = "teal" if kind and kind.is_touch else "slate"
    return Entry(
        activity,
        title,
        describe_activity(activity),
        kind.icon if kind else "point",
        "slate" if activity.is_machine else tone,
        note,
    )


def describe_activity(activity: Activity) -> str:
    """Return what happened in one line, in the reader's language."""
    kind = KINDS.get(activity.kind)
    if kind and kind.describe:
        return kind.describe(activity.data)
    found = (activity.data.get(key) for key in _TELLING)
    return next((str(value) for value in found if value), "")
