"""Entering one lead after the other from paper, the phone or a fair."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.actions.touches import NewTouch, record_touches
from capture.answers import extension
from capture.attribution import Origin
from capture.models import Campaign, LeadPhoto, TouchPosition
from capture.quick.pictures import without_notes
from ground.errors import DomainError
from leads.actions.entry import enter_leads
from leads.actions.notes import add_notes
from leads.entries import Entered, LeadEntry, found_by
from leads.normalise import clean_text

LARGEST_PHOTO = 12 * 1024 * 1024
PHOTO_TYPES = frozenset({"jpg", "jpeg", "png", "webp", "heic", "heif", "pdf"})
# How such files begin. SECURITY: a name alone says nothing about what is in a file.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-")


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it was sent."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class QuickEntry:
    """One person as they were written down; consents come with ``entry``."""

    entry: LeadEntry
    campaign: Campaign | None = None
    note: str = ""
    photo: Photo | None = None


@action
def enter_quickly(quick: QuickEntry, *, by: Actor, as_of: datetime) -> Entered:
    """Make or fill a lead, with campaign, note and picture, all together or not at all.

    Each consent keeps as proof who noted it and when, and the picture where there is one. Who
    sells owns what they enter. Raises ``DomainError`` (``photo_kind``, ``photo_large``,
    ``channel_missing``, ``contact_missing``, ``lead_elsewhere``, ``note_too_long``).
    """
    by.require(Right.LEADS_CREATE)
    _refuse(quick.photo)
    key = uuid4()
    proof: dict[str, Any] = {"noted_by": by.label, "noted_at": as_of.isoformat()}
    if quick.photo is not None:
        proof["photo"] = str(key)
    consents = [
        replace(consent, evidence={**consent.evidence, **proof}) for consent in quick.entry.consents
    ]
    entry = replace(quick.entry, consents=consents, **found_by(by))
    (entered,) = enter_leads([entry], by=by, as_of=as_of)
    if quick.photo is not None:
        picture = without_notes(quick.photo.data)
        LeadPhoto.objects.create(
            public_id=key,
            lead_id=entered.lead_id,
            name=clean_text(quick.photo.name, limit=200) or "photo",
            size=len(picture),
            data=picture,
            taken_by=by.label[:150],
            taken_at=as_of,
        )
    if quick.note:
        add_notes({entered.lead_id: quick.note}, by=by, as_of=as_of)
    if quick.campaign is not None:
        touch = NewTouch(
            entered.lead_id,
            Origin(),
            entry.channel,
            as_of,
            campaign=quick.campaign,
            position=TouchPosition.LAST,
        )
        record_touches([touch], by=by, as_of=as_of)
    return entered


def _refuse(photo: Photo | None) -> None:
    if photo is None:
        return
    if len(photo.data) > LARGEST_PHOTO:
        raise DomainError("photo_large", _("A picture may have 12 MB at most."), "photo")
    begins_well = photo.data.startswith(_BEGINNINGS) or (
        photo.data[8:12] == b"WEBP" or photo.data[4:8] == b"ftyp"
    )
    if extension(photo.name) not in PHOTO_TYPES or not begins_well:
        raise DomainError("photo_kind", _("Take a picture (JPEG, PNG, HEIC) or a PDF."), "photo")
