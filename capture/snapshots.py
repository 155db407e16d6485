"""Published forms on disk, so that they can be shown and checked while the database is away."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import structlog
from django.conf import settings

from accounts.models import Organisation
from capture.attribution import clean_address
from capture.definition import Definition
from capture.models import Form, FormState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PublicForm:
    """What the public door needs to know of a form."""

    public_id: UUID
    version: int
    kind: str
    language: str
    definition: Definition
    allowed_origins: tuple[str, ...] = ()
    is_archived: bool = False
    organisation: str = ""
    contact: str = ""
    privacy_url: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the form as JSON."""
        return {
            "public_id": str(self.public_id),
            "version": self.version,
            "kind": self.kind,
            "language": self.language,
            "definition": self.definition.to_json(),
            "allowed_origins": list(self.allowed_origins),
            "is_archived": self.is_archived,
            "organisation": self.organisation,
            "contact": self.contact,
            "privacy_url": self.privacy_url,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        return cls(
            **{
                **data,
                "public_id": UUID(data["public_id"]),
                "definition": Definition.from_json(data["definition"]),
                "allowed_origins": tuple(data["allowed_origins"]),
            }
        )


def public_form(form: Form, organisation: Organisation) -> PublicForm:
    """Return the published side of ``form``; its version must be loaded."""
    assert form.published is not None
    definition = Definition.from_json(form.published.definition)
    return draft_form(form, definition, organisation, version=form.published.number)


def draft_form(
    form: Form, definition: Definition, organisation: Organisation, *, version: int = 0
) -> PublicForm:
    """Return ``form`` as visitors would see it with this definition."""
    return PublicForm(
        public_id=form.public_id,
        version=version,
        kind=form.kind,
        language=form.language,
        definition=definition,
        allowed_origins=tuple(form.allowed_origins),
        is_archived=form.state == FormState.ARCHIVED,
        organisation=organisation.name,
        contact=organisation.email or organisation.second_contact,
        privacy_url=clean_address(organisation.privacy_policy_url),
    )


def read_public_form(public_id: UUID) -> PublicForm | None:
    """Return a form from the database, or None when it was never published."""
    form = (
        Form.objects.select_related("published")
        .filter(public_id=public_id, published__isnull=False)
        .first()
    )
    return public_form(form, Organisation.current()) if form else None


def _folder() -> Path:
    return Path(settings.SPOOL_DIR) / "forms"


# What this process wrote last, so that an unchanged form is not written at every request.
_written: dict[UUID, PublicForm] = {}


def forget() -> None:
    """Write every form anew at its next use."""
    _written.clear()


def keep(form: PublicForm) -> None:
    """Write ``form`` to disk unless this process just did; a failure is only logged."""
    if _written.get(form.public_id) == form:
        return
    target = _folder() / f"{form.public_id}.json"
    temporary = target.with_suffix(f".{secrets.token_hex(4)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(form.to_json()), encoding="utf-8")
        os.replace(temporary, target)
    except OSError as error:
        log.warning("snapshot_not_written", error=type(error).__name__)
        return
    _written[form.public_id] = form


def load(public_id: UUID) -> PublicForm | None:
    """Return a form from disk, or None."""
    try:
        text = (_folder() / f"{public_id}.json").read_text(encoding="utf-8")
        return PublicForm.from_json(json.loads(text))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_all() -> int:
    """Write every published form to disk; returns how many there are."""
    organisation = Organisation.current()
    forms = Form.objects.select_related("published").filter(published__isnull=False)
    count = 0
    for form in forms.iterator(chunk_size=200):
        keep(public_form(form, organisation))
        count += 1
    return count
