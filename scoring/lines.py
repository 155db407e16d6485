"""Versions and rules as the pages show them."""

from dataclasses import dataclass
from uuid import UUID

from leads.conditions import LEADS
from scoring.checks import sensitive_labels
from scoring.models import Approval, Axis, ModelVersion, Side
from scoring.rulesets import Ruleset
from scoring.sentences import points_text, rule_sentence


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in words; ``sensitive`` names the sensitive fields that it asks."""

    key: UUID
    name: str
    sentence: str
    points: str
    is_negative: bool
    is_broken: bool
    sensitive: str
    purpose: str


@dataclass(frozen=True, slots=True)
class AxisLines:
    """The rules of one axis."""

    axis: Axis
    rules: list[RuleLine]
    cap: int


@dataclass(frozen=True, slots=True)
class Signature:
    """One side and who has signed for it, if anybody has."""

    side: Side
    approval: Approval | None


def lines_of(ruleset: Ruleset) -> list[AxisLines]:
    """Return the rules of both axes."""
    snapshot = LEADS.snapshot()
    return [
        AxisLines(
            axis,
            [
                RuleLine(
                    spec.key,
                    spec.name,
                    rule_sentence(spec, snapshot),
                    points_text(spec.points),
                    spec.points < 0,
                    bool(spec.broken),
                    ", ".join(sensitive_labels([spec.node], snapshot)) if spec.node else "",
                    spec.purpose,
                )
                for spec in ruleset.rules
                if spec.axis == axis
            ],
            ruleset.limits[f"{axis.value}_cap"],
        )
        for axis in (Axis.FIT, Axis.ENGAGEMENT)
    ]


def signatures_of(version: ModelVersion) -> list[Signature]:
    """Return both sides with the signatures that hold."""
    found = {item.side: item for item in version.approvals.filter(voided_at=None)}
    return [Signature(side, found.get(side.value)) for side in Side]
