"""Moving leads through the lifecycle."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.actions.timeline import NewActivity, actor_columns, record
from leads.activities import EPISODE_OPENED, LEAD_STAGE_CHANGED
from leads.gates import check_gates
from leads.models import Episode, Lead, StageChange
from leads.stages import RANK, Stage

SALES_STAGES = frozenset({Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER, Stage.PROMOTER})


def rights_for(stage: str) -> frozenset[Right]:
    """Return the rights of which one is needed to move a lead to ``stage``."""
    if stage == Stage.OTHER:
        return frozenset({Right.STAGE_MARKETING, Right.STAGE_SALES})
    return frozenset({Right.STAGE_SALES if stage in SALES_STAGES else Right.STAGE_MARKETING})


def lock_leads(lead_ids: Sequence[int]) -> QuerySet[Lead]:
    """Return the leads with these ids that are not in the bin, locked in key order."""
    return (
        Lead.objects.alive()
        .filter(pk__in=lead_ids)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )


def hold_leads(lead_ids: Sequence[int]) -> None:
    """Lock leads as ``lock_leads`` does, for whoever needs no rows and comes once a mail."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT FROM leads_lead WHERE id = ANY(%s) AND deleted_at IS NULL
            ORDER BY id FOR NO KEY UPDATE
            """,
            [list(lead_ids)],
        )


@action
def change_stage(
    lead_ids: Sequence[int],
    *,
    to: Stage,
    by: Actor,
    as_of: datetime,
    reason: str = "",
    rule: str = "",
    other_reason: str = "",
) -> list[StageChange]:
    """Move leads to the stage ``to`` and log who or which ``rule`` did it and why.

    Leads that are there already are left alone. Needs the right for the stage: marketing up to
    MQL, sales from SQL on. Raises ``DomainError`` for a missing ``other_reason`` (code
    ``other_reason_missing``) and what the gates of the stage raise; nothing is changed then.
    """
    by.require(*rights_for(to))
    if (to == Stage.OTHER) != bool(other_reason):
        raise DomainError("other_reason_missing", _("Say why."), field="other_reason")
    moving = [
        lead
        for lead in lock_leads(lead_ids)
        if (lead.stage, lead.other_reason) != (to, other_reason)
    ]
    if not moving:
        return []
    check_gates(to, [lead.pk for lead in moving], by=by, as_of=as_of, reason=reason)
    changes = log_changes(moving, to, by, as_of, reason, rule, other_reason)
    Lead.objects.filter(pk__in=[lead.pk for lead in moving]).update(
        stage=to, stage_at=as_of, other_reason=other_reason, updated_at=as_of
    )
    record_changes(changes, by=by, as_of=as_of)
    return changes


def log_changes(
    moving: Sequence[Lead],
    to: Stage,
    by: Actor,
    as_of: datetime,
    reason: str,
    rule: str,
    other_reason: str,
) -> list[StageChange]:
    """Log the step of ``moving`` leads, which still are where they come from; for actions."""
    open_episodes = dict(
        Episode.objects.filter(lead__in=moving, closed_at=None).values_list("lead_id", "pk")
    )
    return StageChange.objects.bulk_create(
        StageChange(
            lead_id=lead.pk,
            episode_id=open_episodes[lead.pk],
            from_stage=lead.stage,
            to_stage=to,
            other_reason=other_reason,
            at=as_of,
            rule=rule[:120],
            reason=reason[:500],
            score=lead.score,
            fit=lead.fit,
            engagement=lead.engagement,
            **actor_columns(by),
        )
        for lead in moving
    )


def record_changes(changes: Sequence[StageChange], *, by: Actor, as_of: datetime) -> None:
    """Put changes of the stage on the timelines; for actions."""
    record(
        [
            NewActivity(
                change.lead_id,
                LEAD_STAGE_CHANGED,
                as_of,
                {
                    "from": change.from_stage,
                    "to": change.to_stage,
                    "reason": change.reason,
                    "rule": change.rule,
                    "other_reason": change.other_reason,
                    "score": change.score,
                },
            )
            for change in changes
        ],
        by=by,
        as_of=as_of,
    )


@action
def open_episodes(
    lead_ids: Sequence[int],
    *,
    channel: str,
    by: Actor,
    as_of: datetime,
    source_detail: str = "",
    stage: Stage = Stage.LEAD,
) -> list[Episode]:
    """Start a new run through the lifecycle for people who have finished one.

    Only leads that are customers, promoters or outside the funnel get a new episode; the old one
    is closed and keeps its history. Returns the new episodes.
    """
    by.require(Right.LEADS_EDIT, Right.LEADS_CREATE)
    finished = (Stage.CUSTOMER, Stage.PROMOTER, Stage.OTHER)
    leads = [lead for lead in lock_leads(lead_ids) if lead.stage in finished]
    if not leads:
        return []
    ids = [lead.pk for lead in leads]
    Episode.objects.filter(lead__in=ids, closed_at=None).update(closed_at=as_of)
    numbers = dict(
        Episode.objects.filter(lead__in=ids)
        .values("lead_id")
        .annotate(last=Max("number"))
        .values_list("lead_id", "last")
    )
    episodes = Episode.objects.bulk_create(
        Episode(
            lead_id=lead.pk,
            number=numbers[lead.pk] + 1,
            channel=channel,
            source_detail=source_detail,
            opened_at=as_of,
        )
        for lead in leads
    )
    changes = log_changes(leads, stage, by, as_of, "", "", "")
    Lead.objects.filter(pk__in=ids).update(
        stage=stage, stage_at=as_of, other_reason="", updated_at=as_of
    )
    record_changes(changes, by=by, as_of=as_of)
    record(
        [
            NewActivity(
                episode.lead_id,
                EPISODE_OPENED,
                as_of,
                {"number": episode.number, "channel": channel, "source": source_detail},
            )
            for episode in episodes
        ],
        by=by,
        as_of=as_of,
    )
    return episodes


def is_step_up(from_stage: str, to_stage: str) -> bool:
    """Say whether ``to_stage`` lies further down the funnel than ``from_stage``."""
    return RANK.get(to_stage, -1) > RANK.get(from_stage, -1)
