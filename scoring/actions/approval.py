"""From a draft to what counts: proposed, signed by both sides, active."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor, ActorKind
from accounts.audit import record as audit
from accounts.rights import Right
from ground.errors import ConflictError, DomainError, NotAllowedError
from leads.conditions import LEADS
from scoring.actions.drafts import lock_open
from scoring.activities import VERSION_ACTIVATED, VERSION_PROPOSED, VERSION_SIGNED
from scoring.checks import purpose_missing, sensitive_labels
from scoring.due import ask_for_sweep
from scoring.models import (
    SIGNING_RIGHTS,
    Approval,
    ModelVersion,
    ScoreReason,
    Side,
    VersionState,
)
from scoring.rulesets import read_rules


@action
def propose_version(version_id: int, *, by: Actor, as_of: datetime) -> ModelVersion:
    """Put a draft up for signature by both sides.

    Raises ``DomainError`` with code ``no_rules`` for a draft without rules, ``purpose_missing`` for
    a rule that asks for what was marked as sensitive since it was written.
    """
    by.require(Right.SCORING_MANAGE)
    version = lock_open(version_id)
    if version.state == VersionState.PROPOSED:
        return version
    if not version.rules.exists():
        raise DomainError("no_rules", _("A version without rules judges nobody. Add a rule."))
    _refuse_without_purpose(version)
    version.state = VersionState.PROPOSED
    version.save(update_fields=["state"])
    audit(VERSION_PROPOSED, by=by, as_of=as_of, about=version, data={"version": str(version)})
    return version


def _refuse_without_purpose(version: ModelVersion) -> None:
    snapshot = LEADS.snapshot()
    for spec in read_rules(version.rules.filter(purpose="").order_by("pk"), snapshot):
        labels = sensitive_labels([spec.node], snapshot) if spec.node is not None else []
        if labels:
            message = _("Rule “%(rule)s”: %(problem)s")
            problem = {"rule": spec.name, "problem": purpose_missing(labels)}
            raise DomainError("purpose_missing", message % problem)


@action
def sign_version(version_id: int, *, side: str, by: Actor, as_of: datetime) -> Approval:
    """Sign a proposed version for one side; a second time changes nothing.

    Only a person with the right of that side signs, and nobody for both. Raises ``DomainError``:
    ``not_proposed``, ``side_signed``, ``signed_already``.
    """
    by.require(SIGNING_RIGHTS[side])
    if by.kind != ActorKind.USER or by.user_id is None:
        raise NotAllowedError("people_only", _("Only a person can sign."))
    version = lock_open(version_id)
    if version.state != VersionState.PROPOSED:
        raise ConflictError("not_proposed", _("This version is not up for signature."))
    signatures = {item.side: item for item in version.approvals.filter(voided_at=None)}
    if side in signatures:
        if signatures[side].user_id == by.user_id:
            return signatures[side]
        raise ConflictError("side_signed", _("Somebody has signed for this side already."))
    if any(item.user_id == by.user_id for item in signatures.values()):
        raise DomainError("signed_already", _("The other side must be signed by somebody else."))
    approval = Approval.objects.create(
        version=version, side=side, user_id=by.user_id, user_label=by.label[:150], at=as_of
    )
    audit(
        VERSION_SIGNED,
        by=by,
        as_of=as_of,
        about=version,
        data={"version": str(version), "side": side},
    )
    return approval


@action
def activate_version(version_id: int, *, by: Actor, as_of: datetime) -> ModelVersion:
    """Let a signed version judge from now on; the one before it retires.

    All leads are judged anew in the background. Raises ``ConflictError``: ``not_proposed``,
    ``signatures_missing`` while a side has not signed.
    """
    by.require(Right.SCORING_MANAGE)
    version = ModelVersion.objects.select_related("model").get(pk=version_id)
    if version.state == VersionState.ACTIVE:
        return version
    version = lock_open(version_id)
    if version.state != VersionState.PROPOSED:
        raise ConflictError("not_proposed", _("This version is not up for signature."))
    missing = missing_sides(version)
    if missing:
        raise ConflictError(
            "signatures_missing",
            _("Both sides must sign first. Missing: %(sides)s.")
            % {"sides": ", ".join(str(side.label) for side in missing)},
            details={"missing": [side.value for side in missing]},
        )
    ModelVersion.objects.filter(model=version.model_id, state=VersionState.ACTIVE).update(
        state=VersionState.RETIRED, active_until=as_of
    )
    version.state, version.active_from = VersionState.ACTIVE, as_of
    version.save(update_fields=["state", "active_from"])
    ask_for_sweep(version, reason=ScoreReason.VERSION, as_of=as_of)
    audit(VERSION_ACTIVATED, by=by, as_of=as_of, about=version, data={"version": str(version)})
    return version


def missing_sides(version: ModelVersion) -> list[Side]:
    """Return the sides that have not signed the version as it is."""
    signed = set(version.approvals.filter(voided_at=None).values_list("side", flat=True))
    return [side for side in Side if side.value not in signed]
