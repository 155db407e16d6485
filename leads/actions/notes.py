"""Writing down what was learned about a lead."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.actions.timeline import NewActivity, record
from leads.activities import NOTE_ADDED
from leads.models import Lead, Note
from leads.normalise import clean_text

MAX_LENGTH = 20_000


@action
def add_notes(
    bodies: Mapping[int, str], *, by: Actor, as_of: datetime, is_private: bool = False
) -> list[Note]:
    """Write one note on each lead; ``bodies`` maps ids of leads to texts.

    Leads that the actor may not see are left out. A private note is seen by sales alone and needs
    the right to it. Raises ``DomainError`` (``note_empty``, ``note_too_long``).
    """
    by.require(Right.NOTES_ADD)
    if is_private:
        by.require(Right.NOTES_PRIVATE)
    texts = {lead: clean_text(body, lines=True) for lead, body in bodies.items()}
    for text in texts.values():
        if not text:
            raise DomainError("note_empty", _("Write something first."), field="body")
        if len(text) > MAX_LENGTH:
            raise DomainError("note_too_long", _("This note is too long."), field="body")
    seen = (
        Lead.objects.visible_to(by).filter(pk__in=texts)
        if by.user_id
        else (Lead.objects.alive().filter(pk__in=texts))
    )
    leads = sorted(seen.values_list("pk", flat=True))
    notes = Note.objects.bulk_create(
        Note(
            lead_id=lead,
            author_id=by.user_id,
            author_label=by.label,
            body=texts[lead],
            is_private=is_private,
            created_at=as_of,
        )
        for lead in leads
    )
    record(
        [
            NewActivity(
                note.lead_id,
                NOTE_ADDED,
                as_of,
                {"note": str(note.public_id), "is_private": is_private},
            )
            for note in notes
        ],
        by=by,
        as_of=as_of,
    )
    return notes
