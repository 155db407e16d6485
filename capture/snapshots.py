"""Published forms on disk, so that they can be shown and checked while the database is away."""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection

from accounts.models import Organisation
from capture.attribution import clean_address
from capture.definition import Definition
from capture.events.facts import EVENT_FORMS, EventFacts, facts_for
from capture.models import Form, FormState, FormTest, FormVersion
from capture.tongues import in_second_language, languages_of
from capture.trials import Trial

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PublicForm:
    """What the public door needs to know of a form.

    ``trial`` is its last test, ``arm`` the one of it in which the form is shown.
    """

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
    event: EventFacts | None = None
    trial: Trial | None = None
    arm: str = ""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which it can be filled in, its own first."""
        return languages_of(self.definition, self.language)

    def spoken(self, language: str) -> Self:
        """Return the form in one of its other ``languages``; itself for every other one.

        To be asked of the form in its own language.
        """
        if language == self.language or language not in self.languages:
            return self
        definition = in_second_language(self.definition)
        return replace(self, language=language, definition=definition)

    def in_arm(self, name: str) -> Self:
        """Return the form as that arm of its test shows it, of one that has ended as well.

        ``name`` is what the form sent along; itself for everything else.
        """
        arm = self.trial.arm(name) if self.trial else None
        if arm is None:
            return self
        return replace(self, version=arm.version, definition=arm.definition, arm=name)

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
            **({"trial": self.trial.to_json()} if self.trial else {}),
            "event": self.event.to_json() if self.event else None,
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
                "trial": Trial.from_json(data.get("trial")),
                "event": EventFacts.from_json(data["event"]) if data.get("event") else None,
            }
        )


def public_form(form: Form, organisation: Organisation) -> PublicForm:
    """Return the published side of ``form``; its version must be loaded."""
    assert form.published is not None
    definition = Definition.from_json(form.published.definition)
    shown = draft_form(form, definition, organisation, version=form.published.number)
    last = form.tests.select_related("version_a", "version_b").order_by("-pk").first()
    return replace(shown, trial=Trial.of(last)) if last else shown


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
        event=facts_for(form.kind, definition),
    )


Stamp = tuple[Any, ...]
_EVENT_FORMS = ", ".join(f"'{kind}'" for kind in sorted(EVENT_FORMS))
# Everything that a public form is made of; a version never changes.
STAMP = """
    form.published_id, form.kind, form.language, form.state, form.allowed_origins,
    organisation.name, organisation.email, organisation.second_contact,
    organisation.privacy_policy_url, test.id, test.ended_at,
    event.version, event.taken >= event.capacity
"""
# The definition is read only where an event stands in it.
STAMP_SOURCE = f"""
    capture_form form LEFT JOIN accounts_organisation organisation ON true
    LEFT JOIN LATERAL (
        SELECT id, ended_at FROM capture_formtest
        WHERE form_id = form.id ORDER BY id DESC LIMIT 1
    ) AS test ON true
    LEFT JOIN capture_formversion shown
        ON shown.id = form.published_id AND form.kind IN ({_EVENT_FORMS})
    LEFT JOIN capture_event event
        ON event.public_id = NULLIF(shown.definition->>'event', '')::uuid
"""  # noqa: S608
_ASK = f"""
    SELECT {STAMP} FROM {STAMP_SOURCE}
    WHERE form.public_id = %s AND form.published_id IS NOT NULL
"""  # noqa: S608
# What this process made of it last: building a form costs ten times as much as asking.
_built: dict[UUID, tuple[Stamp, PublicForm]] = {}


def read_public_form(public_id: UUID) -> PublicForm | None:
    """Return a form from the database, or None when it was never published; mostly one query."""
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [public_id])
        stamp = cursor.fetchone()
    return None if stamp is None else form_of(public_id, stamp)


def last_built(public_id: UUID) -> PublicForm | None:
    """Return a form as this process saw it last, which may be long ago; asks nobody."""
    known = _built.get(public_id)
    return known[1] if known else None


def form_of(public_id: UUID, stamp: Stamp) -> PublicForm:
    """Return the form that is made of ``stamp``; asks the database only when that is new here."""
    known = _built.get(public_id)
    if known is not None and known[0] == stamp:
        return known[1]
    # Of the event the stamp says only whether it is still the same one.
    *parts, test = stamp[:10]
    published, kind, language, state, origins, name, email, second_contact, privacy_url = parts
    version = FormVersion.objects.get(pk=published)
    built = draft_form(
        Form(
            public_id=public_id, kind=kind, language=language, state=state, allowed_origins=origins
        ),
        Definition.from_json(version.definition),
        Organisation(
            name=name or "",
            email=email or "",
            second_contact=second_contact or "",
            privacy_policy_url=privacy_url or "",
        ),
        version=version.number,
    )
    if test is not None:
        last = FormTest.objects.select_related("version_a", "version_b").get(pk=test)
        built = replace(built, trial=Trial.of(last))
    _built[public_id] = (stamp, built)
    return built


def _file(public_id: UUID) -> Path:
    return Path(settings.SPOOL_DIR) / "forms" / f"{public_id}.json"


# What this process wrote last, so that an unchanged form is not written at every request.
_written: dict[UUID, PublicForm] = {}


def forget() -> None:
    """Read and write every form anew at its next use."""
    _written.clear()
    _built.clear()


def keep(form: PublicForm) -> None:
    """Write ``form`` to disk unless this process just did; a failure is only logged."""
    if _written.get(form.public_id) == form:
        return
    target = _file(form.public_id)
    temporary = target.with_suffix(f".{secrets.token_hex(4)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(form.to_json()), encoding="utf-8")
        os.replace(temporary, target)
    except OSError as error:
        # On a full disk every request would leave one behind.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        log.warning("snapshot_not_written", error=type(error).__name__)
        return
    _written[form.public_id] = form


def load(public_id: UUID) -> PublicForm | None:
    """Return a form from disk, or None."""
    try:
        text = _file(public_id).read_text(encoding="utf-8")
        return PublicForm.from_json(json.loads(text))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_all() -> int:
    """Write every published form to disk; returns how many there are.

    A file that somebody removed comes back.
    """
    organisation = Organisation.current()
    forms = Form.objects.select_related("published").filter(published__isnull=False)
    count = 0
    for form in forms.iterator(chunk_size=200):
        if not _file(form.public_id).exists():
            _written.pop(form.public_id, None)
        keep(public_form(form, organisation))
        count += 1
    return count
