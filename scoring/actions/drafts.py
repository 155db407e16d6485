"""Building a version: drafts, their rules and limits. What is live is never edited."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.audit import record as audit
from accounts.rights import Right
from ground.errors import ConflictError, DomainError
from scoring.activities import VERSION_VOIDED
from scoring.checks import check_rule
from scoring.models import ModelVersion, Rule, ScoringModel, VersionState
from scoring.rulesets import LIMITS, RULE_COLUMNS


@action
def create_model(name: str, *, by: Actor, as_of: datetime, is_sample: bool = False) -> ModelVersion:
    """Create a scoring model with an empty draft; the first model is the main one.

    Raises ``DomainError`` with code ``name_taken``.
    """
    by.require(Right.SCORING_MANAGE)
    _lock_models()
    if ScoringModel.objects.filter(name__iexact=name).exists():
        raise DomainError("name_taken", _("There is a model of this name."), "name")
    model = ScoringModel.objects.create(
        name=name,
        is_main=not ScoringModel.objects.filter(is_main=True).exists(),
        created_at=as_of,
        is_sample=is_sample,
    )
    return ModelVersion.objects.create(
        model=model, number=1, created_by_id=by.user_id, created_at=as_of, edited_at=as_of
    )


@action
def create_draft(
    model_id: int,
    *,
    by: Actor,
    as_of: datetime,
    copy_of: ModelVersion | None = None,
    note: str = "",
) -> ModelVersion:
    """Start the next version as a copy of ``copy_of``, by default of the newest one.

    Going back to an earlier version is a new version with its rules, to be signed like any other.
    Raises ``ConflictError`` with code ``draft_exists`` while another one is being worked on.
    """
    by.require(Right.SCORING_MANAGE)
    versions = ModelVersion.objects.filter(model=model_id).order_by("-number")
    newest = list(versions.select_for_update(of=("self",)))
    if any(version.is_open for version in newest):
        raise ConflictError(
            "draft_exists", _("A draft is being worked on. Finish or discard it first.")
        )
    source = copy_of or newest[0]
    if source.model_id != model_id:
        raise DomainError("other_model", _("This version belongs to another model."))
    draft = ModelVersion.objects.create(
        model_id=model_id,
        number=newest[0].number + 1,
        note=note,
        created_by_id=by.user_id,
        created_at=as_of,
        edited_at=as_of,
        **{name: getattr(source, name) for name in LIMITS},
    )
    Rule.objects.bulk_create(
        Rule(
            version=draft,
            position=rule.position,
            **{name: getattr(rule, name) for name in RULE_COLUMNS},
        )
        for rule in source.rules.order_by("pk")
    )
    return draft


@action
def discard_draft(version_id: int, *, by: Actor, as_of: datetime) -> None:
    """Throw away a version that was never active; the first one of a model takes it along."""
    by.require(Right.SCORING_MANAGE)
    version = lock_open(version_id)
    model = version.model
    version.delete()
    if not model.versions.exists():
        model.delete()


@action
def change_limits(
    version_id: int, values: Mapping[str, Any], *, by: Actor, as_of: datetime
) -> ModelVersion:
    """Change limits and note of a draft; ``values`` has names of ``LIMITS`` and ``note``.

    Raises ``DomainError`` with code ``limits_invalid`` and the field that does not fit.
    """
    by.require(Right.SCORING_MANAGE)
    version = lock_open(version_id)
    changed = {
        name: values[name]
        for name in (*LIMITS, "note")
        if name in values and values[name] != getattr(version, name)
    }
    if not changed:
        return version
    for name, value in changed.items():
        setattr(version, name, value)
    try:
        version.clean_fields()
        version.validate_constraints()
    except ValidationError as error:
        raise _limits_error(error) from error
    _reopen(version, [*changed], by=by, as_of=as_of)
    return version


def _limits_error(error: ValidationError) -> DomainError:
    field = next((name for name in error.message_dict if name in LIMITS), "")
    if field:
        return DomainError("limits_invalid", error.message_dict[field][0], field)
    return DomainError(
        "limits_invalid",
        _("A is above B and B above C, hot is above warm, and no minimum above its maximum."),
        "mql_threshold",
    )


@action
def save_rule(version_id: int, columns: Mapping[str, Any], *, by: Actor, as_of: datetime) -> Rule:
    """Add a rule to a draft, or change the one whose ``key`` is in ``columns``.

    ``columns`` has names of ``RULE_COLUMNS``. Raises ``DomainError`` or ``ConditionError`` for
    what does not make sense. Nothing is written when nothing changes.
    """
    by.require(Right.SCORING_MANAGE)
    version = lock_open(version_id)
    values = check_rule(columns)
    rule = version.rules.filter(key=values["key"]).first()
    if rule is None:
        last = version.rules.filter(axis=values["axis"]).aggregate(last=Max("position"))["last"]
        rule = Rule(version=version, position=0 if last is None else last + 1)
    elif all(getattr(rule, name) == value for name, value in values.items()):
        return rule
    for name, value in values.items():
        setattr(rule, name, value)
    rule.save()
    _reopen(version, [], by=by, as_of=as_of)
    return rule


@action
def remove_rule(version_id: int, key: uuid.UUID, *, by: Actor, as_of: datetime) -> None:
    """Take a rule out of a draft; one that is not there is left out."""
    by.require(Right.SCORING_MANAGE)
    version = lock_open(version_id)
    removed, _by_model = version.rules.filter(key=key).delete()
    if removed:
        _reopen(version, [], by=by, as_of=as_of)


def lock_open(version_id: int) -> ModelVersion:
    """Return the version, locked; raises ``ConflictError`` when it can no longer be edited."""
    version = (
        ModelVersion.objects.select_related("model")
        .select_for_update(of=("self",))
        .get(pk=version_id)
    )
    if not version.is_open:
        raise ConflictError(
            "version_frozen", _("This version was active and cannot be changed; start a new one.")
        )
    return version


def _reopen(version: ModelVersion, changed: list[str], *, by: Actor, as_of: datetime) -> None:
    """Write an edit: a version that was up for signature is a draft again, signed by nobody."""
    version.edited_at = as_of
    version.state = VersionState.DRAFT
    version.save(update_fields=[*changed, "edited_at", "state"])
    voided = version.approvals.filter(voided_at=None).update(voided_at=as_of)
    if voided:
        audit(VERSION_VOIDED, by=by, as_of=as_of, about=version, data={"signatures": voided})


def _lock_models() -> None:
    """Let one model at a time become the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('scoring.models', 0))")
