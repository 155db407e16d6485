"""Reaching the threshold: who may become MQL by a signed version, and making them so."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import system_actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.actions.lifecycle import change_stage
from leads.actions.timeline import NewActivity, record
from leads.stages import Stage
from scoring.activities import THRESHOLD_CROSSED
from scoring.compiled import Compiled
from scoring.rulesets import Ruleset

log = structlog.get_logger(__name__)

SCORING = system_actor("scoring", Right.SCORING_MANAGE, Right.STAGE_MARKETING, shown=_("Scoring"))
BEFORE_MQL = (Stage.SUBSCRIBER, Stage.LEAD)
# A step from one of these back to one of BEFORE_MQL is a lead that sales did not want (yet).
AFTER_LEAD = (Stage.MQL, Stage.SQL, Stage.OPPORTUNITY)


def ready_leads(version: Compiled) -> str:
    """Return the SELECT of the leads in ``judged`` that meet the threshold and may become MQL."""
    limits = version.ruleset.limits
    return f"""
        SELECT array_agg(lead_id ORDER BY lead_id) FROM judged
        WHERE total >= {limits["mql_threshold"]} AND fit >= {limits["min_fit"]}
            AND NOT is_objected AND stage IN ({_quoted(BEFORE_MQL)})
            AND NOT EXISTS (SELECT 1 {given_back(version, "judged.lead_id")})
    """  # noqa: S608 - whole numbers of the version and names of stages


def given_back(version: Compiled, lead: str) -> str:
    """Return FROM and WHERE of the stage changes by which sales gave ``lead`` back for good.

    Only something new that counts makes such a lead MQL again; where the version counts no
    activities, anything that the lead did.
    """
    positive = [
        test
        for number, test in version.hit_tests.items()
        if version.ruleset.rules[number].points > 0
    ]
    counts = " OR ".join(f"({test})" for test in positive) or "kind = ANY(%(touches)s::text[])"
    return f"""
        FROM leads_stagechange AS given_back
        WHERE given_back.lead_id = {lead} AND given_back.at <= %(as_of)s
            AND given_back.from_stage IN ({_quoted(AFTER_LEAD)})
            AND given_back.to_stage IN ({_quoted(BEFORE_MQL)})
            AND NOT EXISTS (
                SELECT 1 FROM leads_activity
                WHERE leads_activity.lead_id = {lead} AND NOT is_machine
                    AND occurred_at > given_back.at AND occurred_at <= %(as_of)s AND ({counts})
            )
    """  # noqa: S608 - names of stages and tests with named parameters


def _quoted(stages: Sequence[Stage]) -> str:
    return ", ".join(f"'{stage.value}'" for stage in stages)


def make_mqls(lead_ids: Sequence[int], ruleset: Ruleset, *, as_of: datetime) -> int:
    """Make leads MQL by the signed rule and note the crossing; returns how many let themselves.

    A lead that a gate of the stage refuses keeps its score and its stage.
    """
    if not ruleset.is_signed:
        return 0
    try:
        return _cross(lead_ids, ruleset, as_of=as_of)
    except DomainError as error:
        if len(lead_ids) == 1:
            log.info("mql_refused", lead=lead_ids[0], code=error.code)
            return 0
    return sum(make_mqls([lead_id], ruleset, as_of=as_of) for lead_id in lead_ids)


@action
def _cross(lead_ids: Sequence[int], ruleset: Ruleset, *, as_of: datetime) -> int:
    changes = change_stage(lead_ids, to=Stage.MQL, by=SCORING, as_of=as_of, rule=ruleset.label)
    record(
        [
            NewActivity(
                change.lead_id,
                THRESHOLD_CROSSED,
                as_of,
                {
                    "score": change.score,
                    "fit": change.fit,
                    "threshold": ruleset.limits["mql_threshold"],
                    "version": ruleset.version_id,
                    "rule": ruleset.label,
                },
            )
            for change in changes
        ],
        by=SCORING,
        as_of=as_of,
    )
    return len(changes)
