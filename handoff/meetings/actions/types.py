"""Kinds of meetings, and when people can be booked."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor, delegated
from accounts.audit import record as audit
from accounts.models import User, check_time_zone
from accounts.rights import Right
from capture.actions.forms import NewForm, create_forms, publish_forms
from capture.readymade import ready_made
from ground.errors import DomainError
from handoff.events import MEETING_FEED_CHANGED, MEETING_TYPE_CHANGED
from handoff.meetings.hours import clean_hours
from handoff.models import Availability, Hosting, MeetingType, Place, Region

TERMS = (
    "name_de",
    "name_en",
    "minutes",
    "buffer_before",
    "buffer_after",
    "notice_minutes",
    "ahead_days",
    "grid_minutes",
    "change_minutes",
    "hosting",
    "host",
    "team",
    "place",
    "place_text",
    "is_active",
)
MANAGERS = (Right.FORMS_MANAGE, Right.ASSIGNMENT_MANAGE)


@action
def create_meeting_type(
    terms: Mapping[str, Any], *, by: Actor, as_of: datetime, is_sample: bool = False
) -> MeetingType:
    """Make a kind of meeting with a form in each language; ``terms`` names columns of ``TERMS``.

    Raises ``DomainError`` (``name_missing``, ``host_missing``, ``team_missing``,
    ``place_missing``, ``terms_invalid``).
    """
    by.require(*MANAGERS)
    kind = MeetingType(created_at=as_of, is_sample=is_sample)
    _set(kind, terms)
    maker = delegated(by, Right.FORMS_MANAGE)
    forms = []
    for language in ("de", "en"):
        made = ready_made("meeting", language)
        name = f"{made.name}: {kind.name_in(language)}"
        new = NewForm(name, made.kind, made.definition, language=language, is_sample=is_sample)
        forms += create_forms([new], by=maker, as_of=as_of)
    publish_forms([form.pk for form in forms], by=maker, as_of=as_of)
    kind.form_de, kind.form_en = forms
    kind.save()
    audit(MEETING_TYPE_CHANGED, by=by, as_of=as_of, about=kind, data={"is_new": True})
    return kind


@action
def change_meeting_type(
    type_id: int, terms: Mapping[str, Any], *, by: Actor, as_of: datetime
) -> MeetingType:
    """Change a kind of meeting; meetings that are booked stay as they are.

    Raises as ``create_meeting_type`` does.
    """
    by.require(*MANAGERS)
    kind = MeetingType.objects.select_for_update(of=("self",)).get(pk=type_id)
    before = {name: getattr(kind, name) for name in TERMS}
    _set(kind, terms)
    changed = [name for name in TERMS if getattr(kind, name) != before[name]]
    if changed:
        kind.save(update_fields=changed)
        audit(MEETING_TYPE_CHANGED, by=by, as_of=as_of, about=kind, data={"changed": changed})
    return kind


def _set(kind: MeetingType, terms: Mapping[str, Any]) -> None:
    for name in TERMS:
        if name in terms:
            setattr(kind, name, terms[name])
    for name in ("name_de", "name_en"):
        if not getattr(kind, name).strip():
            raise DomainError("name_missing", _("Give it a name in both languages."), name)
    if kind.hosting == Hosting.PERSON:
        kind.team = None
        if kind.host is None:
            raise DomainError("host_missing", _("Say who holds these meetings."), "host")
    else:
        kind.host = None
        if kind.team is None:
            raise DomainError("team_missing", _("Choose the team."), "team")
    if kind.place != Place.PHONE and not kind.place_text.strip():
        raise DomainError("place_missing", _("Say where people meet."), "place_text")
    try:
        kind.clean_fields(exclude=["form_de", "form_en", "host", "team"])
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise DomainError("terms_invalid", messages[0], name) from error


@action
def set_availability(
    hours: Mapping[str, Any], *, time_zone: str, region: str, by: Actor, as_of: datetime
) -> Availability:
    """Set when the actor can be booked; meetings that are booked stay.

    Raises ``DomainError`` (``hours_unreadable``, ``hours_order``, ``hours_overlap``,
    ``hours_many``, ``zone_unknown``, ``region``).
    """
    by.require(Right.HANDOFF_WORK)
    cleaned = clean_hours(hours)
    if region not in Region.values:
        raise DomainError("region", _("Choose among these."), field="region")
    try:
        check_time_zone(time_zone)
    except ValidationError as error:
        raise DomainError("zone_unknown", error.messages[0], field="time_zone") from error
    values = {"hours": cleaned, "time_zone": time_zone, "region": region, "updated_at": as_of}
    row, _is_new = Availability.objects.update_or_create(user_id=by.user_id or 0, defaults=values)
    return row


@action
def new_feed(*, usual: Mapping[str, Any], by: Actor, as_of: datetime) -> str:
    """Return a new secret for the actor's feed of meetings; the old address stops to work.

    Only a hash is kept, so that it is shown this once. ``usual`` is what the availability begins
    with where there is none.
    """
    by.require(Right.HANDOFF_WORK)
    secret = secrets.token_urlsafe(32)
    _set_feed(hash_of(secret), usual, by=by, as_of=as_of)
    return secret


@action
def end_feed(*, by: Actor, as_of: datetime) -> None:
    """Let nobody fetch the actor's meetings any more."""
    by.require(Right.HANDOFF_WORK)
    _set_feed("", {}, by=by, as_of=as_of)


def _set_feed(feed_hash: str, usual: Mapping[str, Any], *, by: Actor, as_of: datetime) -> None:
    user = User.objects.get(pk=by.user_id or 0)
    row = Availability.objects.filter(user=user).first()
    if row is None:
        if not feed_hash:
            return
        row = Availability(user=user, updated_at=as_of, **usual)
    if row.feed_hash == feed_hash:
        return
    row.feed_hash = feed_hash
    row.save()
    audit(MEETING_FEED_CHANGED, by=by, as_of=as_of, about=user, data={"is_open": bool(feed_hash)})


def hash_of(secret: str) -> str:
    """Return what is kept of the secret in the address of a feed."""
    return hashlib.sha256(secret.encode()).hexdigest()
