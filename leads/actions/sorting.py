"""Sorting leads out, with a reason, and taking that back."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.actions.lifecycle import change_stage, lock_leads, log_changes, record_changes
from leads.models import Lead, StageChange
from leads.stages import SORTED_OUT_BY_HAND, Stage


@action
def sort_out(
    lead_ids: Sequence[int],
    *,
    why: str,
    note: str = "",
    by: Actor,
    as_of: datetime,
) -> int:
    """Put leads aside that turned out to be none; returns how many the actor could see and moved.

    They get no mails, stand in no file of an audience, and count beside the leads where it is told
    what a lead costs. Consents and history stay. Raises ``DomainError`` (``other_reason_missing``)
    for a reason that is none of ``SORTED_OUT_BY_HAND``.
    """
    by.require(Right.STAGE_MARKETING, Right.STAGE_SALES)
    if why not in SORTED_OUT_BY_HAND:
        raise DomainError("other_reason_missing", _("Say why."), field="why")
    seen = Lead.objects.visible_to(by).filter(pk__in=lead_ids)
    keys = list(seen.values_list("pk", flat=True))
    moved = change_stage(keys, to=Stage.OTHER, other_reason=why, reason=note, by=by, as_of=as_of)
    return len(moved)


@action
def take_back(lead_ids: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Bring leads that were sorted out back to the stage from which they came; returns how many.

    Whoever may sort out may take that back, whatever the stage: nobody is moved on by it, so no
    gate is asked. Leads that the actor does not see or that are not sorted out are left alone. Runs
    through sequences that ended stay ended.
    """
    by.require(Right.STAGE_MARKETING, Right.STAGE_SALES)
    seen = Lead.objects.visible_to(by).sorted_out().filter(pk__in=lead_ids)
    leads = [
        lead for lead in lock_leads([*seen.values_list("pk", flat=True)]) if lead.is_sorted_out
    ]
    came_from = stages_before([lead.pk for lead in leads])
    by_stage: dict[tuple[Stage, str], list[Lead]] = {}
    for lead in leads:
        by_stage.setdefault(came_from.get(lead.pk, (Stage.LEAD, "")), []).append(lead)
    for (stage, reason), back in sorted(by_stage.items()):
        changes = log_changes(back, stage, by, as_of, "", "", reason)
        Lead.objects.filter(pk__in=[lead.pk for lead in back]).update(
            stage=stage, stage_at=as_of, other_reason=reason, updated_at=as_of
        )
        record_changes(changes, by=by, as_of=as_of)
    return len(leads)


def stages_before(lead_ids: Sequence[int]) -> dict[int, tuple[Stage, str]]:
    """Return where leads stood before they were sorted out last: the stage, and its sub-reason.

    Who was sorted out for another reason since comes from where the first of them found it; who
    came in sorted out is left out.
    """
    changes = StageChange.objects.filter(lead__in=lead_ids).exclude(
        to_stage=Stage.OTHER, other_reason__in=SORTED_OUT_BY_HAND
    )
    last = changes.order_by("lead_id", "-at", "-pk").distinct("lead_id")
    return {change.lead_id: (Stage(change.to_stage), change.other_reason) for change in last}
