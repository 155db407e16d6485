"""Addresses about events: the calendar entry that anybody may have, and the link to cancel."""

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from capture.events.models import EventRegistration

_SALT = "capture.events.registration"


def calendar_link(public_id: UUID | str) -> str:
    """Return the absolute address of the calendar entry of an event."""
    return f"{settings.BASE_URL}{reverse('event_calendar', args=[public_id])}"


def entry_uid(public_id: UUID | str) -> str:
    """Return the id of the calendar entry of an event, the same in every mail."""
    return f"{public_id}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}"


def registration_link(public_id: UUID | str) -> str:
    """Return the absolute address under which one registration is looked at and cancelled."""
    token = signing.Signer(salt=_SALT).sign_object(UUID(str(public_id)).hex)
    return f"{settings.BASE_URL}{reverse('event_registration', args=[token])}"


def find_registration(token: str) -> EventRegistration | None:
    """Return the registration that ``token`` is for; None for what is no link of ours."""
    try:
        key = UUID(hex=str(signing.Signer(salt=_SALT).unsign_object(token)))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = EventRegistration.objects.select_related("event", "form", "lead")
    return rows.filter(public_id=key, lead__deleted_at=None).first()
