"""Keeping the library of content, and noting who fetched what."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.activities import CONTENT_DOWNLOADED
from capture.answers import FILE_TYPES, extension
from capture.content.links import Ticket
from capture.content.models import Content, ContentFile, ContentKind, Download, JourneyPhase
from capture.models import Form, FormState, Submission
from capture.problems import is_web_address
from ground.errors import DomainError
from leads.actions.timeline import NewActivity, record
from leads.normalise import clean_text

FIELDS = ("name", "kind", "phase", "topics", "language", "summary", "url")
LARGEST_FILE = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is to be given away."""

    name: str
    data: bytes


@action
def save_content(
    content_id: int | None,
    *,
    by: Actor,
    as_of: datetime,
    file: NewFile | None = None,
    is_sample: bool = False,
    **values: Any,
) -> Content:
    """Make a piece of content (None) or change one; ``values`` are those of ``FIELDS``.

    ``file`` replaces the one that is there. Raises ``DomainError`` (``name_missing``,
    ``name_taken``, ``kind_unknown``, ``phase_unknown``, ``url_invalid``, ``nothing_to_give``,
    ``file_kind``, ``file_too_large``).
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    if content_id is None:
        content = Content(created_at=as_of, is_sample=is_sample)
    else:
        content = Content.objects.select_for_update().get(pk=content_id)
    for name in FIELDS:
        if name in values:
            setattr(content, name, values[name])
    content.name = clean_text(content.name, limit=200)
    content.summary = clean_text(content.summary, limit=500)
    topics = (clean_text(topic, limit=60) for topic in content.topics)
    content.topics = list(dict.fromkeys(topic for topic in topics if topic))
    content.updated_at = as_of
    _refuse(content)
    _refuse_file(content, file)
    content.save()
    if file is not None:
        ContentFile.objects.update_or_create(
            content=content,
            defaults={
                "name": clean_text(file.name, limit=200),
                "size": len(file.data),
                "data": file.data,
                "uploaded_at": as_of,
            },
        )
    return content


def _refuse(content: Content) -> None:
    if not content.name:
        raise DomainError("name_missing", _("Give it a title."), "name")
    if Content.objects.exclude(pk=content.pk).filter(name=content.name).exists():
        raise DomainError("name_taken", _("There is something with this title already."), "name")
    if content.kind not in ContentKind.values:
        raise DomainError("kind_unknown", _("Choose what it is."), "kind")
    if content.phase and content.phase not in JourneyPhase.values:
        raise DomainError("phase_unknown", _("Choose one of the phases."), "phase")
    if content.url and not is_web_address(content.url):
        message = _("Give a complete address that begins with https:// or http://.")
        raise DomainError("url_invalid", message, "url")


def _refuse_file(content: Content, file: NewFile | None) -> None:
    has_file = content.pk is not None and ContentFile.objects.filter(content=content).exists()
    if file is None:
        if not has_file and not content.url:
            message = _("Add a file, or give the address of where it is.")
            raise DomainError("nothing_to_give", message, "file")
        return
    if extension(file.name) not in FILE_TYPES | {"mp4", "mp3", "epub"}:
        raise DomainError("file_kind", _("Files of this kind cannot be given away."), "file")
    if len(file.data) > LARGEST_FILE:
        raise DomainError("file_too_large", _("A file may have 25 MB at most."), "file")


def forms_with(content: Content) -> list[Form]:
    """Return the forms whose draft or published version gives this away."""
    key = str(content.public_id)
    drafts = Form.objects.filter(draft__content=key)
    live = Form.objects.filter(published__definition__content=key, state=FormState.PUBLISHED)
    return list((drafts | live).distinct().order_by("name"))


@action
def archive_contents(content_ids: Collection[int], *, by: Actor, as_of: datetime) -> int:
    """Take content out of the library; links that were given out go on working.

    Raises ``DomainError`` (``content_in_use``) that names the forms which give it away.
    """
    by.require(Right.CAMPAIGNS_MANAGE)
    rows = Content.objects.filter(pk__in=content_ids, is_archived=False)
    for content in rows:
        if used := forms_with(content):
            names = ", ".join(form.name for form in used[:5])
            message = _("“%(content)s” is given away by: %(forms)s.")
            raise DomainError("content_in_use", message % {"content": content.name, "forms": names})
    return rows.update(is_archived=True, updated_at=as_of)


@action
def note_download(
    ticket: Ticket, content: Content, *, by: Actor, as_of: datetime
) -> Download | None:
    """Count a use of a link; the first one is an activity of the lead, as soon as there is one.

    None where the submission is not kept any more.
    """
    submission = Submission.objects.filter(pk=ticket.submission).defer("body").first()
    if submission is None:
        return None
    download, is_new = Download.objects.get_or_create(
        content=content,
        submission=submission,
        defaults={"lead_id": submission.lead_id, "occurred_at": as_of},
    )
    if not is_new:
        Download.objects.filter(pk=download.pk).update(count=F("count") + 1)
    elif submission.lead_id is not None:
        _tell([download], by=by, as_of=as_of)
    return download


@action
def attach_downloads(leads: dict[Any, int], *, by: Actor, as_of: datetime) -> int:
    """Give downloads that came before their lead to it; ``leads`` are by submission."""
    waiting = Download.objects.filter(submission__in=leads, lead=None).select_related("content")
    rows = list(waiting.select_for_update(of=("self",)).order_by("pk"))
    for row in rows:
        row.lead_id = leads[row.submission_id]
    Download.objects.bulk_update(rows, ["lead"])
    _tell(rows, by=by, as_of=as_of)
    return len(rows)


def _tell(downloads: Collection[Download], *, by: Actor, as_of: datetime) -> None:
    record(
        [
            NewActivity(
                row.lead_id or 0,
                CONTENT_DOWNLOADED,
                row.occurred_at,
                {
                    "content": str(row.content.public_id),
                    "content_name": row.content.name,
                    "content_kind": row.content.kind,
                    "phase": row.content.phase,
                    "topics": row.content.topics,
                },
                dedupe_key=f"download:{row.pk}",
            )
            for row in downloads
        ],
        by=by,
        as_of=as_of,
    )
