"""The rules of a version as they are applied: read once, checked, ready to be compiled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import get_language

from conditions.registry import Snapshot
from conditions.tree import Node, parse
from ground.errors import DomainError
from ground.together import Reader, read
from leads.conditions import LEADS
from scoring.details import check_distinct_by, detail_q
from scoring.models import Axis, Counting, ModelVersion, Rule

LIMITS = (
    "mql_threshold",
    "min_fit",
    "fit_cap",
    "engagement_cap",
    "grade_a",
    "grade_b",
    "grade_c",
    "level_1",
    "level_2",
    "level_3",
    "hot_score",
    "hot_days",
    "warm_score",
    "warm_days",
)
RULE_COLUMNS = (
    "key",
    "axis",
    "name_de",
    "name_en",
    "where",
    "activity_kind",
    "detail",
    "detail_value",
    "counting",
    "distinct_by",
    "points",
    "half_life_days",
    "cap",
    "purpose",
)


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One rule with its condition parsed; columns as in ``Rule``.

    ``broken`` says why the condition can no longer be read; such a rule gives no points.
    """

    key: UUID
    axis: str
    name_de: str
    name_en: str
    points: int
    node: Node | None = None
    activity_kind: str = ""
    detail: str = ""
    detail_value: str = ""
    detail_q: Q | None = None
    counting: str = Counting.EACH
    distinct_by: str = ""
    half_life_days: int | None = None
    cap: int | None = None
    purpose: str = ""
    broken: str = ""

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_de if (get_language() or "").startswith("de") else self.name_en

    @property
    def is_fit(self) -> bool:
        """Whether the points count on the axis of fit."""
        return self.axis == Axis.FIT

    @property
    def most(self) -> int | None:
        """The most points that the rule can give or take, or None where there is no end to it."""
        if self.cap is not None:
            return self.cap
        is_once = not self.activity_kind or self.counting == Counting.FIRST
        return abs(self.points) if is_once else None


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A version with its limits and parsed rules.

    ``is_signed`` says that both sides have signed it as it is, without which nobody becomes MQL
    by it. ``limits`` has the columns named in ``LIMITS``.
    """

    version_id: int
    model_id: int
    label: str
    is_main: bool
    is_signed: bool
    limits: dict[str, int]
    rules: tuple[RuleSpec, ...]

    def with_rule(self, spec: RuleSpec) -> "Ruleset":
        """Return the ruleset with ``spec`` added, or put in the place of the rule of its key."""
        if any(rule.key == spec.key for rule in self.rules):
            rules = tuple(spec if rule.key == spec.key else rule for rule in self.rules)
        else:
            rules = (*self.rules, spec)
        return replace(self, rules=rules)


def load_rulesets(versions: Iterable[ModelVersion]) -> list[Ruleset]:
    """Return the rulesets of ``versions``, in their order; a fixed number of queries."""
    return read(read_rulesets(versions))


def read_rulesets(versions: Iterable[ModelVersion]) -> Reader[list[Ruleset]]:
    """Return what ``load_rulesets`` does, beside other readers."""
    versions = list(versions)
    rules: dict[int, list[Rule]] = {version.pk: [] for version in versions}
    found, signed = yield [
        Rule.objects.filter(version__in=rules).order_by("-axis", "position", "pk"),
        ModelVersion.objects.signed().filter(pk__in=rules).values_list("pk", flat=True),
    ]
    for rule in found:
        rules[rule.version_id].append(rule)
    snapshot = LEADS.snapshot()
    return [
        Ruleset(
            version.pk,
            version.model_id,
            str(version),
            version.model.is_main,
            version.pk in signed,
            {name: getattr(version, name) for name in LIMITS},
            tuple(read_rules(rules[version.pk], snapshot)),
        )
        for version in versions
    ]


def read_rules(rules: Iterable[Rule], snapshot: Snapshot) -> Iterable[RuleSpec]:
    """Yield each rule with its condition parsed; one that cannot be read any more is broken."""
    for rule in rules:
        yield read_rule({name: getattr(rule, name) for name in RULE_COLUMNS}, snapshot)


def read_rule(columns: Mapping[str, Any], snapshot: Snapshot) -> RuleSpec:
    """Return one rule as it is applied; ``columns`` has those named in ``RULE_COLUMNS``."""
    values = {name: value for name, value in columns.items() if name != "where"}
    where = columns["where"]
    try:
        node = None if where is None else parse(where, snapshot)
        narrower = detail_q(values["detail"], values["detail_value"], snapshot)
        check_distinct_by(values["distinct_by"])
        return RuleSpec(**values, node=node, detail_q=narrower)
    except DomainError as error:
        return RuleSpec(**values, broken=str(error.message))
