"""What administrators and colleagues set about talks: how long, and answers kept ready."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.activities import CHATS_SET
from capture.chat.models import ONLY, ChatSettings, ChatSnippet
from ground.errors import DomainError
from leads.normalise import clean_text

PARTS = (
    "wait_seconds",
    "idle_minutes",
    "only_business_hours",
    "retention_days",
    "unknown_days",
)


@action
def change_chat_settings(*, by: Actor, as_of: datetime, **values: Any) -> ChatSettings:
    """Change what holds for every talk; ``values`` are those of ``PARTS``."""
    by.require(Right.FORMS_MANAGE)
    row = ChatSettings.objects.select_for_update().filter(pk=ONLY).first() or ChatSettings()
    changed = {name: values[name] for name in PARTS if getattr(row, name) != values[name]}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.save()
    audit.record(CHATS_SET, by=by, as_of=as_of, data=changed)
    return row


@action
def save_snippet(
    snippet_id: int | None,
    *,
    name: str,
    text_de: str,
    text_en: str,
    by: Actor,
    as_of: datetime,
    is_sample: bool = False,
) -> ChatSnippet:
    """Make a ready answer (None) or change one.

    Raises ``DomainError`` (``name_missing``, ``name_taken``, ``text_missing``).
    """
    by.require(Right.FORMS_MANAGE)
    if snippet_id is None:
        row = ChatSnippet(is_sample=is_sample)
    else:
        row = ChatSnippet.objects.select_for_update().get(pk=snippet_id)
    row.name = clean_text(name, limit=60)
    row.text_de = clean_text(text_de, limit=2000, lines=True)
    row.text_en = clean_text(text_en, limit=2000, lines=True)
    if not row.name:
        raise DomainError("name_missing", _("Give it a name."), "name")
    if ChatSnippet.objects.exclude(pk=row.pk).filter(name=row.name).exists():
        raise DomainError("name_taken", _("There is an answer with this name already."), "name")
    if not (row.text_de or row.text_en):
        raise DomainError("text_missing", _("Write the answer in one of the languages."), "text_de")
    row.save()
    return row


@action
def delete_snippets(snippet_ids: list[int], *, by: Actor, as_of: datetime) -> int:
    """Delete ready answers; returns how many."""
    by.require(Right.FORMS_MANAGE)
    return ChatSnippet.objects.filter(pk__in=snippet_ids).delete()[0]
