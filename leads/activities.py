"""The activity kinds of leads themselves, and how each is told in one line."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.kinds import register_kind
from leads.models import Lead, MarkSource
from leads.stages import Channel, OtherReason, Stage


def describe_stage_change(data: dict[str, Any]) -> str:
    """Say from where to where a lead moved, which rule did it and why."""
    text = f"{_stage(data.get('from'))} → {_stage(data.get('to'))}"
    other = data.get("other_reason")
    if other in OtherReason.values:
        text += f" ({OtherReason(other).label})"
    why = [str(data[key]) for key in ("rule", "reason") if data.get(key)]
    return f"{text} · {' · '.join(why)}" if why else text


def _stage(value: Any) -> str:
    return str(Stage(value).label) if value in Stage.values else "–"


def describe_creation(data: dict[str, Any]) -> str:
    """Say through which channel and source a lead came."""
    channel = data.get("channel")
    label = str(Channel(channel).label) if channel in Channel.values else ""
    return " · ".join(part for part in (label, str(data.get("source") or "")) if part)


def describe_changes(data: dict[str, Any]) -> str:
    """List the fields that changed with their old and new values."""
    changes = data.get("changes", {})
    return "; ".join(f"{column_label(name)}: {_pair(*pair)}" for name, pair in changes.items())


def column_label(name: str) -> str:
    """Return how readers know a column of a lead."""
    if name.startswith("custom."):
        return name.removeprefix("custom.")
    column = name.removesuffix("_id")
    try:
        return str(getattr(Lead._meta.get_field(column), "verbose_name", column))
    except FieldDoesNotExist:
        return column


def _pair(old: Any, new: Any) -> str:
    return f"{old} → {new}" if old not in (None, "") else str(new)


def describe_owner_change(data: dict[str, Any]) -> str:
    """Say who has the lead now, and why."""
    text = str(data.get("to_name") or gettext("Nobody"))
    return f"{text} · {data['reason']}" if data.get("reason") else text


def describe_tags(data: dict[str, Any]) -> str:
    """List the tags that came and went."""
    added = [f"+ {name}" for name in data.get("added", [])]
    return ", ".join([*added, *(f"− {name}" for name in data.get("removed", []))])


def describe_information(data: dict[str, Any]) -> str:
    """Say who says so, and in which words."""
    source = data.get("source")
    label = str(MarkSource(source).label) if source in MarkSource.values else ""
    return " · ".join(part for part in (label, str(data.get("reason") or "")) if part)


LEAD_CREATED = register_kind(
    "lead.created", _("Lead created"), icon="user-plus", describe=describe_creation
)
LEAD_UPDATED = register_kind(
    "lead.updated", _("Data changed"), icon="edit", describe=describe_changes
)
LEAD_HANDLE_ADDED = register_kind("lead.handle_added", _("Chat handle added"), icon="at")
LEAD_STAGE_CHANGED = register_kind(
    "lead.stage_changed",
    _("Stage changed"),
    icon="stairs-up",
    describe=describe_stage_change,
    score_keys=("score",),
)
LEAD_OWNER_CHANGED = register_kind(
    "lead.owner_changed", _("Owner changed"), icon="user-check", describe=describe_owner_change
)
LEAD_TAGGED = register_kind("lead.tagged", _("Tags changed"), icon="tag", describe=describe_tags)
LIST_JOINED = register_kind(
    "lead.list_joined", _("Put on a list"), icon="list", describe=lambda data: str(data["name"])
)
LIST_LEFT = register_kind(
    "lead.list_left", _("Taken off a list"), icon="list", describe=lambda data: str(data["name"])
)
LEAD_PAUSED = register_kind("lead.paused", _("Left in peace"), icon="player-pause")
LEAD_DELETED = register_kind("lead.deleted", _("Moved to the bin"), icon="trash")
LEAD_RESTORED = register_kind("lead.restored", _("Taken out of the bin"), icon="restore")
LEAD_MERGED = register_kind("lead.merged", _("Merged with another lead"), icon="arrow-merge")
LEAD_MERGE_UNDONE = register_kind("lead.merge_undone", _("Merge taken back"), icon="arrows-split")
EPISODE_OPENED = register_kind(
    "episode.opened", _("New interest"), icon="refresh", describe=describe_creation
)
CONSENT_GRANTED = register_kind("consent.granted", _("Consent given"), icon="shield-check")
CONSENT_REQUESTED = register_kind(
    "consent.requested", _("Confirmation asked for"), icon="shield-question"
)
CONSENT_WITHDRAWN = register_kind("consent.withdrawn", _("Consent withdrawn"), icon="shield-x")
CONSENT_LAPSED = register_kind(
    "consent.lapsed", _("Consent lapsed: the address is another now"), icon="shield-off"
)
CONSENT_NOTED = register_kind(
    "consent.noted", _("Declared, but the present state holds"), icon="shield-pause"
)
INFORMATION_MARKED = register_kind(
    "lead.information_marked",
    _("Only gathering information"),
    icon="books",
    describe=describe_information,
)
INFORMATION_ENDED = register_kind(
    "lead.information_ended",
    _("No longer only gathering information"),
    icon="book-off",
    describe=describe_information,
)
NOTE_ADDED = register_kind("note.added", _("Note written"), icon="note")
