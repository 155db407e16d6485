"""Making, changing and publishing forms."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation
from accounts.rights import Right
from capture import snapshots
from capture.catalogue import offers
from capture.definition import Definition
from capture.kinds import problems_of_kind
from capture.models import Form, FormDay, FormKind, FormState, FormTest, FormVersion
from capture.problems import Problem, find_problems, refuse_problems
from capture.readymade import ready_made
from capture.tongues import problems_of_languages
from ground import days
from ground.errors import ConflictError, DomainError
from leads.normalise import clean_text
from leads.stages import Channel

# What ``change_form`` may set beside the definition.
SETTINGS = ("name", "kind", "language", "channel", "campaign_id", "team_id", "keeps_invalid")


_HOST = re.compile(r"^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$")


@dataclass(frozen=True, slots=True)
class NewForm:
    """A form to be made; fields as in ``Form``."""

    name: str
    kind: str
    definition: Definition
    language: str = "de"
    channel: str = Channel.WEBSITE
    campaign_id: int | None = None
    team_id: int | None = None
    tags: Sequence[str] = field(default_factory=list)
    allowed_origins: Sequence[str] = field(default_factory=list)
    is_sample: bool = False


@action
def create_forms(forms: Sequence[NewForm], *, by: Actor, as_of: datetime) -> list[Form]:
    """Make drafts. Raises ``DomainError`` (``name_missing``, ``channel_missing``, …)."""
    by.require(Right.FORMS_MANAGE)
    for new in forms:
        _check_settings({"name": new.name, "kind": new.kind, "channel": new.channel})
    return Form.objects.bulk_create(
        Form(
            name=clean_text(new.name, limit=120),
            kind=new.kind,
            language=new.language,
            draft=new.definition.to_json(),
            channel=new.channel,
            campaign_id=new.campaign_id,
            team_id=new.team_id,
            tags=list(new.tags),
            allowed_origins=clean_origins(new.allowed_origins),
            created_by_id=by.user_id,
            created_at=as_of,
            updated_at=as_of,
            is_sample=new.is_sample,
        )
        for new in forms
    )


@action
def change_form(
    form_id: int,
    *,
    by: Actor,
    as_of: datetime,
    definition: Definition | None = None,
    version: int | None = None,
    tags: Sequence[str] | None = None,
    allowed_origins: Sequence[str] | None = None,
    **settings: Any,
) -> Form:
    """Change the draft of a form and its ``SETTINGS``.

    Visitors see the draft when it is published; websites and settings hold at once. With
    ``version`` the change is refused when somebody else changed the form in between
    (``ConflictError``, code ``form_changed``).
    """
    by.require(Right.FORMS_MANAGE)
    form = Form.objects.select_for_update(of=("self",)).select_related("published").get(pk=form_id)
    if version is not None and version != form.version:
        raise ConflictError(
            "form_changed",
            _(
                "Somebody else has changed this form. Load it again to see that; who saves now "
                "puts this in its place."
            ),
        )
    _check_settings(settings)
    changes: dict[str, Any] = {name: value for name, value in settings.items() if name in SETTINGS}
    if "name" in changes:
        changes["name"] = clean_text(changes["name"], limit=120)
    if definition is not None:
        changes["draft"] = definition.to_json()
    if tags is not None:
        changes["tags"] = sorted({clean_text(tag, limit=60) for tag in tags if clean_text(tag)})
    if allowed_origins is not None:
        changes["allowed_origins"] = clean_origins(allowed_origins)
    changed = {name: value for name, value in changes.items() if getattr(form, name) != value}
    if not changed:
        return form
    for name, value in changed.items():
        setattr(form, name, value)
    form.version += 1
    form.updated_at = as_of
    form.save(update_fields=[*changed, "version", "updated_at"])
    keep_on_disk([form])
    return form


def _check_settings(settings: Mapping[str, Any]) -> None:
    if "name" in settings and not clean_text(str(settings["name"])):
        raise DomainError("name_missing", _("Give the form a name."), "name")
    if "kind" in settings and settings["kind"] not in FormKind.values:
        raise DomainError("kind_unknown", _("Choose what the form is for."), "kind")
    if "channel" in settings and settings["channel"] not in Channel.values:
        raise DomainError("channel_missing", _("Say where these leads come from."), "channel")


def clean_origins(values: Sequence[str]) -> list[str]:
    """Return websites as origins (``https://www.example.org``), each once, in order.

    Raises ``DomainError`` with code ``origin_invalid`` for what is none.
    """
    found: dict[str, None] = {}
    for value in values:
        text = clean_text(value, limit=255)
        if text:
            found[_origin(text)] = None
    return list(found)


def _origin(text: str) -> str:
    message = _("“%(value)s” is not the address of a website.") % {"value": text}
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise DomainError("origin_invalid", message, "allowed_origins") from error
    is_host = bool(_HOST.match(host)) and "@" not in parts.netloc
    if parts.scheme not in {"http", "https"} or not is_host:
        raise DomainError("origin_invalid", message, "allowed_origins")
    return f"{parts.scheme}://{host}{port}"


@action
def publish_forms(form_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Form]:
    """Show the drafts to visitors and keep them as a version; archived forms open again.

    Raises ``DomainError`` with everything that is missing in its details (``headline_missing``,
    ``success_message_missing``, ``button_missing``, ``consent_missing``, …), and with
    ``test_running`` while a test shows another version; nothing is published then. A form whose
    visitors see its draft already is left alone.
    """
    by.require(Right.FORMS_MANAGE)
    forms = list(
        Form.objects.filter(pk__in=form_ids)
        .select_related("published")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    refuse_unready(forms)
    changed = [form for form in forms if form.has_unpublished_changes]
    if FormTest.objects.filter(form__in=changed, ended_at=None).exists():
        raise DomainError(
            "test_running", _("A test is running: take one of its versions, or stop it first.")
        )
    opened = [form for form in forms if form.state != FormState.PUBLISHED]
    _add_versions(changed, by=by, as_of=as_of)
    for form in {form.pk: form for form in [*changed, *opened]}.values():
        form.state = FormState.PUBLISHED
        form.version += 1
        form.updated_at = as_of
        form.save(update_fields=["state", "published", "version", "updated_at"])
    keep_on_disk(forms)
    return forms


def refuse_unready(forms: Sequence[Form]) -> None:
    """Raise what stands against showing the draft of one of ``forms`` to visitors."""
    known = offers()
    for form in forms:
        draft = Definition.from_json(form.draft)
        refuse_problems(all_problems(draft, form.kind, form.language, known))


def all_problems(
    draft: Definition, kind: str, language: str, known: Mapping[str, Any]
) -> list[Problem]:
    """Return everything that stands against publishing ``draft`` as a form of this kind."""
    return [
        *find_problems(draft, kind, known),
        *problems_of_languages(draft, language),
        *problems_of_kind(kind, draft),
    ]


def _add_versions(forms: Sequence[Form], *, by: Actor, as_of: datetime) -> None:
    last = dict(
        FormVersion.objects.filter(form__in=forms)
        .values_list("form_id")
        .annotate(last=Max("number"))
    )
    versions = FormVersion.objects.bulk_create(
        FormVersion(
            form=form,
            number=last.get(form.pk, 0) + 1,
            definition=form.draft,
            published_at=as_of,
            published_by=by.label[:150],
        )
        for form in forms
    )
    for form, version in zip(forms, versions, strict=True):
        form.published = version


def keep_on_disk(forms: Sequence[Form]) -> None:
    """Write what visitors see of ``forms`` to disk as soon as it is committed."""
    organisation = Organisation.current()
    shown = [snapshots.public_form(form, organisation) for form in forms if form.published]

    def keep() -> None:
        for form in shown:
            snapshots.keep(form)

    transaction.on_commit(keep, robust=True)


@action
def archive_forms(form_ids: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Close forms: they are shown no longer, and what still comes in is kept; returns how many."""
    by.require(Right.FORMS_MANAGE)
    forms = list(
        Form.objects.filter(pk__in=form_ids)
        .exclude(state=FormState.ARCHIVED)
        .select_related("published")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    for form in forms:
        form.state = FormState.ARCHIVED
        form.version += 1
        form.updated_at = as_of
        form.save(update_fields=["state", "version", "updated_at"])
    keep_on_disk(forms)
    return len(forms)


@action
def create_ready_made_forms(*, by: Actor, as_of: datetime, language: str) -> list[Form]:
    """Make and publish the forms "Kontakt" and "Newsletter" in ``language``.

    A ready-made form whose name and kind are there already is not made again; returns those there.
    """
    wanted = [ready_made(key, language) for key in ("contact", "newsletter")]
    there = {
        (form.name, form.kind): form
        for form in Form.objects.filter(name__in=[item.name for item in wanted])
    }
    new = create_forms(
        [
            NewForm(item.name, item.kind, item.definition, language=language[:2])
            for item in wanted
            if (item.name, item.kind) not in there
        ],
        by=by,
        as_of=as_of,
    )
    publish_forms([form.pk for form in new], by=by, as_of=as_of)
    there |= {(form.name, form.kind): form for form in new}
    return list(
        Form.objects.filter(pk__in=[there[(item.name, item.kind)].pk for item in wanted]).order_by(
            "pk"
        )
    )


@action
def count_views(public_ids: Sequence[UUID], *, by: Actor, as_of: datetime, arm: str = "") -> None:
    """Count that forms were shown today, once for each of ``public_ids``.

    ``arm`` is that of a running test in which the one form was shown.
    """
    forms = Form.objects.filter(public_id__in=public_ids).values_list("pk", flat=True)
    day = days.day_of(as_of)
    for form_id in sorted(forms):
        FormDay.objects.bulk_create([FormDay(form_id=form_id, day=day)], ignore_conflicts=True)
        FormDay.objects.filter(form_id=form_id, day=day).update(views=F("views") + 1)
    if arm:
        shown = FormTest.objects.filter(pk=int(arm[:-1]), form__in=forms, ended_at=None)
        column = f"views_{arm[-1]}"
        shown.update(**{column: F(column) + 1})
