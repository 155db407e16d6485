"""Reaching the threshold: who may become MQL by a signed version, and making them so."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor, system_actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.actions.lifecycle import change_stage
from leads.actions.timeline import NewActivity, record
from leads.customfields import definitions
from leads.gates import register_gate
from leads.models import Lead
from leads.profile import current_profile, too_early
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
            {_NOT_TOO_EARLY}
    """  # noqa: S608 - whole numbers of the version and names of stages


# Leaves out leads whose planned purchase is far away: read from the settings in the same statement,
# so that a chunk costs no query more. What is no day, such as a text, keeps nobody waiting.
_NOT_TOO_EARLY = """
    AND NOT EXISTS (
        SELECT 1 FROM leads_lead AS planned LEFT JOIN leads_profilesettings AS profile ON true
        WHERE planned.id = judged.lead_id AND COALESCE(profile.early_days, 180) > 0
            AND planned.custom ->> COALESCE(profile.purchase_field, 'planned_purchase')
                ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
            AND planned.custom ->> COALESCE(profile.purchase_field, 'planned_purchase')
                > (%(today)s::date + COALESCE(profile.early_days, 180)::int)::text
    )
"""


def early_gate(lead_ids: Sequence[int], by: Actor, as_of: datetime, reason: str) -> None:
    """Let no rule make a lead MQL whose planned purchase is far away; a person may.

    Raises ``DomainError`` with code ``too_early``.
    """
    profile = current_profile()
    if by.user_id is not None or not profile.guards:
        return
    if Lead.objects.filter(too_early(profile, as_of=as_of), pk__in=lead_ids).exists():
        raise DomainError("too_early", _("The planned purchase is too far away for sales."))


def _early_says() -> str:
    profile = current_profile()
    if not profile.guards:
        return ""
    label = definitions()[profile.purchase_field].label
    return gettext(
        "No rule makes a lead MQL whose purchase (“{field}”) is planned for more than {days} days"
        " ahead; a person may."
    ).format(field=label, days=profile.early_days)


register_gate(Stage.MQL, early_gate, _early_says)


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
